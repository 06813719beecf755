import type { VideoJobsServer } from '../rest';
import { nameplate } from './fingerprint';
import type { UploadOptions } from './options';
import { Upload } from './upload';

/** Files that are sent at once: each of them still gets on, and one lost video costs little. */
const AT_ONCE = 3;

/** Files on their way to a server, a few at a time. */
export class UploadQueue {
  private readonly server: VideoJobsServer;
  private readonly options: UploadOptions;
  private readonly listeners = new Set<() => void>();
  private readonly askBeforeLeaving = (event: BeforeUnloadEvent): void => event.preventDefault();
  private list: readonly Upload[] = [];

  constructor(server: VideoJobsServer, options: UploadOptions = {}) {
    this.server = server;
    this.options = options;
  }

  /** In the order in which they were added; replaced, never changed. */
  get uploads(): readonly Upload[] {
    return this.list;
  }

  /** Hear when an upload comes, goes or changes; the result ends that. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Send files, and return what became of each. One that is here already and isn't finished is
   * resumed; one of which the server has a part goes on from there.
   */
  add(files: Iterable<File>): Upload[] {
    const added = [...files].map(file => this.known(file) ?? this.begin(file));
    this.advance();
    return added;
  }

  private known(file: File): Upload | undefined {
    const found = this.list.find(
      upload =>
        upload.state !== 'finished' &&
        !upload.hopeless &&
        nameplate(upload.file) === nameplate(file)
    );
    found?.resume();
    return found;
  }

  private begin(file: File): Upload {
    const upload = new Upload(file, this.server, this.options, removed => {
      this.list = this.list.filter(each => each !== removed);
      this.advance();
    });
    upload.onChange(() => this.advance());
    this.list = [...this.list, upload];
    return upload;
  }

  /** Give free places to those who wait. */
  private advance(): void {
    let free = this.options.atOnce ?? AT_ONCE;
    free -= this.list.filter(upload => upload.state === 'uploading').length;
    const next = free > 0 ? this.list.find(upload => upload.state === 'waiting') : undefined;
    if (next !== undefined) {
      next.start(); // which comes back here
      return;
    }
    const busy = this.list.some(upload => upload.state === 'uploading');
    (busy ? addEventListener : removeEventListener)('beforeunload', this.askBeforeLeaving);
    for (const listener of this.listeners) {
      listener();
    }
  }
}
