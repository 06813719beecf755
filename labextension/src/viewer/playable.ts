import { ServerAway, ServerRefused, type Proxy, type VideoJobsServer } from '../rest';

/** Milliseconds between two looks at a copy that is being made. */
const LOOK = 700;
/** Up to this length a copy is made without asking, in seconds. */
const UNASKED = 600;

/** What there is to play: the source, or why not yet. */
export type PlayState =
  | { kind: 'source' }
  | { kind: 'offer' }
  | { kind: 'making'; fraction: number; waiting: boolean }
  | { kind: 'proxy' }
  | { kind: 'failed'; message: string }
  | { kind: 'gone'; message: string };

/** Sees to it that there is something to play: the source, or a copy that the server makes. */
export class Playable {
  state: PlayState = { kind: 'source' };

  private readonly server: VideoJobsServer;
  private readonly jobId: string;
  private readonly load: (url: string) => void;
  private readonly changed: () => void;
  private readonly video: HTMLVideoElement;
  private timer: number | undefined;
  private disposed = false;

  constructor(
    server: VideoJobsServer,
    jobId: string,
    video: HTMLVideoElement,
    load: (url: string) => void,
    changed: () => void
  ) {
    this.server = server;
    this.jobId = jobId;
    this.video = video;
    this.load = load;
    this.changed = changed;
    video.addEventListener('error', () => void this.unplayable());
    video.addEventListener('loadedmetadata', () => {
      // Sound alone: the browser doesn't know how the pictures are coded.
      if (video.videoWidth === 0) {
        void this.unplayable();
      }
    });
  }

  /** Have a copy made. */
  async make(): Promise<void> {
    await this.ask(() =>
      this.server.unwrap(this.server.rest.POST('/jobs/{job_id}/proxy', this.params))
    );
  }

  /** Stop making the copy. */
  async cancel(): Promise<void> {
    window.clearTimeout(this.timer);
    this.become({ kind: 'offer' });
    await this.server.unwrap(this.server.rest.DELETE('/jobs/{job_id}/proxy', this.params));
  }

  dispose(): void {
    this.disposed = true;
    window.clearTimeout(this.timer);
  }

  private get params(): { params: { path: { job_id: string } } } {
    return { params: { path: { job_id: this.jobId } } };
  }

  private become(state: PlayState): void {
    if (!this.disposed) {
      this.state = state;
      this.changed();
    }
  }

  private async unplayable(): Promise<void> {
    if (this.disposed || this.video.getAttribute('src') === null) {
      return;
    }
    if (this.state.kind === 'proxy') {
      this.become({ kind: 'failed', message: 'This browser does not play H.264 videos.' });
      return;
    }
    if (this.state.kind !== 'source') {
      return;
    }
    const lost = await this.whyGone();
    if (lost !== null) {
      this.become({ kind: 'gone', message: lost });
      return;
    }
    await this.ask(
      () => this.server.unwrap(this.server.rest.GET('/jobs/{job_id}/proxy', this.params)),
      true
    );
  }

  /** Return why the server doesn't send the video; null when it does. */
  private async whyGone(): Promise<string | null> {
    try {
      const answer = await fetch(this.server.url(`jobs/${this.jobId}/video`), {
        headers: { ...this.server.headers(), Range: 'bytes=0-0' },
        credentials: 'same-origin'
      });
      if (answer.ok) {
        return null;
      }
      const told = (await answer.json()) as { message?: string };
      return told.message ?? answer.statusText;
    } catch {
      return new ServerAway().message;
    }
  }

  /** Take an answer about the copy, and look again while it is being made. */
  private async ask(request: () => Promise<Proxy>, first = false): Promise<void> {
    window.clearTimeout(this.timer);
    try {
      const proxy = await request();
      switch (proxy.state) {
        case 'ready':
          this.become({ kind: 'proxy' });
          this.load(this.server.url(`jobs/${this.jobId}/proxy/video`));
          break;
        case 'failed':
          this.become({ kind: 'failed', message: proxy.message ?? '' });
          break;
        case 'none':
          // Also after the server was started anew in the middle of it.
          if (!first || (await this.isShort())) {
            await this.make();
          } else {
            this.become({ kind: 'offer' });
          }
          break;
        default:
          this.become({
            kind: 'making',
            fraction: proxy.fraction ?? 0,
            waiting: proxy.state === 'waiting'
          });
          this.lookAgain();
      }
    } catch (error) {
      if (error instanceof ServerRefused) {
        this.become({ kind: 'failed', message: error.message });
      } else {
        this.lookAgain();
      }
    }
  }

  private lookAgain(): void {
    if (!this.disposed) {
      this.timer = window.setTimeout(
        () =>
          void this.ask(() =>
            this.server.unwrap(this.server.rest.GET('/jobs/{job_id}/proxy', this.params))
          ),
        LOOK
      );
    }
  }

  private async isShort(): Promise<boolean> {
    try {
      const query = { bins: 1 };
      const timeline = await this.server.unwrap(
        this.server.rest.GET('/jobs/{job_id}/timeline', {
          params: { ...this.params.params, query }
        })
      );
      return timeline.to_time - timeline.from_time <= UNASKED;
    } catch {
      return false;
    }
  }
}
