import { Signal, type ISignal } from '@lumino/signaling';

import type { VideoJobsServer } from '../../rest';
import type { Upload, UploadQueue } from '../../upload';

/** Videos on their way from the desktop to the server; the code for it is fetched with the first. */
export class Uploads {
  private readonly _changed = new Signal<this, void>(this);
  private readonly _finished = new Signal<this, Upload>(this);
  private readonly _told = new Set<Upload>();
  private readonly _done = new Set<Upload>();
  private _queue: Promise<UploadQueue> | null = null;
  private _uploads: readonly Upload[] = [];

  constructor(
    private readonly server: VideoJobsServer,
    private readonly translate: (text: string, ...args: (string | number)[]) => string
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted once for each upload that is complete: a job can be made of it. */
  get finished(): ISignal<this, Upload> {
    return this._finished;
  }

  /** Those of which no job has been made yet. */
  get all(): readonly Upload[] {
    return this._uploads.filter(upload => !this._done.has(upload));
  }

  /** Send files. */
  async add(files: readonly File[]): Promise<void> {
    this._queue ??= this.begin();
    const queue = await this._queue;
    queue.add(files);
  }

  /** A job was made of an upload: it needs no place here any more. */
  submitted(upload: Upload): void {
    this._done.add(upload);
    this._changed.emit();
  }

  private async begin(): Promise<UploadQueue> {
    const { UploadQueue } = await import(/* webpackChunkName: "upload" */ '../../upload');
    const queue = new UploadQueue(this.server, { translate: this.translate });
    queue.onChange(() => {
      this._uploads = queue.uploads;
      for (const upload of queue.uploads) {
        if (upload.state === 'finished' && !this._told.has(upload)) {
          this._told.add(upload);
          this._finished.emit(upload);
        }
      }
      this._changed.emit();
    });
    return queue;
  }
}
