import type { Pipeline, SubmitReference } from '../rest';
import type { Translate } from '../viewer/options';

/** Values of parameters by step id; only those that differ from the pipeline's. */
export type Params = Record<string, Record<string, unknown>>;

/** What is to be done with a video. */
export interface Choice {
  readonly pipelineId: string;
  readonly params: Params;
  readonly frameStride: number | null;
  readonly maxFrames: number | null;
  readonly name: string;
}

/** The fields of a choice besides the parameters, as the server names them. */
export type Field = 'pipeline_id' | 'frame_stride' | 'max_frames' | 'name' | 'path';

/** Return the body of a submit; null is as the pipeline has it. */
export function submitBody(
  choice: Choice,
  video: { upload_id: string } | { path: string }
): SubmitReference {
  return {
    path: 'path' in video ? video.path : null,
    upload_id: 'upload_id' in video ? video.upload_id : null,
    pipeline_id: choice.pipelineId,
    params: Object.keys(choice.params).length === 0 ? null : choice.params,
    frame_stride: choice.frameStride,
    max_frames: choice.maxFrames,
    name: choice.name.trim() === '' ? null : choice.name.trim(),
    functions: null,
    job_id: null
  };
}

/** Return parameters with one of them set; `undefined` leaves it to the pipeline again. */
export function withParam(params: Params, step: string, name: string, value: unknown): Params {
  const values = { ...params[step], [name]: value };
  const stated = Object.entries(values).filter(([, each]) => each !== undefined);
  const changed = { ...params, [step]: Object.fromEntries(stated) };
  return Object.fromEntries(
    Object.entries(changed).filter(([, each]) => Object.keys(each).length > 0)
  );
}

/** Tell whether two choices come to the same. */
export function sameChoice(one: Choice, other: Choice): boolean {
  return canonical(one) === canonical(other);
}

/** Return the place in the form that a refusal of the server is about; '' where it has none. */
export function placeOf(field: string | undefined, pipeline: Pipeline | undefined): string {
  const found = /^steps\.(\d+)\.with\.([^.]+)/.exec(field ?? '');
  const step = found === null ? undefined : pipeline?.steps[Number(found[1])];
  return step === undefined ? (field ?? '') : `${step.id}.${found?.[2] ?? ''}`;
}

/** Return a refusal without the path of the field beside which it is shown. */
export function bareMessage(message: string, field: string | undefined): string {
  const at = field === undefined ? -1 : message.indexOf(`${field}: `);
  const bare = at < 0 ? message : message.slice(at + (field?.length ?? 0) + 2);
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

/** Return a choice in a few words, for the row of a video. */
export function choiceWords(choice: Choice, title: string, translate: Translate): string {
  const parts = [title];
  const changed = Object.values(choice.params).reduce((n, each) => n + Object.keys(each).length, 0);
  if (changed > 0) {
    parts.push(
      changed === 1 ? translate('1 parameter set') : translate('%1 parameters set', changed)
    );
  }
  if (choice.frameStride !== null && choice.frameStride > 1) {
    parts.push(translate('1 in %1 frames', choice.frameStride));
  }
  if (choice.maxFrames !== null) {
    parts.push(translate('%1 frames at most', choice.maxFrames));
  }
  return parts.join(' · ');
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each
  );
}
