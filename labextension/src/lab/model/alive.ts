import { TERMINAL, type JobStatus } from '../../rest';

/**
 * The jobs that wait or run, as far as this page knows, and those that end before its eyes.
 *
 * Times are the server's, compared as text: they are all written in one way.
 */
export class AliveJobs {
  private readonly _jobs = new Map<string, JobStatus>();
  /** Of jobs that have ended, when, so that each end is told once. */
  private readonly _ended = new Map<string, string>();
  private _since: string | null = null;
  private _seen = '';

  /** Those that run first, then those that wait, the next one first. */
  get jobs(): readonly JobStatus[] {
    return [...this._jobs.values()].sort(
      (one, other) =>
        Number(other.status === 'running') - Number(one.status === 'running') ||
        (one.queue_position ?? 0) - (other.queue_position ?? 0)
    );
  }

  get running(): readonly JobStatus[] {
    return this.jobs.filter(job => job.status === 'running');
  }

  get waiting(): readonly JobStatus[] {
    return this.jobs.filter(job => job.status === 'pending');
  }

  /** The latest change that this page has seen; empty before the first. */
  get seen(): string {
    return this._seen;
  }

  /**
   * Take over what the server says of some jobs, and return those that ended since the last time:
   * jobs that were seen alive, or that came and went in between.
   */
  take(jobs: readonly JobStatus[]): JobStatus[] {
    const ended: JobStatus[] = [];
    for (const job of jobs) {
      const known = this._jobs.get(job.job_id);
      const latest = known?.updated_at ?? this._ended.get(job.job_id) ?? '';
      if (latest > job.updated_at) {
        continue; // An answer that was overtaken by a later one.
      }
      if (!TERMINAL.includes(job.status)) {
        this._jobs.set(job.job_id, job);
        this._ended.delete(job.job_id);
        continue;
      }
      this._jobs.delete(job.job_id);
      const finished = job.finished_at ?? job.updated_at;
      const missed = this._since !== null && finished > this._since;
      if ((known !== undefined || missed) && this._ended.get(job.job_id) !== finished) {
        ended.push(job);
      }
      if (known !== undefined || missed) {
        this._ended.set(job.job_id, finished);
      }
    }
    for (const { updated_at } of jobs) {
      if (updated_at > this._seen) {
        this._seen = updated_at;
      }
    }
    return ended;
  }

  /** From here on, jobs that come and go between two looks are told, too. */
  begin(): void {
    this._since ??= this._seen;
  }

  /** Forget a job that no longer exists. */
  remove(jobId: string): void {
    this._jobs.delete(jobId);
  }
}
