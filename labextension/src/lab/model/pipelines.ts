import { Signal, type ISignal } from '@lumino/signaling';

import type { Pipeline, VideoJobsServer } from '../../rest';

/** The pipelines that jobs can name; asked for when first needed. */
export class Pipelines {
  private readonly _changed = new Signal<this, void>(this);
  private _all: readonly Pipeline[] = [];
  private _asked: Promise<void> | null = null;

  constructor(private readonly server: VideoJobsServer) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get all(): readonly Pipeline[] {
    return this._all;
  }

  /** Return what a pipeline is called; one that is gone is called by its id. */
  title(id: string): string {
    const title = this._all.find(pipeline => pipeline.id === id)?.title ?? '';
    return title === '' ? id : title;
  }

  /** Ask for them, unless they are known. */
  async load(): Promise<void> {
    this._asked ??= this.reload().catch(() => {
      this._asked = null;
    });
    await this._asked;
  }

  /** Ask for them anew, after one was saved or removed. */
  async reload(): Promise<void> {
    const answer = await this.server.unwrap(this.server.rest.GET('/pipelines'));
    this._all = answer.pipelines;
    this._changed.emit();
  }
}
