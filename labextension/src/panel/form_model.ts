import type { Pipeline } from '../rest';
import type { Translate } from '../viewer/options';
import type { Choice } from './choice';

/** What the form shows and changes: of the panel in a notebook, and of the dialog in JupyterLab. */
export interface FormModel {
  readonly translate: Translate;
  /** Null as long as they are not known. */
  readonly pipelines: readonly Pipeline[] | null;
  /** The chosen one, where there is such. */
  readonly pipeline: Pipeline | undefined;
  readonly choice: Choice;
  /** What is wrong, by place: `motion.threshold`, `path`, `max_frames`. */
  readonly problems: ReadonlyMap<string, string>;
  /** Counts changes of the choice that came from outside the form. */
  version: number;
  choose(change: Partial<Choice>): void;
  /** Note what is wrong at a place, or that nothing is. */
  mark(place: string, problem: string | null): void;
  /** Have the form drawn anew. */
  changed(): void;
}
