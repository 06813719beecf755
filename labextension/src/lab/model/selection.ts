import { Signal, type ISignal } from '@lumino/signaling';

/** How a click or a key chooses: only this one, this one besides, or all from the last one on. */
export type Choice = 'only' | 'toggle' | 'range' | 'focus';

/** Which jobs of the list are chosen, and which one the keyboard is at. */
export class Selection {
  private readonly _changed = new Signal<this, void>(this);
  private _ids: ReadonlySet<string> = new Set<string>();
  private _focus: string | null = null;
  private _anchor: string | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get ids(): ReadonlySet<string> {
    return this._ids;
  }

  /** The job at which the keyboard is. */
  get focus(): string | null {
    return this._focus;
  }

  /** Choose a job among those of the list, in their order. */
  choose(jobId: string, choice: Choice, order: readonly string[]): void {
    if (choice === 'range') {
      const from = order.indexOf(this._anchor ?? this._focus ?? jobId);
      const to = order.indexOf(jobId);
      const first = Math.min(from < 0 ? to : from, to);
      this._ids = new Set(order.slice(first, Math.max(from, to) + 1));
    } else {
      if (choice === 'only') {
        this._ids = new Set([jobId]);
      } else if (choice === 'toggle') {
        const ids = new Set(this._ids);
        if (!ids.delete(jobId)) {
          ids.add(jobId);
        }
        this._ids = ids;
      }
      if (choice !== 'focus') {
        this._anchor = jobId;
      }
    }
    this._focus = jobId;
    this._changed.emit();
  }

  all(order: readonly string[]): void {
    this._ids = new Set(order);
    this._changed.emit();
  }

  clear(): void {
    if (this._ids.size > 0) {
      this._ids = new Set();
      this._changed.emit();
    }
  }

  /**
   * Let go of jobs that are no longer in the list. The keyboard moves to the one that has taken the
   * place of its own.
   */
  keep(before: readonly string[], now: readonly string[]): void {
    const present = new Set(now);
    const kept = new Set([...this._ids].filter(id => present.has(id)));
    const lost = this._focus !== null && !present.has(this._focus);
    if (kept.size === this._ids.size && !lost) {
      return;
    }
    this._ids = kept;
    if (lost) {
      const place = before.indexOf(this._focus ?? '');
      const next = before.slice(place + 1).find(id => present.has(id));
      const previous = before
        .slice(0, Math.max(place, 0))
        .reverse()
        .find(id => present.has(id));
      this._focus = next ?? previous ?? null;
      this._anchor = this._focus;
    }
    this._changed.emit();
  }
}
