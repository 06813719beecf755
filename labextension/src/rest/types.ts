import type { components, operations } from './schema';

type Schemas = components['schemas'];

/** Where a job stands, as `GET /status/{job_id}` and the job list tell it. */
export type JobStatus = Schemas['JobStatusAnswer'];
export type JobsQuery = NonNullable<operations['getJobs']['parameters']['query']>;
export type JobsPage = Schemas['JobsAnswer'];
export type Pipeline = Schemas['PipelineAnswer'];
export type Step = Schemas['StepAnswer'];
export type Artifact = Schemas['Artifact'];
export type Health = Schemas['HealthAnswer'];
export type Frames = Schemas['FramesAnswer'];
/** The lanes of a stretch of the video. */
export type Timeline = Schemas['TimelineAnswer'];
export type TimelineLane = Schemas['TimelineLane'];
/** How far a job's playable copy is. */
export type Proxy = Schemas['ProxyAnswer'];
/** A submit of a file on the server, or of a finished upload. */
export type SubmitReference = Schemas['SubmitReference'];
export type ErrorAnswer = Schemas['ErrorAnswer'];

/** The statuses that a job does not leave by itself. */
export const TERMINAL: readonly JobStatus['status'][] = ['completed', 'failed'];
