import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, Dialog, ICommandPalette, Notification, showDialog } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import {
  copyIcon,
  deleteIcon,
  downloadIcon,
  refreshIcon,
  runIcon,
  stopIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { JobStatus } from '../../rest';
import { commandIDs } from '../commands';
import { EXPORTS } from '../exports';
import { formatsMenu } from '../formats';
import type { Outcome } from '../model/jobs';
import { IVideoJobs } from '../tokens';
import { nameOf } from '../words';

const JOBS_SCHEMA = {
  type: 'object' as const,
  properties: {
    jobId: { type: 'string', description: 'The id of a job.' },
    jobIds: { type: 'array', items: { type: 'string' }, description: 'The ids of several jobs.' }
  }
};

/** Adds what can be done with jobs: commands, which act on the selected jobs unless told on which. */
export const actionsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'videojobs:actions',
  description: 'Cancels, retries, deletes and downloads video jobs.',
  autoStart: true,
  requires: [IVideoJobs],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    videoJobs: IVideoJobs,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands } = app;
    const { jobs, selection, server } = videoJobs;
    const trans = (translator ?? nullTranslator).load('videojobs');
    const category = trans.__('Video Jobs');

    /** The jobs that a command is to act on. */
    const chosen = (args: ReadonlyPartialJSONObject): string[] => {
      if (Array.isArray(args.jobIds)) {
        return args.jobIds.filter(id => typeof id === 'string');
      }
      return typeof args.jobId === 'string' ? [args.jobId] : [...selection.ids];
    };
    const known = (args: ReadonlyPartialJSONObject): JobStatus[] =>
      chosen(args)
        .map(id => jobs.get(id))
        .filter(job => job !== undefined);
    const one = (args: ReadonlyPartialJSONObject): JobStatus | undefined => {
      const found = known(args);
      return found.length === 1 ? found[0] : undefined;
    };

    const add = (
      command: string,
      label: string,
      icon: LabIcon,
      enabled: (args: ReadonlyPartialJSONObject) => boolean,
      execute: (args: ReadonlyPartialJSONObject) => Promise<unknown>
    ): void => {
      commands.addCommand(command, {
        label,
        icon,
        isEnabled: enabled,
        describedBy: { args: JOBS_SCHEMA },
        execute
      });
      palette?.addItem({ command, category });
    };

    add(
      commandIDs.cancel,
      trans.__('Cancel'),
      stopIcon,
      args => known(args).some(job => job.status === 'pending' || job.status === 'running'),
      async args => {
        const ids = known(args)
          .filter(job => job.status === 'pending' || job.status === 'running')
          .map(job => job.job_id);
        tell(await jobs.cancel(ids), trans.__('Not cancelled'), trans);
      }
    );
    add(
      commandIDs.retry,
      trans.__('Retry'),
      refreshIcon,
      args => known(args).some(job => job.status === 'failed'),
      async args => {
        const ids = known(args)
          .filter(job => job.status === 'failed')
          .map(job => job.job_id);
        tell(await jobs.retry(ids), trans.__('Not queued again'), trans);
      }
    );
    add(
      commandIDs.delete,
      trans.__('Delete …'),
      deleteIcon,
      args => chosen(args).length > 0,
      async args => {
        const ids = chosen(args);
        if (ids.length > 0 && (await confirmed(known(args), ids.length, trans))) {
          tell(await jobs.delete(ids), trans.__('Not deleted'), trans);
        }
      }
    );
    add(
      commandIDs.rerun,
      trans.__('Run Again with Other Settings …'),
      runIcon,
      args => one(args) !== undefined && commands.hasCommand(commandIDs.submit),
      async args => {
        const job = one(args);
        if (job !== undefined) {
          await commands.execute(commandIDs.submit, { jobId: job.job_id });
        }
      }
    );
    add(
      commandIDs.copyId,
      trans.__('Copy Job Id'),
      copyIcon,
      args => chosen(args).length > 0,
      async args => {
        Clipboard.copyToSystem(chosen(args).join('\n'));
        await Promise.resolve();
      }
    );

    commands.addCommand(commandIDs.refresh, {
      label: trans.__('Refresh Video Jobs'),
      icon: refreshIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => videoJobs.refresh()
    });
    palette?.addItem({ command: commandIDs.refresh, category });

    commands.addCommand(commandIDs.download, {
      label: args =>
        EXPORTS.find(({ format }) => format === args.format)?.title ?? trans.__('Download Results'),
      icon: args => (args.format === undefined ? downloadIcon : undefined),
      isEnabled: args => one(args)?.status === 'completed',
      describedBy: {
        args: {
          type: 'object',
          properties: {
            jobId: { type: 'string' },
            format: { type: 'string', enum: EXPORTS.map(({ format }) => format) }
          }
        }
      },
      execute: async args => {
        const job = one(args);
        if (job !== undefined) {
          const format = typeof args.format === 'string' ? args.format : 'json';
          await download(server.url(`results/${job.job_id}/${format}`), trans);
        }
      }
    });

    app.contextMenu.addItem({
      type: 'submenu',
      submenu: formatsMenu(commands, trans),
      selector: '.jp-videojobs-row[data-status="completed"]',
      rank: 3
    });

    const changed = (): void => {
      for (const command of [
        commandIDs.cancel,
        commandIDs.retry,
        commandIDs.delete,
        commandIDs.rerun,
        commandIDs.copyId,
        commandIDs.download
      ]) {
        commands.notifyCommandChanged(command);
      }
    };
    selection.changed.connect(changed);
  }
};

/** Ask whether jobs are to be deleted; what runs is said to be cancelled first. */
async function confirmed(
  jobs: readonly JobStatus[],
  count: number,
  trans: TranslationBundle
): Promise<boolean> {
  const [first] = jobs;
  const running = jobs.filter(job => job.status === 'running').length;
  const body = [
    trans._n(
      'Its results and files go with it. This cannot be undone.',
      'Their results and files go with them. This cannot be undone.',
      count
    ),
    trans.__('Videos that lie on the server stay.')
  ];
  if (running > 0) {
    body.push(
      trans._n(
        '%1 job still runs: it is cancelled.',
        '%1 jobs still run: they are cancelled.',
        running
      )
    );
  }
  const result = await showDialog({
    title:
      count === 1 && first !== undefined
        ? trans.__('Delete the job “%1”?', nameOf(first))
        : trans._n('Delete %1 job?', 'Delete %1 jobs?', count),
    body: body.join(' '),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Keep') }),
      Dialog.warnButton({ label: trans.__('Delete') })
    ],
    defaultButton: 0
  });
  return result.button.accept;
}

/** Tell of jobs for which an action failed. */
function tell(outcome: Outcome, what: string, trans: TranslationBundle): void {
  const [first] = outcome.failed;
  if (first !== undefined) {
    const others = outcome.failed.length - 1;
    const more = others > 0 ? ' ' + trans._n('And %1 more.', 'And %1 more.', others) : '';
    Notification.error(`${what}: ${first.message}${more}`, { autoClose: 8000 });
  }
}

/** Have the browser save a file, once the server says that it has it. */
async function download(url: string, trans: TranslationBundle): Promise<void> {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  // A refusal would replace the page, or be saved in place of the results.
  const answer = await fetch(url, { method: 'GET', headers: { Range: 'bytes=0-0' } }).catch(
    () => null
  );
  if (answer === null || (!answer.ok && answer.status !== 416)) {
    const told = (await answer?.json().catch(() => null)) as { message?: string } | null;
    Notification.error(told?.message ?? trans.__('The results cannot be downloaded now.'));
    return;
  }
  await answer.body?.cancel();
  document.body.append(link);
  link.click();
  link.remove();
}
