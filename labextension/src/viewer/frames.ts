/**
 * The frames of a video in presentation order: number ↔ time.
 *
 * Times are seconds, as the rows have them. Browsers tell the time of a frame in microseconds.
 */
export class FrameTable {
  readonly time: Float64Array;
  /** When the last frame ends; its length is not told, so it is taken to be that of the one before. */
  readonly end: number;

  constructor(time: Float64Array) {
    if (time.length === 0) {
      throw new Error('A video has at least one frame.');
    }
    this.time = time;
    const last = time[time.length - 1]!;
    this.end = last + (time.length > 1 ? last - time[time.length - 2]! : 0.04);
  }

  get count(): number {
    return this.time.length;
  }

  get begin(): number {
    return this.time[0]!;
  }

  /** Return the number of the frame that is on the screen at a time. */
  at(time: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.time[middle]! <= time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return Math.max(0, low - 1);
  }

  /** Return the number of the frame whose own time is nearest to one that a browser told. */
  nearest(time: number): number {
    const before = this.at(time);
    const after = Math.min(before + 1, this.count - 1);
    return this.time[after]! - time < time - this.time[before]! ? after : before;
  }

  /** Return when a frame ends. */
  endOf(frame: number): number {
    return frame + 1 < this.count ? this.time[frame + 1]! : this.end;
  }

  /** Return the time that lies at a share (0 to 1) of a frame's interval. */
  within(frame: number, share: number): number {
    const begin = this.time[frame]!;
    return begin + share * (this.endOf(frame) - begin);
  }

  clamp(frame: number): number {
    return Math.min(Math.max(frame, 0), this.count - 1);
  }
}
