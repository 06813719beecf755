import { TERMINAL, type JobStatus, type VideoJobsServer } from '../rest';

/** Milliseconds between looks: while jobs move, while none does, and at most after failures. */
const BUSY = 1000;
const IDLE = 5000;
const AWAY = 10_000;

/** Jobs that the list begins with, and that each "more" adds. */
const PAGE = 10;

/** The newest jobs of a server, kept up to date while somebody can see them. */
export class JobFeed {
  jobs: readonly JobStatus[] = [];
  /** Whether there are older ones. */
  more = false;
  /** Whether the server has answered at all. */
  begun = false;
  /** Why the list may not be as things are. */
  trouble: unknown = null;

  private readonly server: VideoJobsServer;
  private readonly changed: () => void;
  private limit = PAGE;
  /** The views of the list that are on the screen. */
  private readonly seen = new Set<object>();
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private looking = false;
  private stirred = false;

  constructor(server: VideoJobsServer, changed: () => void) {
    this.server = server;
    this.changed = changed;
    document.addEventListener('visibilitychange', this.refresh);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.seen.clear();
    document.removeEventListener('visibilitychange', this.refresh);
  }

  /** Say whether a view of the list is on the screen. */
  show(view: object, seen: boolean): void {
    const before = this.seen.size;
    if (seen) {
      this.seen.add(view);
    } else {
      this.seen.delete(view);
    }
    if (before === 0 || this.seen.size === 0) {
      this.refresh();
    }
  }

  showMore(): void {
    this.limit = Math.min(this.limit + 2 * PAGE, 200);
    this.refresh();
  }

  /** Look now. */
  readonly refresh = (): void => {
    this.stirred = this.looking;
    clearTimeout(this.timer);
    if (!this.looking && this.seen.size > 0 && !document.hidden) {
      void this.look();
    }
  };

  private async look(): Promise<void> {
    this.looking = true;
    try {
      const query = { limit: this.limit };
      const page = await this.server.unwrap(this.server.rest.GET('/jobs', { params: { query } }));
      this.jobs = page.jobs;
      this.more = page.next_cursor !== null && this.limit < 200;
      this.begun = true;
      this.trouble = null;
      this.failures = 0;
    } catch (error) {
      this.trouble = error;
      this.failures += 1;
    }
    this.looking = false;
    this.changed();
    if (this.stirred) {
      this.refresh();
    } else if (this.seen.size > 0 && !document.hidden) {
      this.timer = setTimeout(this.refresh, this.pause());
    }
  }

  private pause(): number {
    if (this.failures > 0) {
      return Math.min(BUSY * 2 ** this.failures, AWAY);
    }
    return this.jobs.every(job => TERMINAL.includes(job.status)) ? IDLE : BUSY;
  }
}
