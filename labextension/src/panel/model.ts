import {
  ExtensionMissing,
  ServerAway,
  ServerRefused,
  type JobStatus,
  type Pipeline,
  type VideoJobsServer
} from '../rest';
import { untranslated, type Translate } from '../viewer/options';
import { placeOf, bareMessage, submitBody, type Choice } from './choice';
import { JobFeed } from './feed';
import type { Incoming, Leftover, PageIntake } from './intake';

/** Milliseconds after which a server that doesn't answer is asked again. */
const PATIENCE = 3000;

export interface PanelOptions {
  server: VideoJobsServer;
  intake: PageIntake;
  /** Whether the page can fetch pictures and videos from the server itself. */
  direct: boolean;
  choice: Choice;
  translate?: Translate;
  /** Hears what the form says now. */
  onChoice?: (choice: Choice) => void;
  /** Hears of each job that this page has submitted. */
  onSubmitted?: (jobId: string) => void;
  /** Hears which job is looked at. */
  onOpen?: (jobId: string) => void;
}

/** Why nothing can be shown. */
export interface Trouble {
  readonly title: string;
  readonly message: string;
}

/** All that the panel knows; its views are drawn from this. */
export class PanelModel {
  readonly server: VideoJobsServer;
  readonly intake: PageIntake;
  readonly direct: boolean;
  readonly translate: Translate;
  readonly feed: JobFeed;
  choice: Choice;
  pipelines: readonly Pipeline[] | null = null;
  trouble: Trouble | null = null;
  /** What is wrong in the form, by place: `motion.threshold`, `path`, `max_frames`. */
  readonly problems = new Map<string, string>();
  /** What screen readers hear. */
  announcement = '';
  /** Counts changes of the choice that came from outside the form. */
  version = 0;

  private readonly options: PanelOptions;
  private readonly listeners = new Set<() => void>();
  private readonly unhear: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private disposed = false;

  private readonly submitted = (jobId: string): void => {
    this.announcement = this.translate('Submitted.');
    this.options.onSubmitted?.(jobId);
    this.feed.refresh();
  };

  constructor(options: PanelOptions) {
    this.options = options;
    this.server = options.server;
    this.intake = options.intake;
    this.direct = options.direct;
    this.choice = options.choice;
    this.translate = options.translate ?? untranslated;
    this.feed = new JobFeed(options.server, () => this.changed());
    const unhear = [
      options.intake.onChange(() => this.changed()),
      options.intake.onSubmitted(this.submitted)
    ];
    this.unhear = () => unhear.forEach(each => each());
    void this.connect();
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
    this.unhear();
    this.feed.dispose();
    this.listeners.clear();
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.listeners) {
      listener();
    }
  }

  /** Ask for what the panel is made of; `trouble` says why there is no answer. */
  async connect(): Promise<void> {
    clearTimeout(this.timer);
    try {
      const { server } = this;
      this.pipelines = (await server.unwrap(server.rest.GET('/pipelines'))).pipelines;
      this.trouble = null;
      this.feed.refresh();
      void this.intake.lookForLeftovers();
    } catch (error) {
      this.trouble = this.troubleOf(error);
      if (error instanceof ServerAway && !this.disposed) {
        this.timer = setTimeout(() => void this.connect(), PATIENCE);
      }
    }
    this.changed();
  }

  get pipeline(): Pipeline | undefined {
    return this.pipelines?.find(each => each.id === this.choice.pipelineId);
  }

  titleOf(pipelineId: string): string {
    return this.pipelines?.find(each => each.id === pipelineId)?.title ?? pipelineId;
  }

  // ── the form ──────────────────────────────────────────────────────────────────────────────────

  /** Take what the user has entered. */
  choose(change: Partial<Choice>): void {
    this.choice = { ...this.choice, ...change };
    if (change.pipelineId !== undefined) {
      this.problems.clear();
      this.version += 1;
    }
    this.options.onChoice?.(this.choice);
    this.changed();
  }

  /** Take what was set elsewhere. */
  adopt(choice: Choice): void {
    if (JSON.stringify(choice) !== JSON.stringify(this.choice)) {
      this.choice = choice;
      this.problems.clear();
      this.version += 1;
      this.changed();
    }
  }

  /** Note what is wrong at a place of the form, or that nothing is. */
  mark(place: string, problem: string | null): void {
    if (problem === null) {
      this.problems.delete(place);
    } else {
      this.problems.set(place, problem);
    }
    this.changed();
  }

  // ── videos ────────────────────────────────────────────────────────────────────────────────────

  addFiles(files: Iterable<File>): void {
    this.intake.add(files, this.choice);
  }

  /** Submit a file of the server's folder; returns why not, '' where the form shows it. */
  async submitPath(path: string): Promise<string | null> {
    const body = submitBody(this.choice, { path });
    return await this.submitting(async () => {
      const { job_id } = await this.server.unwrap(this.server.rest.POST('/submit', { body }));
      return job_id;
    });
  }

  submitLeftover(leftover: Leftover): Promise<string | null> {
    return this.submitting(() => this.intake.submitLeftover(leftover, this.choice));
  }

  /** Submit once more what was refused, as the form is now. */
  again(incoming: Incoming): void {
    this.problems.clear();
    this.intake.again(incoming, this.choice);
  }

  /** Show at its field what a refusal is about. */
  markRefusal(refusal: ServerRefused): boolean {
    const place = placeOf(refusal.field, this.pipeline);
    if (place === '' || place === 'upload_id' || place === 'file') {
      return false;
    }
    this.mark(place, bareMessage(refusal.message, refusal.field));
    return true;
  }

  private async submitting(submit: () => Promise<string>): Promise<string | null> {
    if (this.problems.size > 0) {
      return this.translate('Something in the form can’t be so: see the marked fields.');
    }
    try {
      this.submitted(await submit());
      return null;
    } catch (error) {
      if (error instanceof ServerRefused && this.markRefusal(error) && error.field !== 'path') {
        return '';
      }
      return messageOf(error);
    }
  }

  // ── jobs ──────────────────────────────────────────────────────────────────────────────────────

  opened(job: JobStatus): void {
    this.options.onOpen?.(job.job_id);
  }

  /** Cancel, retry or delete; returns why not. */
  async act(job: JobStatus, action: 'cancel' | 'retry' | 'delete'): Promise<string | null> {
    const params = { path: { job_id: job.job_id } };
    const { rest } = this.server;
    try {
      if (action === 'cancel') {
        await this.server.unwrap(rest.POST('/jobs/{job_id}/cancel', { params }));
      } else if (action === 'retry') {
        await this.server.unwrap(rest.POST('/jobs/{job_id}/retry', { params }));
      } else {
        await this.server.unwrap(rest.DELETE('/jobs/{job_id}', { params }));
      }
      return null;
    } catch (error) {
      return messageOf(error);
    } finally {
      this.feed.refresh();
    }
  }

  troubleOf(error: unknown): Trouble {
    const { translate } = this;
    if (error instanceof ExtensionMissing) {
      return { title: translate('No videojobs on this server'), message: error.message };
    }
    if (error instanceof ServerRefused && (error.status === 401 || error.status === 403)) {
      return {
        title: translate('The server doesn’t know you'),
        message: this.direct
          ? translate('Log in again in another tab, then try again.')
          : translate(
              'The token of the kernel’s client is wrong or missing: pass VideoJobsPanel(Client(url=…, token=…)). `jupyter server list` shows addresses and tokens.'
            )
      };
    }
    if (error instanceof ServerAway) {
      return {
        title: translate('The server doesn’t answer'),
        message:
          error.cause instanceof RelayTrouble
            ? error.cause.message
            : translate('Jobs go on without this page. It asks again by itself.')
      };
    }
    return { title: translate('The server refuses'), message: messageOf(error) };
  }
}

/** Return an error in words; what the kernel says of a server that it doesn't find is the cause. */
export function messageOf(error: unknown): string {
  if (error instanceof ServerAway && error.cause instanceof RelayTrouble) {
    return error.cause.message;
  }
  return error instanceof Error ? error.message : String(error);
}

/** What the kernel says where it can't pass a request on. */
export class RelayTrouble extends Error {}
