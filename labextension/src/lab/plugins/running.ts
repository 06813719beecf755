import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers, type IRunningSessions } from '@jupyterlab/running';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import type { JobStatus } from '../../rest';
import { commandIDs } from '../commands';
import { videoJobsIcon } from '../icons';
import { IVideoJobs } from '../tokens';
import { line, nameOf, percent } from '../words';

/** Lists jobs that wait or run among the running sessions; shutting one down cancels it. */
export const runningPlugin: JupyterFrontEndPlugin<void> = {
  id: 'videojobs:running',
  description: 'Lists running video jobs in the Running panel.',
  autoStart: true,
  requires: [IVideoJobs, IRunningSessionManagers],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    videoJobs: IVideoJobs,
    managers: IRunningSessionManagers,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('videojobs');
    const { jobs } = videoJobs;
    const changed = new Signal<object, void>({});
    let told = '';
    jobs.changed.connect(() => {
      const now = JSON.stringify(jobs.alive.map(job => [job.job_id, job.status, percent(job)]));
      if (now !== told) {
        told = now;
        changed.emit();
      }
    });
    const cancel = (jobIds: readonly string[]): void => {
      void app.commands.execute(commandIDs.cancel, { jobIds: [...jobIds] });
    };
    const item = (job: JobStatus): IRunningSessions.IRunningItem => ({
      icon: () => videoJobsIcon,
      label: () => nameOf(job),
      labelTitle: () => line(job, trans),
      detail: () => (job.status === 'running' ? `${percent(job)} %` : trans.__('Waiting')),
      open: () => void videoJobs.openViewer(job.job_id),
      shutdown: () => {
        cancel([job.job_id]);
      }
    });
    managers.add({
      name: trans.__('Video Jobs'),
      running: () => jobs.alive.map(item),
      shutdownAll: () => {
        cancel(jobs.alive.map(job => job.job_id));
      },
      refreshRunning: () => void videoJobs.refresh(),
      runningChanged: changed,
      shutdownLabel: trans.__('Cancel'),
      shutdownAllLabel: trans.__('Cancel All'),
      shutdownAllConfirmationText: () =>
        trans.__('Cancel all video jobs that wait or run? What they have done is kept.')
    });
  }
};
