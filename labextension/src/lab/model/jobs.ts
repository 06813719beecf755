import { Signal, type ISignal } from '@lumino/signaling';

import type { JobStatus, VideoJobsServer } from '../../rest';

/** The jobs that this page knows of, kept up to date. */
export class JobsModel {
  private readonly _changed = new Signal<this, void>(this);
  private _jobs: JobStatus[] = [];

  constructor(private readonly server: VideoJobsServer) {}

  /** Emitted when anything of the model has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The jobs of the list, as far as they were asked for. */
  get jobs(): readonly JobStatus[] {
    return this._jobs;
  }

  async refresh(): Promise<void> {
    const page = await this.server.unwrap(this.server.rest.GET('/jobs'));
    this._jobs = page.jobs;
    this._changed.emit();
  }
}
