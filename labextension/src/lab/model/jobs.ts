import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';

import type { Health, JobStatus, JobsQuery, VideoJobsServer } from '../../rest';
import { AliveJobs } from './alive';
import { JobList, type Window } from './list';
import { HEALTH_AGE, IDLE, pace, questions, type Situation } from './pace';
import { problemOf, problemOfHealth, type Problem } from './problem';
import { EVERYTHING, isFiltered, sameQuery, toRest, type ListQuery } from './query';

/** How many jobs a page of the list holds. */
const PAGE = 100;
/** How many of the latest changes are asked for: first few, then many while all are news. */
const CHANGES = { few: 10, many: 100, pages: 5 };
/** Milliseconds for which a change of the user's makes the looks frequent. */
const STIRRED = 8000;
/** How many requests of one action are on their way at once. */
const AT_ONCE = 4;

/** What came of an action on several jobs. */
export interface Outcome {
  readonly done: readonly string[];
  readonly failed: readonly { readonly jobId: string; readonly message: string }[];
}

/**
 * The jobs that this page knows of, kept up to date.
 *
 * The list is asked for only where it is shown (`show`), and only the stretch on the screen; else a
 * look asks for the latest changes, and only while jobs are known that haven't ended.
 */
export class JobsModel implements IDisposable {
  private readonly _changed = new Signal<this, void>(this);
  private readonly _ended = new Signal<this, readonly JobStatus[]>(this);
  private readonly _alive = new AliveJobs();
  private readonly _poll: Poll;
  private _query = EVERYTHING;
  private _list = new JobList(EVERYTHING.sort);
  private _health: Health | null = null;
  private _healthAt = -Infinity;
  private _problem: Problem | null = null;
  private _failures = 0;
  private _turn = 0;
  private _busy = 1000;
  private _shown = false;
  private _view = { first: 0, last: 0 };
  private _stirredAt = -Infinity;
  private _lookedAt = -Infinity;
  private _looking: Promise<void> | null = null;
  private _growing: Promise<void> | null = null;
  private _next: Promise<void> | null = null;

  constructor(private readonly server: VideoJobsServer) {
    this._poll = new Poll({
      name: 'videojobs:jobs',
      factory: () => this.look(),
      frequency: { interval: Infinity, backoff: false },
      standby: 'when-hidden',
      linger: 0,
      auto: false
    });
    document.addEventListener('visibilitychange', this.onVisibility);
    void this._poll.start();
  }

  /** Emitted when anything of the model has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted with jobs that have ended since this page was opened, each once. */
  get ended(): ISignal<this, readonly JobStatus[]> {
    return this._ended;
  }

  /** The jobs of the list, as far as they were asked for. */
  get jobs(): readonly JobStatus[] {
    return this._list.jobs;
  }

  /** Whether the list has been answered at all. */
  get begun(): boolean {
    return this._list.begun;
  }

  /** Whether the list has no more than `jobs`. */
  get complete(): boolean {
    return this._list.complete;
  }

  /** The jobs that wait or run, as far as they are known, whatever the list shows. */
  get alive(): readonly JobStatus[] {
    return this._alive.jobs;
  }

  get running(): readonly JobStatus[] {
    return this._alive.running;
  }

  get health(): Health | null {
    return this._health;
  }

  get problem(): Problem | null {
    if (this._problem !== null || this._health === null) {
      return this._problem;
    }
    return problemOfHealth(this._health, this._alive.waiting.length);
  }

  get query(): ListQuery {
    return this._query;
  }

  set query(query: ListQuery) {
    if (sameQuery(query, this._query)) {
      return;
    }
    this._query = query;
    this._list = new JobList(query.sort);
    this._view = { first: 0, last: 0 };
    this._changed.emit();
    void this.refresh();
  }

  /** Seconds between looks while jobs run. */
  set interval(seconds: number) {
    this._busy = seconds * 1000;
    this.reschedule();
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  dispose(): void {
    document.removeEventListener('visibilitychange', this.onVisibility);
    this._poll.dispose();
    Signal.clearData(this);
  }

  /** Return a job, if it is known. */
  get(jobId: string): JobStatus | undefined {
    return this._list.jobs[this._list.place(jobId)] ?? this.alive.find(job => job.job_id === jobId);
  }

  /** Return a job, from the server if it is not known. */
  async fetch(jobId: string): Promise<JobStatus> {
    const sent = this.server.rest.GET('/status/{job_id}', { params: { path: { job_id: jobId } } });
    const job = await this.server.unwrap(sent);
    this.take([job]);
    this._changed.emit();
    return job;
  }

  /** Say whether the list is on the screen. */
  set shown(shown: boolean) {
    if (shown !== this._shown) {
      this._shown = shown;
      if (shown) {
        void this.refresh();
      } else {
        this.reschedule();
      }
    }
  }

  /** Say which places of the list are on the screen; what comes next is asked for in time. */
  view(first: number, last: number): void {
    const moved = first !== this._view.first || last !== this._view.last;
    this._view = { first, last };
    if (moved && last + PAGE / 2 >= this._list.jobs.length) {
      void this.grow();
    }
  }

  /** Ask the server now. Never rejects: what is wrong stands in `problem`. */
  async refresh(): Promise<void> {
    await this.look();
    this.reschedule();
  }

  /** Ask the server now and often for a while, since something was just changed. */
  async stir(): Promise<void> {
    this._stirredAt = Date.now();
    await this.refresh();
  }

  /** Follow a job that was just submitted. */
  async follow(jobId: string): Promise<void> {
    this._stirredAt = Date.now();
    await this.fetch(jobId).catch(() => undefined);
    await this.refresh();
  }

  /** Something happened after which there may be new jobs: look, unless that was just done. */
  hint(): void {
    if (!document.hidden && Date.now() - this._lookedAt >= IDLE) {
      void this.refresh();
    }
  }

  async cancel(jobIds: readonly string[]): Promise<Outcome> {
    return this.each(jobIds, async job_id => {
      const sent = this.server.rest.POST('/jobs/{job_id}/cancel', { params: { path: { job_id } } });
      this.take([await this.server.unwrap(sent)]);
    });
  }

  async retry(jobIds: readonly string[]): Promise<Outcome> {
    return this.each(jobIds, async job_id => {
      const sent = this.server.rest.POST('/jobs/{job_id}/retry', { params: { path: { job_id } } });
      this.take([await this.server.unwrap(sent)]);
    });
  }

  async delete(jobIds: readonly string[]): Promise<Outcome> {
    return this.each(jobIds, async job_id => {
      await this.end(job_id);
      const sent = this.server.rest.DELETE('/jobs/{job_id}', { params: { path: { job_id } } });
      await this.server.unwrap(sent);
      this._alive.remove(job_id);
      this._list.remove(new Set([job_id]));
    });
  }

  /** Cancel a job if it runs, and return once it has ended: only then it can be deleted. */
  private async end(job_id: string): Promise<void> {
    if (this.get(job_id)?.status !== 'running') {
      return;
    }
    await this.server.unwrap(
      this.server.rest.POST('/jobs/{job_id}/cancel', { params: { path: { job_id } } })
    );
    for (let tries = 0; tries < 40 && (await this.fetch(job_id)).status === 'running'; tries++) {
      await new Promise(resolve => setTimeout(resolve, 250));
    }
  }

  /** Do something to each of some jobs; those for which it fails don't stop the others. */
  private async each(
    jobIds: readonly string[],
    act: (jobId: string) => Promise<void>
  ): Promise<Outcome> {
    const left = [...jobIds];
    const done: string[] = [];
    const failed: Outcome['failed'][number][] = [];
    const work = async (): Promise<void> => {
      for (let jobId = left.shift(); jobId !== undefined; jobId = left.shift()) {
        try {
          await act(jobId);
          done.push(jobId);
        } catch (error) {
          failed.push({ jobId, message: error instanceof Error ? error.message : String(error) });
        }
        this._changed.emit();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    void this.stir();
    return { done, failed };
  }

  /** Ask for the next page of the list. */
  private async grow(): Promise<void> {
    const list = this._list;
    const next = list.next(PAGE);
    if (this._growing !== null || next === null || this._problem !== null || !list.begun) {
      return;
    }
    this._growing = this.ask(list, next)
      .catch((error: unknown) => {
        this._problem = problemOf(error);
      })
      .finally(() => {
        this._growing = null;
        this._changed.emit();
      });
    await this._growing;
  }

  private readonly onVisibility = (): void => {
    if (!document.hidden) {
      void this.refresh();
    }
  };

  private get situation(): Situation {
    return {
      shown: this._shown,
      running: this._alive.running.length,
      waiting: this._alive.waiting.length,
      stirred: Date.now() - this._stirredAt < STIRRED,
      failures: this._failures
    };
  }

  /** Set the time of the next look as things are now. */
  private reschedule(): void {
    // Before the first look there is nothing to go by; it comes in a moment.
    if (!this.isDisposed && this._lookedAt > -Infinity) {
      void this._poll.schedule({ interval: this.setPace(), phase: 'standby' });
    }
  }

  private setPace(): number {
    const interval = pace(this.situation, this._busy);
    this._poll.frequency = { interval, backoff: false, max: Math.max(interval, 2 * IDLE) };
    return interval;
  }

  /** Ask what is to be asked now; one look at a time, and one more if asked for meanwhile. */
  private look(): Promise<void> {
    if (this._looking !== null) {
      // What is on its way may have been answered before that for which is looked now.
      this._next ??= this._looking.then(() => {
        this._next = null;
        return this.look();
      });
      return this._next;
    }
    this._looking = this.lookOnce().finally(() => {
      this._looking = null;
    });
    return this._looking;
  }

  private async lookOnce(): Promise<void> {
    if (this.isDisposed) {
      return;
    }
    const now = Date.now();
    const list = this._list;
    const asked = questions({
      ...this.situation,
      healthAge: now - this._healthAt,
      covering:
        this._view.first === 0 &&
        !isFiltered(this._query) &&
        list.begun &&
        this._query.sort === '-created_at',
      begun: list.begun,
      turn: this._turn++
    });
    this._lookedAt = now;
    try {
      for (const question of asked) {
        if (question === 'health') {
          await this.askHealth();
        } else if (question === 'changes') {
          await this.askChanges();
        } else {
          await this.ask(list, list.window(this._view.first, this._view.last));
        }
      }
      this._problem = null;
      this._failures = 0;
    } catch (error) {
      this._problem = problemOf(error);
      this._failures += 1;
      this._healthAt = Math.min(this._healthAt, now - HEALTH_AGE);
    }
    this.setPace();
    this._changed.emit();
  }

  /** Bring a stretch of the list up to date. */
  private async ask(list: JobList, window: Window): Promise<void> {
    const query: JobsQuery = { ...toRest(this._query), limit: window.limit, cursor: window.cursor };
    const page = await this.server.unwrap(this.server.rest.GET('/jobs', { params: { query } }));
    if (list === this._list) {
      list.merge(window, page);
    }
    this.take(page.jobs);
  }

  /** Ask what has changed since the last look. */
  private async askChanges(): Promise<void> {
    const seen = this._alive.seen;
    let cursor: string | null = null;
    for (let page = 0; page < CHANGES.pages; page++) {
      const limit = page === 0 ? CHANGES.few : CHANGES.many;
      const query: JobsQuery = { sort: '-updated_at', limit, cursor };
      const answer = await this.server.unwrap(this.server.rest.GET('/jobs', { params: { query } }));
      this.take(answer.jobs);
      cursor = answer.next_cursor;
      const oldest = answer.jobs.at(-1);
      if (cursor === null || oldest === undefined || oldest.updated_at <= seen) {
        break;
      }
    }
    this._alive.begin();
    await this.askMissed();
  }

  /** Ask for running jobs of which nothing was heard for long: they may have been deleted. */
  private async askMissed(): Promise<void> {
    const late = new Date(Date.now() - 2 * HEALTH_AGE).toISOString();
    for (const { job_id, updated_at } of this._alive.running) {
      if (updated_at < late) {
        const sent = this.server.rest.GET('/status/{job_id}', { params: { path: { job_id } } });
        const { data, response } = await sent;
        if (data !== undefined) {
          this.take([data]);
        } else if (response.status === 404) {
          this._alive.remove(job_id);
        }
      }
    }
  }

  private async askHealth(): Promise<void> {
    const { data, error, response } = await this.server.rest.GET('/health');
    // A server in trouble answers 503, and tells of itself in the same words.
    const health = data ?? (response.status === 503 && isHealth(error) ? error : undefined);
    this._health =
      health ?? (await this.server.unwrap(Promise.resolve({ error, response }))) ?? null;
    this._healthAt = Date.now();
  }

  private take(jobs: readonly JobStatus[]): void {
    jobs.forEach(job => this._list.put(job));
    const ended = this._alive.take(jobs);
    if (ended.length > 0) {
      this._ended.emit(ended);
    }
  }
}

function isHealth(answer: unknown): answer is Health {
  return typeof answer === 'object' && answer !== null && 'worker' in answer;
}
