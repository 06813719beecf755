import type { JobsPage, JobStatus } from '../../rest';
import type { Window } from '../model/list';
import type { Sort } from '../model/query';

/** A job as the server tells of it, with what a test cares for. */
export function job(number: number, told: Partial<JobStatus> = {}): JobStatus {
  const moment = at(number);
  return {
    job_id: `job-${number}`,
    status: 'completed',
    progress: 1,
    created_at: moment,
    updated_at: moment,
    name: '',
    pipeline_id: 'quicklook',
    input_name: `clip-${number}.mp4`,
    frames_done: 0,
    frames_total: null,
    fraction: 0,
    fps: null,
    eta_seconds: null,
    queue_position: null,
    stage: null,
    failure_reason: null,
    error_message: null,
    attempt: 1,
    warnings: [],
    started_at: null,
    finished_at: told.status === undefined ? moment : null,
    chunks_done: 0,
    chunks_total: null,
    cancel_requested: false,
    owner: '',
    ...told
  };
}

/** The moment of a number: seconds after midnight. */
export function at(number: number): string {
  return new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString();
}

/** Pages jobs as the server does: a cursor stands for a place in the order. */
export class Pages {
  jobs: JobStatus[] = [];
  asked: Window[] = [];

  constructor(private readonly sort: Sort = '-created_at') {}

  page(window: Window): JobsPage {
    this.asked.push(window);
    const sign = this.sort.startsWith('-') ? -1 : 1;
    const field = this.sort.replace(/^-/, '') as 'created_at';
    const key = (one: JobStatus): string => `${one[field]} ${one.job_id}`;
    const sorted = [...this.jobs].sort((one, other) => (key(one) < key(other) ? -sign : sign));
    const after = sorted.filter(
      one => window.cursor === null || (key(one) < window.cursor ? -sign : sign) > 0
    );
    const rest = after.filter(one => key(one) !== window.cursor);
    const jobs = rest.slice(0, window.limit);
    const last = jobs.at(-1);
    return {
      jobs,
      next_cursor: rest.length > jobs.length && last !== undefined ? key(last) : null
    };
  }
}
