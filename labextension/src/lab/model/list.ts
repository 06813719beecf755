import type { JobsPage, JobStatus } from '../../rest';
import type { Sort } from './query';

/** What to ask the server for so that some places of the list are up to date. */
export interface Window {
  /** The job after which it begins; null at the head of the list. */
  readonly after: string | null;
  readonly cursor: string | null;
  readonly limit: number;
}

/** At most as many as the server gives at once. */
export const MAX_LIMIT = 200;
/** At least so many, so that a list that grows is seen to. */
export const MIN_LIMIT = 20;

/**
 * The server's list, from its head as far as it was asked for.
 *
 * It grows page by page at its end, and any stretch of it is brought up to date by asking for that
 * stretch alone: a cursor stands for a place in the order, so one that once followed a job follows
 * it for as long as the job's place in the order is the same.
 */
export class JobList {
  private _jobs: readonly JobStatus[] = [];
  private _cursors = new Map<string, { cursor: string; key: unknown }>();
  private _end: string | null = null;
  private _begun = false;

  constructor(private readonly sort: Sort) {}

  get jobs(): readonly JobStatus[] {
    return this._jobs;
  }

  /** Whether the server has answered yet. */
  get begun(): boolean {
    return this._begun;
  }

  /** Whether the list ends where the server's does. */
  get complete(): boolean {
    return this._begun && this._end === null;
  }

  /** Return what to ask for to have these places up to date; `last` is included. */
  window(first: number, last: number): Window {
    const end = Math.min(last, Math.max(this._jobs.length - 1, 0));
    let start = Math.max(Math.min(first, end), 0);
    while (start > 0 && this.cursorAfter(start - 1) === null) {
      start -= 1;
    }
    return {
      after: start === 0 ? null : (this._jobs[start - 1]?.job_id ?? null),
      cursor: this.cursorAfter(start - 1),
      limit: Math.min(Math.max(end - start + 1, MIN_LIMIT), MAX_LIMIT)
    };
  }

  /** Return what to ask for to have more of the list; null where there is no more. */
  next(limit: number): Window | null {
    if (this._end === null) {
      return this._begun ? null : { after: null, cursor: null, limit };
    }
    return { after: this._jobs.at(-1)?.job_id ?? null, cursor: this._end, limit };
  }

  /** Lay an answer over the stretch that was asked for. */
  merge(asked: Window, page: JobsPage): void {
    const start = asked.after === null ? 0 : this.place(asked.after) + 1;
    if (asked.after !== null && start === 0) {
      return; // The job after which was asked is gone meanwhile: the next look has another place.
    }
    const known = new Map(this._jobs.map(job => [job.job_id, job]));
    const fresh = page.jobs.map(job => unchanged(known.get(job.job_id), job));
    const ids = new Set(fresh.map(job => job.job_id));
    const others = (jobs: readonly JobStatus[]): JobStatus[] =>
      jobs.filter(job => !ids.has(job.job_id));
    const head = others(this._jobs.slice(0, start));
    const last = fresh.at(-1);
    if (page.next_cursor === null || last === undefined) {
      this._jobs = [...head, ...fresh];
      this._end = null;
    } else {
      const place = this.place(last.job_id);
      // Where the answer ends in a place that is not known, what was known after it may have moved.
      const tail = place >= start ? others(this._jobs.slice(place + 1)) : [];
      this._jobs = [...head, ...fresh, ...tail];
      if (tail.length === 0) {
        // The list may have been complete with jobs that are gone.
        this._end = page.next_cursor;
      }
    }
    this._begun = true;
    const present = new Set(this._jobs.map(job => job.job_id));
    for (const id of this._cursors.keys()) {
      if (!present.has(id)) {
        this._cursors.delete(id);
      }
    }
    if (last !== undefined && page.next_cursor !== null) {
      this._cursors.set(last.job_id, { cursor: page.next_cursor, key: this.key(last) });
    }
  }

  /** Take over what the server said of one job; its place stays until the next look. */
  put(job: JobStatus): void {
    const place = this.place(job.job_id);
    const old = this._jobs[place];
    if (old !== undefined && old.updated_at <= job.updated_at && unchanged(old, job) !== old) {
      this._jobs = this._jobs.map(known => (known === old ? job : known));
    }
  }

  remove(ids: ReadonlySet<string>): void {
    this._jobs = this._jobs.filter(job => !ids.has(job.job_id));
  }

  /** Return the place of a job, -1 where it isn't in the list. */
  place(jobId: string): number {
    return this._jobs.findIndex(job => job.job_id === jobId);
  }

  private cursorAfter(place: number): string | null {
    const job = this._jobs[place];
    const kept = job && this._cursors.get(job.job_id);
    return job && kept && kept.key === this.key(job) ? kept.cursor : null;
  }

  private key(job: JobStatus): unknown {
    return job[this.sort.replace(/^-/, '') as 'created_at' | 'updated_at' | 'name' | 'status'];
  }
}

/** Return the known job where the new one says the same, so that rows see that nothing changed. */
function unchanged(known: JobStatus | undefined, job: JobStatus): JobStatus {
  return known !== undefined && JSON.stringify(known) === JSON.stringify(job) ? known : job;
}
