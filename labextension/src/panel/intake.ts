import { ServerAway, ServerRefused, type VideoJobsServer } from '../rest';
import type { components } from '../rest/schema';
import { UploadQueue, type Upload, type UploadOptions } from '../upload';
import { untranslated, type Translate } from '../viewer/options';
import { submitBody, type Choice } from './choice';

/** An upload of which the server knows, though nothing on this page sends it. */
export type Leftover = components['schemas']['Upload'];

/** Milliseconds between attempts to submit to a server that is away. */
const PAUSE = 2000;

/** A file of this computer on its way to become a job. */
export class Incoming {
  /** What is done with it once it is there; may be changed until then. */
  choice: Choice;
  /** `refused`: the server doesn't make a job of it, `error` says why. */
  state: 'uploading' | 'submitting' | 'refused' = 'uploading';
  error: string | null = null;
  notice: string | null = null;
  refusal: ServerRefused | null = null;
  readonly upload: Upload;

  constructor(upload: Upload, choice: Choice) {
    this.upload = upload;
    this.choice = choice;
  }
}

/**
 * Files on their way, each with what is to be done with it; submits each when it is there.
 *
 * It belongs to the page, not to a cell: running the cell again, or restarting the kernel, stops
 * nothing.
 */
export class Intake {
  readonly server: VideoJobsServer;
  private readonly queue: UploadQueue;
  private readonly translate: Translate;
  private readonly listeners = new Set<() => void>();
  private readonly hearers = new Set<(jobId: string) => void>();
  private list: readonly Incoming[] = [];
  private left: readonly Leftover[] = [];

  constructor(server: VideoJobsServer, options: UploadOptions = {}) {
    this.server = server;
    this.translate = options.translate ?? untranslated;
    this.queue = new UploadQueue(server, options);
    this.queue.onChange(() => this.advance());
  }

  get incoming(): readonly Incoming[] {
    return this.list;
  }

  get leftovers(): readonly Leftover[] {
    const own = new Set(this.list.map(each => each.upload.uploadId));
    return this.left.filter(each => !own.has(each.upload_id));
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Hear of each job that is made of a file; the result ends that. */
  onSubmitted(hear: (jobId: string) => void): () => void {
    this.hearers.add(hear);
    return () => this.hearers.delete(hear);
  }

  add(files: Iterable<File>, choice: Choice): void {
    for (const file of files) {
      const [upload] = this.queue.add([file]);
      if (upload !== undefined && !this.list.some(each => each.upload === upload)) {
        this.list = [...this.list, new Incoming(upload, choice)];
      }
    }
    this.advance();
  }

  /** Submit once more what was refused. */
  again(incoming: Incoming, choice: Choice): void {
    incoming.choice = choice;
    incoming.state = 'uploading';
    incoming.error = null;
    incoming.refusal = null;
    this.advance();
  }

  remove(incoming: Incoming): void {
    this.list = this.list.filter(each => each !== incoming);
    void incoming.upload.remove().then(() => this.lookForLeftovers());
    this.changed();
  }

  /** Make a job of a file that was sent before, by this page or another one. */
  async submitLeftover(leftover: Leftover, choice: Choice): Promise<string> {
    const body = submitBody(choice, { upload_id: leftover.upload_id });
    const { job_id } = await this.server.unwrap(this.server.rest.POST('/submit', { body }));
    await this.lookForLeftovers();
    return job_id;
  }

  async removeLeftover(leftover: Leftover): Promise<void> {
    const url = this.server.url(`uploads/${leftover.upload_id}`);
    await this.server.fetch(
      new Request(url, { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0' } })
    );
    await this.lookForLeftovers();
  }

  /** Ask the server what else it has; what can't be asked now is asked some other time. */
  async lookForLeftovers(): Promise<void> {
    try {
      this.left = (await this.server.unwrap(this.server.rest.GET('/uploads'))).uploads;
      this.changed();
    } catch {
      // The job list tells of the same trouble.
    }
  }

  private submitted(incoming: Incoming, jobId: string): void {
    this.list = this.list.filter(each => each !== incoming);
    incoming.upload.dismiss();
    void this.lookForLeftovers();
    for (const hear of this.hearers) {
      // What one panel does with it is nothing to the others.
      queueMicrotask(() => hear(jobId));
    }
  }

  private changed(): void {
    for (const listener of this.listeners) {
      listener();
    }
  }

  private advance(): void {
    for (const incoming of this.list) {
      if (incoming.state === 'uploading' && incoming.upload.state === 'finished') {
        incoming.state = 'submitting';
        void this.submit(incoming);
      }
    }
    this.changed();
  }

  private async submit(incoming: Incoming): Promise<void> {
    const body = submitBody(incoming.choice, { upload_id: incoming.upload.uploadId ?? '' });
    for (;;) {
      try {
        const { job_id } = await this.server.unwrap(this.server.rest.POST('/submit', { body }));
        this.submitted(incoming, job_id);
        return;
      } catch (error) {
        if (passes(error)) {
          incoming.notice = this.translate('The server is away, trying again.');
          this.changed();
          await new Promise(resolve => setTimeout(resolve, PAUSE));
          continue;
        }
        incoming.state = 'refused';
        incoming.error = error instanceof Error ? error.message : String(error);
        incoming.refusal = error instanceof ServerRefused ? error : null;
        this.changed();
        return;
      }
    }
  }
}

/** An intake, maybe of another copy of this code: each widget brings its own. */
export type PageIntake = Pick<Intake, keyof Intake>;

const INTAKE = Symbol.for('videojobs:intake');

/** Return the one intake that this page has for its own server. */
export function intakeOfPage(server: VideoJobsServer): PageIntake {
  const page = globalThis as Record<symbol, unknown>;
  return (page[INTAKE] ??= new Intake(server)) as PageIntake;
}

/** Tell whether the same submit may be taken at the next attempt. */
function passes(error: unknown): boolean {
  return error instanceof ServerAway || (error instanceof ServerRefused && error.status === 503);
}
