import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { launchIcon } from '@jupyterlab/ui-components';

import { commandIDs } from '../commands';
import { videoJobsIcon } from '../icons';
import { IVideoJobs } from '../tokens';
import { ViewerContent } from '../viewer/content';
import { nameOf } from '../words';

/** Opens jobs in the main area. */
export const viewerPlugin: JupyterFrontEndPlugin<void> = {
  id: 'videojobs:viewer',
  description: 'Shows a video job with what was found in it, in the main area.',
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
    const tracker = new WidgetTracker<MainAreaWidget<ViewerContent>>({
      namespace: 'videojobs-viewer'
    });

    const open = (jobId: string, time: number | undefined): void => {
      const shown = tracker.find(widget => widget.content.jobId === jobId);
      if (shown !== undefined) {
        app.shell.activateById(shown.id);
        if (time !== undefined) {
          shown.content.seek(time);
        }
        return;
      }
      const content = new ViewerContent({ videoJobs, jobId, time: time ?? 0, trans });
      const widget = new MainAreaWidget({ content });
      widget.id = `jp-videojobs-viewer-${jobId}`;
      widget.title.icon = videoJobsIcon;
      widget.title.closable = true;
      const known = jobs.get(jobId);
      widget.title.label = known === undefined ? trans.__('Video Job') : nameOf(known);
      widget.title.caption = jobId;
      if (known === undefined) {
        void jobs.fetch(jobId).then(
          job => {
            widget.title.label = nameOf(job);
          },
          () => undefined
        );
      }
      content.moved.connect(() => void tracker.save(widget));
      void tracker.add(widget);
      app.shell.add(widget, 'main', { type: 'Video Job' });
      app.shell.activateById(widget.id);
    };

    app.commands.addCommand(commandIDs.open, {
      label: trans.__('Open'),
      caption: trans.__('Open the video with what was found in it'),
      icon: launchIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            jobId: { type: 'string', description: 'The id of a job.' },
            time: { type: 'number', description: 'Seconds; where to begin.' }
          }
        }
      },
      isEnabled: args => typeof args.jobId === 'string' || selection.ids.size > 0,
      execute: args => {
        const ids = typeof args.jobId === 'string' ? [args.jobId] : [...selection.ids];
        for (const jobId of ids) {
          open(jobId, typeof args.time === 'number' ? args.time : undefined);
        }
      }
    });
    palette?.addItem({ command: commandIDs.open, category: trans.__('Video Jobs') });

    if (restorer !== null) {
      void restorer.restore(tracker, {
        command: commandIDs.open,
        args: ({ content: { jobId, time } }) => ({ jobId, time }),
        name: ({ content: { jobId } }) => jobId
      });
    }
  }
};
