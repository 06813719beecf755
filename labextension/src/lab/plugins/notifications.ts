import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { JobStatus } from '../../rest';
import { commandIDs } from '../commands';
import { firstToTell } from '../model/told';
import { IVideoJobs } from '../tokens';
import { failure, nameOf } from '../words';
import { SETTINGS } from './jobs';

/** More ends than this at once are told in one notification. */
const EACH = 3;

/** Tells when jobs end that ran while the page was open. */
export const notificationsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'videojobs:notifications',
  description: 'Tells when video jobs end.',
  autoStart: true,
  requires: [IVideoJobs],
  optional: [ITranslator, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    videoJobs: IVideoJobs,
    translator: ITranslator | null,
    registry: ISettingRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('videojobs');
    let wanted = true;
    void registry?.load(SETTINGS).then(settings => {
      const read = (): void => {
        wanted = settings.get('notifications').composite as boolean;
      };
      settings.changed.connect(read);
      read();
    });

    const one = (job: JobStatus): void => {
      const open: Notification.IAction = {
        label: trans.__('Open'),
        displayType: 'accent',
        callback: () => void videoJobs.openViewer(job.job_id)
      };
      if (job.status === 'completed') {
        const warnings = job.warnings.length;
        const text = trans.__('“%1” is completed.', nameOf(job));
        if (warnings === 0) {
          Notification.success(text, { autoClose: 8000, actions: [open] });
        } else {
          const lacking = trans._n('%1 warning: %2', '%1 warnings: %2', warnings, job.warnings[0]);
          Notification.warning(`${text} ${lacking}`, { autoClose: false, actions: [open] });
        }
        return;
      }
      const { why, remedy } = failure(job, trans);
      const text = `${trans.__('“%1” has failed.', nameOf(job))} ${why}. ${remedy}`;
      Notification.error(text, {
        autoClose: false,
        actions: [
          {
            label: trans.__('Log'),
            callback: () => void app.commands.execute(commandIDs.openLog, { jobId: job.job_id })
          },
          {
            label: trans.__('Retry'),
            callback: () => void app.commands.execute(commandIDs.retry, { jobId: job.job_id })
          }
        ]
      });
    };
    const many = (jobs: readonly JobStatus[]): void => {
      const failed = jobs.filter(job => job.status === 'failed').length;
      const words: string[] = [];
      if (failed < jobs.length) {
        words.push(
          trans._n('%1 job is completed.', '%1 jobs are completed.', jobs.length - failed)
        );
      }
      if (failed > 0) {
        words.push(trans._n('%1 job has failed.', '%1 jobs have failed.', failed));
      }
      Notification.emit(words.join(' '), failed > 0 ? 'error' : 'success', {
        autoClose: failed > 0 ? false : 8000,
        actions: [
          {
            label: trans.__('Show'),
            callback: () => void app.commands.execute(commandIDs.showPanel)
          }
        ]
      });
    };

    videoJobs.jobs.ended.connect((_, ended) => {
      // Who cancels a job knows.
      const news = ended.filter(job => job.failure_reason !== 'cancelled');
      const untold = wanted ? news.filter(firstToTell) : [];
      if (untold.length > EACH) {
        many(untold);
      } else {
        untold.forEach(one);
      }
    });
  }
};
