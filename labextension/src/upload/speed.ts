/** Seconds over which the speed is averaged. */
const SPAN = 5;

/** Measures how fast bytes go. */
export class Speed {
  private readonly samples: { at: number; sent: number }[] = [];

  /** Note that `sent` bytes are there at a time in seconds. */
  add(sent: number, at: number): void {
    const last = this.samples.at(-1);
    if (last !== undefined && sent < last.sent) {
      // The server has fewer than were thought to be on their way.
      this.reset();
    }
    this.samples.push({ at, sent });
    while (this.samples.length > 2 && at - (this.samples[1]?.at ?? at) > SPAN) {
      this.samples.shift();
    }
  }

  reset(): void {
    this.samples.length = 0;
  }

  /** 0 until there is something to measure by. */
  get bytesPerSecond(): number {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < 0.2) {
      return 0;
    }
    return (last.sent - first.sent) / (last.at - first.at);
  }
}
