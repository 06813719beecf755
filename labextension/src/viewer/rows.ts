/** One observation, as `GET /jobs/{id}/rows` tells it; what it doesn't have is left out. */
export interface Row {
  step: string;
  frame_index: number;
  pts: number;
  time: number;
  label?: string;
  score?: number;
  track_id?: number;
  x?: number;
  y?: number;
  w?: number;
  h?: number;
  value?: number;
  text?: string;
  attrs?: Record<string, unknown>;
}

export type Box = Row & { x: number; y: number; w: number; h: number };

export function hasBox(row: Row): row is Box {
  return row.x !== undefined && row.y !== undefined && row.w !== undefined && row.h !== undefined;
}

/** Rows that are asked for at once, about: few enough to be there in no time. */
const ROWS_A_WINDOW = 3000;
const SHORTEST = 0.5;
const LONGEST = 60;
/** Windows that are kept, and how far ahead they are fetched. */
const KEPT = 12;

interface Window {
  rows: Row[];
  stale: boolean;
}

type Fetch = (from: number, to: number, signal: AbortSignal) => Promise<Row[]>;

/**
 * The rows of a job by windows of time, fetched when they are wanted, the least recently used
 * forgotten. A window that has got more rows in the meantime is shown until the new one is there.
 */
export class RowCache {
  private readonly fetch: Fetch;
  private readonly changed: () => void;
  private readonly failed: (error: unknown) => void;
  private span = 10;
  private readonly windows = new Map<number, Window>();
  private readonly under_way = new Map<number, AbortController>();

  constructor(fetch: Fetch, changed: () => void, failed: (error: unknown) => void) {
    this.fetch = fetch;
    this.changed = changed;
    this.failed = failed;
  }

  /** Seconds of a window. */
  get seconds(): number {
    return this.span;
  }

  /** Choose the windows' length by the most rows that a second has. */
  fit(rowsASecond: number): void {
    const wanted = rowsASecond > 0 ? ROWS_A_WINDOW / rowsASecond : LONGEST;
    const span = 2 ** Math.floor(Math.log2(Math.min(Math.max(wanted, SHORTEST), LONGEST)));
    // A running job's density wavers; only a great change is worth forgetting everything.
    if (span < this.span || span > 4 * this.span) {
      this.span = span;
      this.clear();
    }
  }

  /** Have the rows between two times; return whether they are all here. */
  want(from: number, to: number): boolean {
    let complete = true;
    for (let number = this.numberOf(from); number <= this.numberOf(to); number++) {
      const window = this.windows.get(number);
      if (window === undefined) {
        complete = false;
      } else {
        this.windows.delete(number);
        this.windows.set(number, window);
      }
      if (window === undefined || window.stale) {
        this.load(number);
      }
    }
    return complete;
  }

  /** Return the rows that are here with times in [from, to), in order. */
  between(from: number, to: number): Row[] {
    const found: Row[] = [];
    for (let number = this.numberOf(from); number <= this.numberOf(to); number++) {
      const rows = this.windows.get(number)?.rows ?? [];
      for (let at = firstAt(rows, from); at < rows.length && rows[at]!.time < to; at++) {
        found.push(rows[at]!);
      }
    }
    return found;
  }

  /** There may be more rows now: ask again for what is wanted. */
  refresh(): void {
    for (const window of this.windows.values()) {
      window.stale = true;
    }
  }

  /** Forget everything. */
  clear(): void {
    for (const request of this.under_way.values()) {
      request.abort();
    }
    this.under_way.clear();
    this.windows.clear();
  }

  private numberOf(time: number): number {
    return Math.floor(time / this.span);
  }

  private load(number: number): void {
    if (this.under_way.has(number)) {
      return;
    }
    const request = new AbortController();
    this.under_way.set(number, request);
    const from = number * this.span;
    this.fetch(from, from + this.span, request.signal).then(
      rows => {
        if (request.signal.aborted) {
          return;
        }
        this.under_way.delete(number);
        this.windows.set(number, { rows, stale: false });
        for (const oldest of [...this.windows.keys()].slice(0, -KEPT)) {
          this.windows.delete(oldest);
        }
        this.changed();
      },
      (error: unknown) => {
        if (!request.signal.aborted) {
          this.under_way.delete(number);
          this.failed(error);
        }
      }
    );
  }
}

function firstAt(rows: Row[], time: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.time < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
