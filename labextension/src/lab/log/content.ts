import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Poll } from '@lumino/polling';
import { Widget } from '@lumino/widgets';

import { TERMINAL } from '../../rest';
import type { IVideoJobs } from '../tokens';

/** Milliseconds between looks at a log that grows. */
const EVERY = 1000;
/** Within so many pixels of its end the log is followed. */
const NEAR = 40;

export interface LogContentOptions {
  readonly videoJobs: IVideoJobs;
  readonly jobId: string;
  readonly trans: TranslationBundle;
}

/**
 * A job's log, which grows while the job runs and the log is on the screen: each look asks for what
 * is new alone. Who scrolls up reads on undisturbed; at its end the log is followed.
 */
export class LogContent extends Widget {
  readonly jobId: string;
  private readonly _text = document.createElement('pre');
  private readonly _state = document.createElement('div');
  private readonly _poll: Poll;
  private readonly _decoder = new TextDecoder();
  /** Bytes that are shown already. */
  private _read = 0;
  private _ended = false;

  constructor(private readonly options: LogContentOptions) {
    super();
    const { trans } = options;
    this.jobId = options.jobId;
    this.addClass('jp-videojobs-log');
    this._text.className = 'jp-videojobs-log-text';
    this._text.tabIndex = 0;
    this._text.setAttribute('role', 'log');
    this._text.setAttribute('aria-label', trans.__('Log'));
    this._state.className = 'jp-videojobs-log-state';
    this._state.setAttribute('role', 'status');
    this.node.append(this._text, this._state);
    this._poll = new Poll({
      name: 'videojobs:log',
      factory: () => this.look(),
      frequency: { interval: EVERY, backoff: true, max: 10 * EVERY },
      standby: () => (this.isVisible && !this._ended ? 'when-hidden' : true)
    });
  }

  override dispose(): void {
    this._poll.dispose();
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this._poll.refresh();
  }

  protected override onActivateRequest(): void {
    this._text.focus({ preventScroll: true });
  }

  private async look(): Promise<void> {
    const { videoJobs, trans } = this.options;
    const { server, jobs } = videoJobs;
    // What a job writes before its end is known here is in the next look, after which is no other.
    const job = await jobs.fetch(this.jobId).catch(() => undefined);
    const ended = job !== undefined && TERMINAL.includes(job.status);
    const answer = await fetch(server.url(`jobs/${this.jobId}/log`), {
      credentials: 'same-origin',
      headers: { ...server.headers(), Range: `bytes=${this._read}-` }
    }).catch(() => null);
    if (this.isDisposed) {
      return;
    }
    if (answer === null) {
      this._state.textContent = trans.__('The Jupyter server does not answer. Trying again …');
      throw new Error('away');
    }
    if (answer.status === 206 || answer.status === 200) {
      this.append(new Uint8Array(await answer.arrayBuffer()), answer.status === 200);
    } else if (answer.status === 416) {
      const size = Number(/\*\/(\d+)/.exec(answer.headers.get('Content-Range') ?? '')?.[1]);
      if (size < this._read) {
        // A retry writes its log anew.
        this.restart();
        return;
      }
    }
    this._ended = ended;
    if (answer.status === 404 && this._read === 0) {
      this._state.textContent = ended
        ? trans.__('The job wrote no log.')
        : trans.__('The job has not begun: its log appears here.');
    } else {
      this._state.textContent = ended
        ? trans.__('The job has ended: the log is complete.')
        : trans.__('Following the log …');
    }
  }

  private append(bytes: Uint8Array, whole: boolean): void {
    if (whole) {
      this.restart();
    }
    if (bytes.length === 0) {
      return;
    }
    const { scrollTop, clientHeight, scrollHeight } = this._text;
    const follow = scrollTop + clientHeight >= scrollHeight - NEAR;
    this._read += bytes.length;
    this._text.append(this._decoder.decode(bytes, { stream: true }));
    if (follow) {
      this._text.scrollTop = this._text.scrollHeight;
    }
  }

  private restart(): void {
    this._read = 0;
    this._text.textContent = '';
    this._decoder.decode();
  }
}
