import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import type { Upload } from '../../upload';
import { commandIDs } from '../commands';
import { formatsMenu } from '../formats';
import { videoJobsIcon } from '../icons';
import { Uploads } from '../model/uploads';
import { queryOf, toRest } from '../model/query';
import type { PanelContext } from '../panel/context';
import { JobsPanel } from '../panel/panel';
import { IVideoJobs } from '../tokens';

/** Under this key the filters and the order of the list are kept with the workspace. */
const STATE = 'videojobs:panel';

/** Adds the side panel. */
export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'videojobs:panel',
  description: 'Shows the video jobs in a side panel.',
  autoStart: true,
  requires: [IVideoJobs],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    videoJobs: IVideoJobs,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    state: IStateDB | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('videojobs');
    const { jobs } = videoJobs;
    const formats = formatsMenu(app.commands, trans);
    const uploads = new Uploads(videoJobs.server, (text, ...args) => trans.__(text, ...args));
    const submit = (args: ReadonlyJSONObject): Promise<unknown> =>
      app.commands.execute(commandIDs.submit, args);
    // One dialog after the other, however many uploads end meanwhile.
    let dialogs = Promise.resolve();
    const submitUpload = (upload: Upload): void => {
      dialogs = dialogs.then(async () => {
        const { uploadId } = upload;
        if (uploadId !== null && uploads.all.includes(upload)) {
          const jobId = await submit({ uploadId, name: upload.file.name }).catch(() => null);
          if (typeof jobId === 'string') {
            uploads.submitted(upload);
          }
        }
      });
    };
    uploads.finished.connect((_, upload) => {
      submitUpload(upload);
    });
    const context: PanelContext = {
      videoJobs,
      commands: app.commands,
      trans,
      uploads,
      submitUpload,
      openMenu: openMenuAt,
      openFormats: target => {
        const { left, bottom } = target.getBoundingClientRect();
        formats.open(left, bottom);
      }
    };
    const panel = new JobsPanel(context, {
      files: files => void uploads.add(files),
      paths: paths => {
        for (const path of paths) {
          dialogs = dialogs.then(async () => {
            await submit({ path }).catch(() => null);
          });
        }
      }
    });
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

    if (state !== null) {
      void keepQuery(videoJobs, state);
    }
    void app.restored.then(() => {
      jobs.shown = panel.isVisible;
    });
  }
};

/** Restore the filters and the order of the list, and keep them from then on. */
async function keepQuery({ jobs }: IVideoJobs, state: IStateDB): Promise<void> {
  const kept = await state.fetch(STATE);
  if (kept !== undefined) {
    jobs.query = queryOf(kept);
  }
  let last = JSON.stringify(toRest(jobs.query));
  jobs.changed.connect(() => {
    const now = JSON.stringify(toRest(jobs.query));
    if (now !== last) {
      last = now;
      void state.save(STATE, { ...jobs.query, status: [...jobs.query.status] });
    }
  });
}

/** Have the context menu of an element opened where the element is, as by the right button. */
function openMenuAt(target: HTMLElement): void {
  const { left, bottom } = target.getBoundingClientRect();
  target.dispatchEvent(
    new MouseEvent('contextmenu', {
      bubbles: true,
      cancelable: true,
      clientX: left,
      clientY: bottom
    })
  );
}
