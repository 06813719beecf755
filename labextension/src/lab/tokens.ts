import { Token } from '@lumino/coreutils';

import type { VideoJobsServer } from '../rest';
import type { JobsModel } from './model/jobs';
import type { Pipelines } from './model/pipelines';
import type { Selection } from './model/selection';

/** The video jobs of the page's Jupyter server: what the plugins share. */
export interface IVideoJobs {
  readonly server: VideoJobsServer;
  readonly jobs: JobsModel;
  readonly pipelines: Pipelines;
  /** The jobs that are chosen in the side panel. */
  readonly selection: Selection;
  /** Ask the server now; after a submit, with the id of the new job, which is then followed. */
  refresh(submitted?: string): Promise<void>;
  /** Open a job in the main area, at a time in seconds. */
  openViewer(jobId: string, time?: number): Promise<void>;
}

export const IVideoJobs = new Token<IVideoJobs>(
  'videojobs:IVideoJobs',
  'The video jobs of the Jupyter server: REST client, live job list, viewer.'
);
