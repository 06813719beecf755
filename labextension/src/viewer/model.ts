import {
  ExtensionMissing,
  ServerAway,
  ServerRefused,
  TERMINAL,
  type Frames,
  type JobStatus,
  type Timeline,
  type TimelineLane
} from '../rest';
import { coloursOf } from './colours';
import { FrameTable } from './frames';
import { untranslated, type Translate, type ViewerOptions } from './options';
import { marksAt, NOTE, TRAIL, type Marks } from './overlay';
import { Player } from './player';
import { Playable } from './playable';
import { RowCache, type Row } from './rows';

/** Milliseconds between two looks at a job that is under way, and at a server that is away. */
const LOOK = 1500;
const LOOK_AWAY = 4000;
/** Bins of a timeline: one for each pixel of a wide screen. */
const BINS = 1000;
/** Rows without a box on at most this share of the analyzed frames are events. */
const RARE = 0.2;
/** The shortest stretch that the timeline shows, in seconds. */
const CLOSEST = 0.2;
/** How long to wait for the end of zooming before asking for finer lanes, in milliseconds. */
const SETTLE = 120;
/** How far ahead rows are fetched in play, in windows. */
const AHEAD = 1;
/** Milliseconds between two words to the outside while the video plays. */
const TELL = 200;

/** A stretch of time in seconds. */
export interface Stretch {
  from: number;
  to: number;
}

/** Which rows are shown. */
export interface Filter {
  /** Keys of lanes that are not. */
  hidden: ReadonlySet<string>;
  minScore: number;
  /** Numbers of the tracks that are; all when there are none. */
  tracks: ReadonlySet<number>;
}

export function laneKey(step: string, label: string | null | undefined): string {
  return JSON.stringify([step, label ?? null]);
}

/** All that the viewer knows and does; the page's parts read it and hear when it changes. */
export class ViewerModel {
  readonly options: ViewerOptions;
  readonly translate: Translate;
  readonly player: Player;
  readonly playable: Playable;
  readonly rows: RowCache;

  job: JobStatus | null = null;
  /** Why there is nothing to see, for good. */
  refused: string | null = null;
  /** Whether the server doesn't answer just now. */
  away = false;
  table: FrameTable | null = null;
  /** The lanes of the whole video, and of the stretch that is shown where that is less. */
  overview: Timeline | null = null;
  closeup: Timeline | null = null;
  stretch: Stretch = { from: 0, to: 1 };
  filter: Filter = { hidden: new Set(), minScore: 0, tracks: new Set() };
  captions = true;
  trails = true;
  selected: Row | null = null;
  /** What the live region says. */
  spoken = '';

  private readonly listeners = new Set<() => void>();
  private readonly painters = new Set<() => void>();
  private colours = new Map<string, string>();
  private events = new Set<string>();
  private known = new Set<string>();
  private begun = false;
  private told = { at: 0, frame: -1 };
  private timer: number | undefined;
  private settling: number | undefined;
  private tellTimer: number | undefined;
  private notified = false;
  private painted = false;
  private disposed = false;
  private readonly onVisible = (): void => {
    if (!document.hidden && this.timer === undefined) {
      void this.look();
    }
  };

  constructor(video: HTMLVideoElement, options: ViewerOptions) {
    this.options = options;
    this.translate = options.translate ?? untranslated;
    this.player = new Player(video);
    this.player.onPicture = () => this.pictured();
    this.player.onState = () => this.changed();
    this.playable = new Playable(
      options.server,
      options.jobId,
      video,
      url => this.player.load(url),
      () => this.changed()
    );
    this.rows = new RowCache(
      (from, to, signal) => this.fetchRows(from, to, signal),
      () => {
        this.repaint();
        this.changed();
      },
      error => this.trouble(error)
    );
    document.addEventListener('visibilitychange', this.onVisible);
    this.player.load(options.server.url(`jobs/${options.jobId}/video`));
    void this.look();
  }

  // ── who listens ──────────────────────────────────────────────────────────────────────────────

  /** Hear of every change, at most once a frame of the screen. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Hear that pictures or what is drawn over them are out of date; called within the frame. */
  onPaint(painter: () => void): () => void {
    this.painters.add(painter);
    return () => this.painters.delete(painter);
  }

  changed(): void {
    if (!this.notified && !this.disposed) {
      this.notified = true;
      requestAnimationFrame(() => {
        this.notified = false;
        this.listeners.forEach(listener => listener());
      });
    }
  }

  /** Draw again soon, for a reason other than a new picture. */
  repaint(): void {
    if (!this.painted && !this.disposed) {
      this.painted = true;
      requestAnimationFrame(() => {
        this.painted = false;
        this.painters.forEach(painter => painter());
      });
    }
  }

  dispose(): void {
    this.disposed = true;
    document.removeEventListener('visibilitychange', this.onVisible);
    window.clearTimeout(this.timer);
    window.clearTimeout(this.settling);
    window.clearTimeout(this.tellTimer);
    this.rows.clear();
    this.playable.dispose();
    this.player.dispose();
    this.listeners.clear();
    this.painters.clear();
  }

  // ── what is shown ────────────────────────────────────────────────────────────────────────────

  /** The number of the frame that was painted last. */
  frame = 0;

  get time(): number {
    return this.table?.time[this.frame] ?? this.player.video.currentTime;
  }

  /** The stretch of the whole video. */
  get whole(): Stretch {
    if (this.overview !== null) {
      return { from: this.overview.from_time, to: this.overview.to_time };
    }
    if (this.table !== null) {
      return { from: this.table.begin, to: this.table.end };
    }
    const { duration } = this.player.video;
    return { from: 0, to: Number.isFinite(duration) && duration > 0 ? duration : 1 };
  }

  /** The lanes to draw: the finest that cover the stretch that is shown. */
  get lanes(): TimelineLane[] {
    return this.overview?.lanes ?? [];
  }

  colourOf(label: string): string {
    return this.colours.get(label) ?? '#56b4e9';
  }

  isShown(row: Row): boolean {
    const { hidden, minScore, tracks } = this.filter;
    return (
      !hidden.has(laneKey(row.step, row.label)) &&
      (row.score === undefined || row.score >= minScore) &&
      (tracks.size === 0 || (row.track_id !== undefined && tracks.has(row.track_id)))
    );
  }

  /** Return what is drawn over a frame, and see to it that the rows are there next time. */
  marks(frame: number): Marks {
    const { table } = this;
    if (table === null) {
      return { boxes: [], notes: [] };
    }
    const now = table.time[frame]!;
    const back = Math.max(TRAIL, NOTE);
    const ahead = this.player.playing ? AHEAD * this.rows.seconds : 0;
    this.rows.want(Math.max(now - back, table.begin), Math.min(now + ahead, table.end));
    return marksAt(frame, this.rows.between(now - back, now + 1e-6), {
      table,
      stride: this.stride,
      isShown: row => this.isShown(row),
      isEvent: row => this.events.has(laneKey(row.step, row.label)),
      colourOf: label => this.colourOf(label)
    });
  }

  /** Tell whether a lane's rows are events, rather than measures that stand on most frames. */
  isEventLane(lane: TimelineLane): boolean {
    const analyzed = (this.table?.count ?? 0) / this.stride;
    return lane.marks !== null && lane.boxes === 0 && lane.frames <= Math.max(1, RARE * analyzed);
  }

  /** Return how many bins a stretch has: none is shorter than a frame. */
  private binsOf(stretch: Stretch): number {
    const { table } = this;
    if (table === null) {
      return BINS;
    }
    const frames = table.at(stretch.to - 1e-6) - table.at(stretch.from) + 1;
    return Math.min(Math.max(Math.round(frames / this.stride), 1), BINS);
  }

  /** Of so many frames one was analyzed. */
  private get stride(): number {
    const analyzed = this.job?.frames_total;
    return analyzed && this.table ? Math.max(1, Math.round(this.table.count / analyzed)) : 1;
  }

  // ── what people do ───────────────────────────────────────────────────────────────────────────

  seekTime(time: number): void {
    if (this.table === null) {
      this.begun = true;
      this.player.video.currentTime = time;
    } else {
      this.player.seek(this.table.at(time));
    }
  }

  step(frames: number): void {
    this.player.pause();
    this.player.seek(this.player.aim + frames);
  }

  toggle(): void {
    if (this.player.playing) {
      this.player.pause();
    } else {
      this.player.play();
    }
  }

  /** Go to the next (or last) event: a cut, a crossing, a short track's begin. */
  toEvent(direction: 1 | -1): void {
    // From where a seek under way will end.
    const now = this.table?.time[this.player.aim] ?? this.time;
    const times = this.lanes
      .filter(lane => !this.filter.hidden.has(laneKey(lane.step, lane.label)))
      .filter(lane => this.isEventLane(lane))
      .flatMap(lane => lane.marks ?? [])
      .filter(time => (direction > 0 ? time > now + 1e-6 : time < now - 1e-6));
    if (times.length > 0) {
      this.player.pause();
      this.seekTime(direction > 0 ? Math.min(...times) : Math.max(...times));
    }
  }

  setFilter(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
    this.repaint();
    this.changed();
  }

  toggleLane(key: string): void {
    const hidden = new Set(this.filter.hidden);
    if (!hidden.delete(key)) {
      hidden.add(key);
    }
    this.setFilter({ hidden });
  }

  select(row: Row | null, seek = true): void {
    this.selected = row;
    this.options.onSelect?.(row);
    if (row !== null && seek && row.frame_index !== this.frame) {
      this.player.pause();
      this.player.seek(row.frame_index);
    }
    this.repaint();
    this.changed();
  }

  /** Say aloud what stands on this frame. */
  describe(): void {
    const counts = new Map<string, number>();
    const marks = this.marks(this.frame);
    for (const { row } of marks.boxes) {
      const label = row.label ?? row.step;
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    const words = [...counts].map(([label, count]) => `${count} ${label}`);
    const found = words.length > 0 ? words.join(', ') : this.translate('no boxes');
    const text = this.translate(
      'Frame %1, %2 seconds: %3',
      this.frame,
      this.time.toFixed(3),
      found
    );
    // The same words twice would not be read again.
    this.spoken = text === this.spoken ? `${text}.` : text;
    this.changed();
  }

  /** Show a stretch of the timeline; it is kept within the video. */
  zoom(stretch: Stretch): void {
    const { from, to } = this.whole;
    const length = Math.min(Math.max(stretch.to - stretch.from, CLOSEST), to - from);
    const begin = Math.min(Math.max(stretch.from, from), to - length);
    this.stretch = { from: begin, to: begin + length };
    window.clearTimeout(this.settling);
    if (this.isWhole) {
      this.closeup = null;
    } else {
      this.settling = window.setTimeout(() => void this.lookCloser(), SETTLE);
    }
    this.changed();
  }

  /** Zoom by a factor about a time; less than 1 is closer. */
  zoomBy(factor: number, about = this.time): void {
    const { from, to } = this.stretch;
    this.zoom({ from: about - (about - from) * factor, to: about + (to - about) * factor });
  }

  get isWhole(): boolean {
    const { from, to } = this.whole;
    return this.stretch.to - this.stretch.from > 0.999 * (to - from);
  }

  // ── what the server says ─────────────────────────────────────────────────────────────────────

  /** Look at the job, and again while it changes; a page that nobody sees rests. */
  private async look(): Promise<void> {
    this.timer = undefined;
    const { server, jobId } = this.options;
    let wait: number | null = LOOK;
    try {
      const params = { path: { job_id: jobId } };
      const job = await server.unwrap(server.rest.GET('/status/{job_id}', { params }));
      const before = this.job;
      this.job = job;
      this.away = false;
      const moved =
        before?.status !== job.status ||
        before.chunks_done !== job.chunks_done ||
        this.overview === null;
      if (moved) {
        await this.lookAtRows();
      }
      wait = TERMINAL.includes(job.status) ? null : LOOK;
    } catch (error) {
      wait = this.trouble(error) ? LOOK_AWAY : null;
    }
    this.changed();
    if (wait !== null && !this.disposed && !document.hidden) {
      this.timer = window.setTimeout(() => void this.look(), wait);
    }
  }

  private async lookAtRows(): Promise<void> {
    const { server, jobId } = this.options;
    const path = { job_id: jobId };
    try {
      if (this.table === null) {
        const frames = (await server.unwrap(
          server.rest.GET('/jobs/{job_id}/frames', {
            params: { path },
            headers: { Accept: 'application/json' }
          })
        )) as Frames;
        this.table = new FrameTable(Float64Array.from(frames.time));
        this.player.setTable(this.table);
      }
      const whole = this.isWhole || this.overview === null;
      this.overview = await server.unwrap(
        server.rest.GET('/jobs/{job_id}/timeline', {
          params: {
            path,
            query: { bins: this.binsOf({ from: this.table.begin, to: this.table.end }) }
          }
        })
      );
      if (whole) {
        this.stretch = this.whole;
      }
      this.learn(this.overview);
      this.rows.refresh();
      if (!whole) {
        void this.lookCloser();
      }
      if (!this.begun) {
        this.begun = true;
        if (this.options.time !== undefined) {
          this.seekTime(this.options.time);
        }
      }
      this.repaint();
    } catch (error) {
      // A job that has not begun has no frame index yet.
      if (!(error instanceof ServerRefused && error.reason === 'not_there')) {
        throw error;
      }
    }
  }

  private learn(overview: Timeline): void {
    const { lanes } = overview;
    this.colours = coloursOf(lanes.map(lane => lane.label ?? lane.step));
    this.events = new Set(
      lanes.filter(lane => this.isEventLane(lane)).map(lane => laneKey(lane.step, lane.label))
    );
    // Where a label is tracked, the detections that the tracks were made from are not drawn twice.
    const tracked = new Set(lanes.filter(lane => lane.tracks > 0).map(lane => lane.label));
    const hidden = new Set(this.filter.hidden);
    for (const lane of lanes) {
      const key = laneKey(lane.step, lane.label);
      if (!this.known.has(key)) {
        this.known.add(key);
        if (lane.boxes > 0 && lane.tracks === 0 && tracked.has(lane.label)) {
          hidden.add(key);
        }
      }
    }
    this.filter = { ...this.filter, hidden };
    const seconds = (overview.to_time - overview.from_time) / overview.bins;
    const together = Math.max(1, Math.ceil(1 / seconds));
    const counts = new Map<number, number>();
    for (const lane of lanes) {
      lane.bins.forEach((bin, at) => {
        const group = Math.floor(bin / together);
        counts.set(group, (counts.get(group) ?? 0) + lane.count[at]!);
      });
    }
    this.rows.fit(Math.max(0, ...counts.values()) / (together * seconds));
  }

  private async lookCloser(): Promise<void> {
    const { server, jobId } = this.options;
    const { from, to } = this.stretch;
    const query = { bins: this.binsOf(this.stretch), from_time: from, to_time: to };
    try {
      const closeup = await server.unwrap(
        server.rest.GET('/jobs/{job_id}/timeline', { params: { path: { job_id: jobId }, query } })
      );
      if (from === this.stretch.from && to === this.stretch.to) {
        this.closeup = closeup;
        this.changed();
      }
    } catch (error) {
      this.trouble(error);
    }
  }

  private async fetchRows(from: number, to: number, signal: AbortSignal): Promise<Row[]> {
    const { server, jobId } = this.options;
    const answer = (await server.unwrap(
      server.rest.GET('/jobs/{job_id}/rows', {
        params: { path: { job_id: jobId }, query: { from_time: from, to_time: to } },
        headers: { Accept: 'application/json' },
        signal
      })
    )) as { rows: unknown[] };
    return answer.rows as Row[];
  }

  /** Take note of an error; return whether it may pass by itself. */
  private trouble(error: unknown): boolean {
    if (error instanceof ServerAway) {
      this.away = true;
      if (this.timer === undefined && !this.disposed) {
        this.timer = window.setTimeout(() => void this.look(), LOOK_AWAY);
      }
      this.changed();
      return true;
    }
    if (error instanceof ServerRefused && error.status >= 500) {
      this.away = true;
      this.changed();
      return true;
    }
    const known = error instanceof ServerRefused || error instanceof ExtensionMissing;
    this.refused = known ? error.message : String(error);
    this.changed();
    return false;
  }

  // ── pictures ─────────────────────────────────────────────────────────────────────────────────

  /** There is a new picture: it is painted in this very frame of the screen. */
  private pictured(): void {
    this.painters.forEach(painter => painter());
    this.tell();
  }

  /** Say where the video is, to the page's slow parts and to the outside. */
  private tell(): void {
    if (this.tellTimer !== undefined) {
      return;
    }
    const now = performance.now();
    const pause = this.player.playing ? Math.max(0, this.told.at + TELL - now) : 0;
    this.tellTimer = window.setTimeout(() => {
      this.tellTimer = undefined;
      this.told.at = performance.now();
      if (this.told.frame !== this.frame && this.table !== null) {
        this.told.frame = this.frame;
        this.options.onPlace?.({ time: this.time, frame: this.frame });
      }
      this.changed();
    }, pause);
  }
}
