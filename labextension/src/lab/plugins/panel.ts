import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';

import { commandIDs } from '../commands';
import { videoJobsIcon } from '../icons';
import { IVideoJobs } from '../tokens';

/** Adds the side panel. */
export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'videojobs:panel',
  description: 'Shows the video jobs in a side panel.',
  autoStart: true,
  requires: [IVideoJobs],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    _videoJobs: IVideoJobs,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('videojobs');
    const panel = new SidePanel();
    panel.id = 'jp-videojobs-panel';
    panel.addClass('jp-videojobs-panel');
    panel.title.icon = videoJobsIcon;
    panel.title.caption = trans.__('Video Jobs');
    app.shell.add(panel, 'left', { rank: 320, type: 'Video Jobs' });
    restorer?.add(panel, panel.id);

    app.commands.addCommand(commandIDs.showPanel, {
      label: trans.__('Video Jobs'),
      caption: trans.__('Show the list of video jobs'),
      icon: videoJobsIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        app.shell.activateById(panel.id);
      }
    });
    palette?.addItem({ command: commandIDs.showPanel, category: trans.__('Video Jobs') });
  }
};
