import type { FrameTable } from './frames';

/** Browsers tell times in microseconds; a frame that is further off was not told in our times. */
const TOLERANCE = 2e-3;

/** Where in a frame's interval to seek, one after another, until the browser shows that frame. */
const SHARES = [0.5, 0.15, 0.85, 0.97, 0.03];

/** How long to wait for a frame after a seek has ended, in milliseconds. */
const PATIENCE = 250;

/** How slowly to play when no seek leads to a frame. */
const CREEP = 0.2;

/** One picture with its time in seconds; close() when it is drawn. */
export interface Picture {
  source: CanvasImageSource;
  frame: number;
  close: () => void;
}

/**
 * A video element that knows which frame it shows, and gets to any other.
 *
 * The picture and its time are taken in one act where the browser can (VideoFrame, in secure
 * contexts): what is drawn over it is then never of another frame, also in play. Where a seek does
 * not lead to the frame that was wanted (Chromium goes by decode times and by lengths that the
 * container made up), it is tried at other places of the frame's interval, and at last played to.
 */
export class Player {
  readonly video: HTMLVideoElement;
  /** Hears that there is a new picture. */
  onPicture: () => void = () => undefined;
  /** Hears that play began or ended, or that the browser waits for data. */
  onState: () => void = () => undefined;
  /** Whether a seek is under way. */
  seeking = false;

  private table: FrameTable | null = null;
  private offset: number | null = null;
  /** Seconds of the picture that the browser called back for last; null before any. */
  private told: number | null = null;
  private target: number | null = null;
  private disposed = false;
  private playAfter = false;

  constructor(video: HTMLVideoElement) {
    this.video = video;
    video.preload = 'auto';
    video.playsInline = true;
    for (const event of ['play', 'pause', 'waiting', 'playing', 'ended', 'volumechange']) {
      video.addEventListener(event, () => this.onState());
    }
    video.addEventListener('loadeddata', () => {
      if (this.target !== null && !this.seeking) {
        void this.settle();
      }
      // Chromium does not always call back for the very first picture.
      this.onPicture();
    });
    const next = (_now: number, metadata: VideoFrameCallbackMetadata): void => {
      if (this.disposed) {
        return;
      }
      this.told = metadata.mediaTime;
      this.onPicture();
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  }

  get playing(): boolean {
    return !this.video.paused || this.playAfter;
  }

  /** Whether there is a picture to draw. */
  get ready(): boolean {
    return this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && this.video.videoWidth > 0;
  }

  setTable(table: FrameTable): void {
    this.table = table;
  }

  /** Take another file of the same frames. */
  load(url: string): void {
    this.offset = null;
    this.told = null;
    this.video.src = url;
    this.video.load();
  }

  /** Return the picture that is shown now and its frame, or null where there is none. */
  picture(): Picture | null {
    if (!this.ready) {
      return null;
    }
    if (typeof VideoFrame !== 'undefined') {
      try {
        const picture = new VideoFrame(this.video);
        return {
          source: picture,
          frame: this.frameOf(picture.timestamp / 1e6),
          close: () => picture.close()
        };
      } catch {
        // Between two files there can be metadata without a picture.
        return null;
      }
    }
    const told = this.told ?? this.video.currentTime;
    return { source: this.video, frame: this.frameOf(told), close: () => undefined };
  }

  /** Return the number of the frame that is shown. */
  get frame(): number {
    const picture = this.picture();
    picture?.close();
    return picture?.frame ?? 0;
  }

  play(): void {
    if (this.table !== null && this.frame >= this.table.count - 1) {
      this.playAfter = true;
      this.seek(0);
      return;
    }
    if (this.seeking) {
      this.playAfter = true;
    } else {
      void this.video.play().catch(() => this.onState());
    }
    this.onState();
  }

  pause(): void {
    this.playAfter = false;
    this.video.pause();
    this.onState();
  }

  /** Show a frame; of several wishes in a row the last counts. */
  seek(frame: number): void {
    if (this.table === null) {
      return;
    }
    if (!this.video.paused) {
      this.playAfter = true;
      this.video.pause();
    }
    this.target = this.table.clamp(frame);
    if (!this.seeking && this.video.readyState > HTMLMediaElement.HAVE_NOTHING) {
      void this.settle();
    }
  }

  /** Return the frame that is shown once all seeks have ended. */
  get aim(): number {
    return this.target ?? this.frame;
  }

  dispose(): void {
    this.disposed = true;
    this.video.pause();
    this.video.removeAttribute('src');
    this.video.load();
  }

  private async settle(): Promise<void> {
    this.seeking = true;
    while (this.target !== null && !this.disposed) {
      const wanted = this.target;
      if (await this.reach(wanted)) {
        this.target = this.target === wanted ? null : this.target;
      }
    }
    this.seeking = false;
    if (this.playAfter && !this.disposed) {
      this.playAfter = false;
      void this.video.play().catch(() => undefined);
    }
    this.onPicture();
    this.onState();
  }

  /** Get to a frame; returns false when another is wanted by now. */
  private async reach(wanted: number): Promise<boolean> {
    const table = this.table!;
    for (const share of SHARES) {
      await this.jump(table.within(wanted, share));
      if (this.target !== wanted || this.disposed) {
        return false;
      }
      if (this.frame === wanted || !this.ready) {
        return true;
      }
    }
    for (let back = 1; back <= 8 && wanted - back >= 0; back *= 2) {
      await this.jump(table.within(wanted - back, 0.5));
      if (this.frame < wanted) {
        await this.creep(wanted);
        break;
      }
    }
    return this.target === wanted;
  }

  private async jump(time: number): Promise<void> {
    const video = this.video;
    const shown = new Promise<void>(resolve => {
      video.addEventListener(
        'seeked',
        () => {
          const timer = setTimeout(resolve, PATIENCE);
          video.requestVideoFrameCallback(() => {
            clearTimeout(timer);
            resolve();
          });
        },
        { once: true }
      );
    });
    const stuck = new Promise<void>(resolve => {
      video.addEventListener('emptied', () => resolve(), { once: true });
      video.addEventListener('error', () => resolve(), { once: true });
    });
    video.currentTime = Math.max(0, time - (this.offset ?? 0));
    await Promise.race([shown, stuck]);
  }

  /** Play slowly and silently until a frame is shown. */
  private async creep(wanted: number): Promise<void> {
    const { video } = this;
    const { muted, playbackRate } = video;
    video.muted = true;
    video.playbackRate = CREEP;
    await new Promise<void>(resolve => {
      const look = (): void => {
        if (this.frame >= wanted || this.target !== wanted || video.ended) {
          resolve();
        } else {
          video.requestVideoFrameCallback(look);
        }
      };
      video.addEventListener('ended', () => resolve(), { once: true });
      video.requestVideoFrameCallback(look);
      void video.play().catch(() => resolve());
    });
    video.pause();
    video.playbackRate = playbackRate;
    video.muted = muted;
  }

  /**
   * Return the frame of a time that the browser told.
   * A browser (or a copy of the video) may count from the first frame on, where rows count as the
   * container does: told by the first picture, which has a time that no frame has.
   */
  private frameOf(told: number): number {
    const { table } = this;
    if (table === null) {
      return 0;
    }
    if (this.offset === null) {
      const off = Math.abs(table.time[table.nearest(told)]! - told);
      this.offset = off > TOLERANCE && told < table.begin ? table.begin - told : 0;
    }
    return table.nearest(told + this.offset);
  }
}
