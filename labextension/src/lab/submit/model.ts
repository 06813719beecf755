import { submitBody, type Choice, placeOf, bareMessage } from '../../panel/choice';
import type { FormModel } from '../../panel/form_model';
import { groupsOf } from '../../panel/schema';
import { ServerRefused, type Pipeline, type VideoJobsServer } from '../../rest';
import type { components } from '../../rest/schema';
import type { Translate } from '../../viewer/options';

export type Estimate = components['schemas']['EstimateAnswer'];

/** The video, or videos, of a submit; one of an upload or of another job is called by its name. */
export type Source =
  | { readonly paths: readonly string[] }
  | { readonly uploadId: string; readonly name: string }
  | { readonly jobId: string; readonly name: string };

/** Milliseconds without a key before the server is asked what a submit would cost. */
const PAUSE = 400;

/** What the submit dialog knows, and what comes of it. */
export class SubmitModel implements FormModel {
  source: Source;
  choice: Choice;
  version = 0;
  readonly problems = new Map<string, string>();
  /** What the submit would cost; null while that is not known. */
  estimate: Estimate | null = null;
  /** Why the last submit was refused, where no field shows it. */
  refusal: string | null = null;
  /** Hears that something has changed. */
  onChange: () => void = () => undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  constructor(
    private readonly server: VideoJobsServer,
    readonly pipelines: readonly Pipeline[],
    readonly translate: Translate,
    source: Source,
    choice: Choice
  ) {
    this.source = source;
    this.choice = choice;
  }

  get pipeline(): Pipeline | undefined {
    return this.pipelines.find(each => each.id === this.choice.pipelineId);
  }

  changed(): void {
    this.onChange();
  }

  choose(change: Partial<Choice>): void {
    this.choice = { ...this.choice, ...change };
    if (change.name !== undefined) {
      this.problems.delete('name');
    }
    if (change.pipelineId !== undefined) {
      this.problems.clear();
      this.version += 1;
    }
    this.changed();
    this.reckon();
  }

  mark(place: string, problem: string | null): void {
    if (problem === null) {
      this.problems.delete(place);
    } else {
      this.problems.set(place, problem);
    }
    this.changed();
  }

  /** Take the files of the server that are to be analyzed. */
  take(paths: readonly string[]): void {
    this.source = { paths };
    this.problems.delete('path');
    this.changed();
    this.reckon();
  }

  /** Ask what the submit would cost, once the user pauses. */
  reckon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), PAUSE);
  }

  /** Ask nothing any more. */
  dispose(): void {
    clearTimeout(this.timer);
    this.asked += 1;
  }

  /**
   * Submit, one job for each video, unless a field is known to be wrong; returns the ids of the
   * jobs, in order.
   * Where the server refuses one, the videos before it are no longer in `source`, and `problems` or
   * `refusal` says why.
   */
  async submit(): Promise<string[]> {
    const jobIds: string[] = [];
    this.refusal = null;
    if (this.problems.size > 0) {
      return jobIds;
    }
    try {
      for (const video of this.videos()) {
        const body = { ...submitBody(this.choice, { path: '' }), ...video };
        const { job_id } = await this.server.unwrap(this.server.rest.POST('/submit', { body }));
        jobIds.push(job_id);
      }
    } catch (error) {
      if ('paths' in this.source) {
        this.source = { paths: this.source.paths.slice(jobIds.length) };
      }
      this.told(error);
    }
    return jobIds;
  }

  /** Tell whether nothing is known to be wrong. */
  get ready(): boolean {
    return this.problems.size === 0 && this.refusal === null;
  }

  private videos(): { path: string | null; upload_id: string | null; job_id: string | null }[] {
    const none = { path: null, upload_id: null, job_id: null };
    if ('uploadId' in this.source) {
      return [{ ...none, upload_id: this.source.uploadId }];
    }
    if ('jobId' in this.source) {
      return [{ ...none, job_id: this.source.jobId }];
    }
    return this.source.paths.map(path => ({ ...none, path }));
  }

  private told(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof ServerRefused)) {
      this.refusal = message;
      return;
    }
    const place = placeOf(error.field, this.pipeline);
    if (!this.shows(place)) {
      this.refusal = message;
    } else {
      this.problems.set(place, bareMessage(message, error.field));
    }
  }

  /** Tell whether the form has a field at a place, beside which a problem can stand. */
  private shows(place: string): boolean {
    if (place === 'path') {
      return 'paths' in this.source;
    }
    return (
      ['pipeline_id', 'frame_stride', 'max_frames', 'name'].includes(place) ||
      groupsOf(this.pipeline?.parameters ?? {}).some(({ step, parameters }) =>
        parameters.some(({ name }) => place === `${step}.${name}`)
      )
    );
  }

  private async ask(): Promise<void> {
    const [video] = this.videos();
    const turn = ++this.asked;
    if (video === undefined || video.path === '' || this.problems.size > 0) {
      this.estimate = null;
      this.changed();
      return;
    }
    const { pipeline_id, frame_stride, max_frames, params } = submitBody(this.choice, { path: '' });
    const body = { pipeline_id, frame_stride, max_frames, params, ...video };
    const answer = await this.server.rest.POST('/estimate', { body }).catch(() => null);
    if (turn === this.asked) {
      // A mistake is told when it is submitted: half a word is none yet.
      this.estimate = answer?.data ?? null;
      this.changed();
    }
  }
}
