import { Upload as TusUpload, type UploadOptions as TusOptions } from 'tus-js-client';

import type { VideoJobsServer } from '../rest';
import { untranslated } from '../viewer/options';
import { fingerprintOf } from './fingerprint';
import { judge, Silence, type Judgement } from './judgement';
import { FIRST_PIECE, PIECE, type UploadOptions } from './options';
import { Speed } from './speed';

/** `waiting`: for its turn. `failed`: until it is resumed, where that can help. */
export type UploadState = 'waiting' | 'uploading' | 'paused' | 'finished' | 'failed';

/** Milliseconds between attempts at a server that is away; the last one goes on for ever. */
const DELAYS = [300, 600, 1000, 2000, 3000, 5000];

/** Milliseconds without a byte after which a connection is given up and made anew. */
const SILENCE = 60_000;

/** One file on its way to the server, by tus; goes on where it stood, whatever happened. */
export class Upload {
  readonly file: File;
  state: UploadState = 'waiting';
  /** Bytes that are on the server, or on their way. */
  sent = 0;
  /** Why it failed. */
  error: string | null = null;
  /** Whether resuming can't help after a failure: the file itself is no good. */
  hopeless = false;
  /** What is special just now, while it goes on by itself. */
  notice: string | null = null;
  /** The server's name for it, to submit it by. */
  uploadId: string | null = null;

  private readonly server: VideoJobsServer;
  private readonly options: UploadOptions;
  private readonly speed = new Speed();
  private readonly listeners = new Set<() => void>();
  private readonly forget: (upload: Upload) => void;
  private turn: AbortController | null = null;
  /** Tells the file from others; the server keeps it with the upload. */
  private fingerprint = '';
  /** A notice that stays until the end. */
  private remark: string | null = null;

  /** Made by `UploadQueue.add`; `forget` hears that it was removed. */
  constructor(
    file: File,
    server: VideoJobsServer,
    options: UploadOptions,
    forget: (upload: Upload) => void
  ) {
    this.file = file;
    this.server = server;
    this.options = options;
    this.forget = forget;
  }

  /** Bytes of the file. */
  get total(): number {
    return this.file.size;
  }

  get bytesPerSecond(): number {
    return this.state === 'uploading' ? this.speed.bytesPerSecond : 0;
  }

  /** Null where that can't be told. */
  get secondsLeft(): number | null {
    return this.bytesPerSecond > 0 ? (this.total - this.sent) / this.bytesPerSecond : null;
  }

  /** Hear of every change; the result ends that. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  pause(): void {
    if (this.state === 'waiting' || this.state === 'uploading') {
      this.stop();
      this.set('paused');
    }
  }

  /** Wait for a turn again, after a pause or a failure. */
  resume(): void {
    if (this.state === 'paused' || this.state === 'failed') {
      this.set('waiting');
    }
  }

  /** Stop and forget it, here and on the server. */
  async remove(): Promise<void> {
    this.stop();
    const { uploadId } = this;
    this.uploadId = null;
    this.forget(this);
    if (uploadId !== null) {
      // Where the server is away, what it has of the file expires by itself.
      await TusUpload.terminate(this.server.url(`uploads/${uploadId}`), {
        ...this.requests(),
        retryDelays: null as unknown as number[]
      }).catch(() => undefined);
    }
  }

  /** Take it off the list and leave it on the server: it is a job by now. */
  dismiss(): void {
    this.stop();
    this.forget(this);
  }

  /** Take its turn; the queue calls it. */
  start(): void {
    this.turn = new AbortController();
    this.speed.reset();
    this.set('uploading');
    void this.run(this.turn.signal);
  }

  // ── sending ───────────────────────────────────────────────────────────────────────────────────

  private stop(): void {
    this.turn?.abort();
    this.turn = null;
  }

  private set(state: UploadState, error: string | null = null): void {
    this.state = state;
    this.error = error;
    if (state !== 'uploading') {
      this.notice = null;
    }
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) {
      listener();
    }
  }

  private async run(signal: AbortSignal): Promise<void> {
    let attempts = 0;
    for (;;) {
      const before = this.sent;
      try {
        this.fingerprint = await fingerprintOf(this.file);
        this.uploadId ??= await this.found(signal);
        await this.send(signal);
        this.sent = this.total;
        this.set('finished');
        return;
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        const judgement = (await isReadable(this.file)) ? this.judge(error) : this.unreadable();
        if (judgement.kind === 'stop') {
          this.hopeless = judgement.hopeless === true;
          this.set('failed', judgement.error);
          return;
        }
        if (judgement.kind === 'anew') {
          this.remark = judgement.notice;
          this.uploadId = null;
          this.sent = 0;
        }
        attempts = this.sent > before ? 0 : attempts + 1;
        this.notice = judgement.notice;
        this.speed.reset();
        this.changed();
        if (!(await rest(DELAYS[Math.min(attempts, DELAYS.length) - 1] ?? 0, signal))) {
          return;
        }
      }
    }
  }

  private judge(error: unknown): Judgement {
    return judge(error, this.options.translate ?? untranslated);
  }

  private unreadable(): Judgement {
    const translate = this.options.translate ?? untranslated;
    return {
      kind: 'stop',
      hopeless: true,
      error: translate(
        'The file on this computer has changed, or can’t be read any more: add it once more.'
      )
    };
  }

  /** Return what the server has of this file from before: a closed tab, another browser. */
  private async found(signal: AbortSignal): Promise<string | null> {
    try {
      const { uploads } = await this.server.unwrap(this.server.rest.GET('/uploads', { signal }));
      const same = uploads.find(
        upload => upload.metadata.fingerprint === this.fingerprint && upload.length === this.total
      );
      return same?.upload_id ?? null;
    } catch {
      // The next request meets the same trouble, and says it.
      return null;
    }
  }

  /** Send once, to the end or to the first trouble. */
  private send(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      let watchdog: ReturnType<typeof setTimeout> | undefined;
      const { uploadId } = this;
      const url = this.server.url('uploads');
      const sender = new TusUpload(this.file, {
        ...this.requests(),
        endpoint: uploadId === null ? url : null,
        uploadUrl: uploadId === null ? null : `${url}/${uploadId}`,
        metadata: { filename: this.file.name, fingerprint: this.fingerprint },
        chunkSize: FIRST_PIECE,
        // What to do about trouble is ours to say.
        retryDelays: null,
        storeFingerprintForResuming: false,
        onUploadUrlAvailable: () => {
          this.uploadId = sender.url?.split('/').pop() ?? null;
        },
        onProgress: sent => {
          listen();
          if (signal.aborted) {
            return;
          }
          if (sent > this.sent) {
            this.notice = this.remark;
          }
          this.sent = sent;
          this.speed.add(sent, performance.now() / 1000);
          this.changed();
        },
        onChunkComplete: () => {
          sender.options.chunkSize = this.options.pieceBytes ?? PIECE;
        },
        onSuccess: () => {
          clearTimeout(watchdog);
          resolve();
        },
        onError: error => {
          clearTimeout(watchdog);
          reject(error);
        }
      });
      const listen = (): void => {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => {
          void sender.abort();
          reject(new Silence());
        }, SILENCE);
      };
      signal.addEventListener('abort', () => {
        clearTimeout(watchdog);
        void sender.abort();
        reject(new DOMException('stopped', 'AbortError'));
      });
      listen();
      sender.start();
    });
  }

  /** What every request of tus-js-client goes by; the XSRF cookie may change at any time. */
  private requests(): Pick<TusOptions, 'onBeforeRequest' | 'httpStack'> {
    const { httpStack } = this.options;
    return {
      ...(httpStack === undefined ? {} : { httpStack }),
      onBeforeRequest: request => {
        for (const [name, value] of Object.entries(this.server.headers())) {
          request.setHeader(name, value);
        }
      }
    };
  }
}

async function isReadable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** Wait, and no longer than until the network is back; false once the upload is stopped. */
function rest(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer);
      removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      resolve(!signal.aborted);
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}
