import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { VideoJobsServer } from '../../rest';
import { commandIDs } from '../commands';
import { JobsModel } from '../model/jobs';
import { IVideoJobs } from '../tokens';

/** Provides the jobs of the page's server. */
export const jobsPlugin: JupyterFrontEndPlugin<IVideoJobs> = {
  id: 'videojobs:jobs',
  description: 'Knows the video jobs of the Jupyter server.',
  autoStart: true,
  provides: IVideoJobs,
  activate: (app: JupyterFrontEnd): IVideoJobs => {
    const { baseUrl, token } = app.serviceManager.serverSettings;
    const server = new VideoJobsServer({ baseUrl, token });
    const jobs = new JobsModel(server);
    return {
      server,
      jobs,
      refresh: () => jobs.refresh(),
      openViewer: async (jobId, time) => {
        await app.commands.execute(
          commandIDs.open,
          time === undefined ? { jobId } : { jobId, time }
        );
      }
    };
  }
};
