import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Signal, type ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import type { ViewerHandle } from '../../viewer';
import type { IVideoJobs } from '../tokens';

export interface ViewerContentOptions {
  readonly videoJobs: IVideoJobs;
  readonly jobId: string;
  /** Seconds; where to begin. */
  readonly time: number;
  readonly trans: TranslationBundle;
}

/** The shared viewer as a widget; its code is fetched when the first one is shown. */
export class ViewerContent extends Widget {
  readonly jobId: string;
  private readonly _moved = new Signal<this, void>(this);
  private _time: number;
  private _handle: ViewerHandle | null = null;
  private _begun = false;

  constructor(private readonly options: ViewerContentOptions) {
    super();
    this.jobId = options.jobId;
    this._time = options.time;
    this.addClass('jp-videojobs-viewer-content');
    this.node.tabIndex = -1;
    // These events don't bubble, but they can be caught on their way down.
    for (const type of ['pause', 'seeked']) {
      this.node.addEventListener(type, this.onMoved, true);
    }
  }

  /** Seconds: where the video was paused last. */
  get time(): number {
    return this._time;
  }

  /** Emitted when the video was paused or moved. */
  get moved(): ISignal<this, void> {
    return this._moved;
  }

  seek(time: number): void {
    this._time = time;
    this._handle?.seek(time);
  }

  override dispose(): void {
    this._handle?.dispose();
    this._handle = null;
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this.begin();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      void this.begin();
    }
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    const inside = this.node.querySelector<HTMLElement>('[tabindex="0"], button, video');
    (inside ?? this.node).focus({ preventScroll: true });
  }

  private async begin(): Promise<void> {
    if (this._begun) {
      return;
    }
    this._begun = true;
    const { mountViewer } = await import(/* webpackChunkName: "viewer" */ '../../viewer');
    if (this.isDisposed) {
      return;
    }
    const { videoJobs, jobId, trans } = this.options;
    this._handle = mountViewer(this.node, {
      server: videoJobs.server,
      jobId,
      // Not 0: the viewer would go back there from wherever its user is by then.
      ...(this._time > 0 ? { time: this._time } : {}),
      translate: (text, ...args) => trans.__(text, ...args)
    });
  }

  private readonly onMoved = (event: Event): void => {
    if (event.target instanceof HTMLMediaElement && !this.isDisposed) {
      this._time = event.target.currentTime;
      this._moved.emit();
    }
  };
}
