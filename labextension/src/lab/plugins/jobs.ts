import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { VideoJobsServer } from '../../rest';
import { commandIDs } from '../commands';
import { JobsModel } from '../model/jobs';
import { Pipelines } from '../model/pipelines';
import { Selection } from '../model/selection';
import { IVideoJobs } from '../tokens';

/** The plugin whose settings are those of the whole extension. */
export const SETTINGS = 'videojobs:jobs';

/** Provides the jobs of the page's server. */
export const jobsPlugin: JupyterFrontEndPlugin<IVideoJobs> = {
  id: SETTINGS,
  description: 'Knows the video jobs of the Jupyter server.',
  autoStart: true,
  provides: IVideoJobs,
  optional: [ISettingRegistry],
  activate: (app: JupyterFrontEnd, registry: ISettingRegistry | null): IVideoJobs => {
    const { baseUrl, token } = app.serviceManager.serverSettings;
    const server = new VideoJobsServer({ baseUrl, token });
    const jobs = new JobsModel(server);
    // A kernel that did something may have submitted a job.
    app.serviceManager.sessions.runningChanged.connect(() => {
      jobs.hint();
    });
    void registry?.load(SETTINGS).then(settings => {
      const read = (): void => {
        jobs.interval = settings.get('pollingInterval').composite as number;
      };
      settings.changed.connect(read);
      read();
    });
    return {
      server,
      jobs,
      pipelines: new Pipelines(server),
      selection: new Selection(),
      refresh: submitted => (submitted === undefined ? jobs.refresh() : jobs.follow(submitted)),
      openViewer: async (jobId, time) => {
        await app.commands.execute(
          commandIDs.open,
          time === undefined ? { jobId } : { jobId, time }
        );
      }
    };
  }
};
