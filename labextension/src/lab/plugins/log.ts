import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { textEditorIcon } from '@jupyterlab/ui-components';

import { commandIDs } from '../commands';
import { LogContent } from '../log/content';
import { IVideoJobs } from '../tokens';
import { nameOf } from '../words';

/** Opens the logs of jobs, which grow while the jobs run. */
export const logPlugin: JupyterFrontEndPlugin<void> = {
  id: 'videojobs:log',
  description: 'Shows the live log of a video job.',
  autoStart: true,
  requires: [IVideoJobs],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    videoJobs: IVideoJobs,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('videojobs');
    const { jobs, selection } = videoJobs;
    const tracker = new WidgetTracker<MainAreaWidget<LogContent>>({ namespace: 'videojobs-log' });

    app.commands.addCommand(commandIDs.openLog, {
      label: trans.__('Show Log'),
      caption: trans.__('Show the log, and follow it while the job runs'),
      icon: textEditorIcon,
      describedBy: { args: { type: 'object', properties: { jobId: { type: 'string' } } } },
      isEnabled: args => typeof args.jobId === 'string' || selection.ids.size === 1,
      execute: async args => {
        const jobId = typeof args.jobId === 'string' ? args.jobId : [...selection.ids][0];
        if (jobId === undefined) {
          return;
        }
        const shown = tracker.find(widget => widget.content.jobId === jobId);
        if (shown !== undefined) {
          app.shell.activateById(shown.id);
          return;
        }
        const content = new LogContent({ videoJobs, jobId, trans });
        const widget = new MainAreaWidget({ content });
        widget.id = `jp-videojobs-log-${jobId}`;
        widget.title.icon = textEditorIcon;
        widget.title.closable = true;
        widget.title.label = trans.__('Log');
        await tracker.add(widget);
        app.shell.add(widget, 'main', { type: 'Video Job Log', mode: 'split-bottom' });
        app.shell.activateById(widget.id);
        const job = jobs.get(jobId) ?? (await jobs.fetch(jobId).catch(() => undefined));
        if (job !== undefined) {
          widget.title.label = trans.__('Log of %1', nameOf(job));
        }
      }
    });
    palette?.addItem({ command: commandIDs.openLog, category: trans.__('Video Jobs') });

    if (restorer !== null) {
      void restorer.restore(tracker, {
        command: commandIDs.openLog,
        args: ({ content: { jobId } }) => ({ jobId }),
        name: ({ content: { jobId } }) => jobId
      });
    }
  }
};
