/** @jsxImportSource preact */
import type { TranslationBundle } from '@jupyterlab/translation';
import { render, type VNode } from 'preact';

import { Form } from '../../panel/form';
import type { SubmitModel } from './model';
import { costWords } from './words';

/** Draw the dialog's body into an element, and anew at each change; the result takes it away. */
export function mountSubmit(
  host: HTMLElement,
  model: SubmitModel,
  trans: TranslationBundle
): () => void {
  const draw = (): void => render(<Submit model={model} trans={trans} />, host);
  model.onChange = draw;
  draw();
  return () => {
    model.onChange = () => undefined;
    render(null, host);
  };
}

function Submit({ model, trans }: { model: SubmitModel; trans: TranslationBundle }): VNode {
  const { estimate, refusal } = model;
  return (
    <>
      <Video model={model} trans={trans} />
      <Form model={model} />
      <p role="status" class="jp-videojobs-submit-cost">
        {estimate === null ? '' : costWords(estimate, trans)}
      </p>
      {refusal !== null && (
        <p role="alert" class="jp-videojobs-nb-problem">
          {refusal}
        </p>
      )}
    </>
  );
}

/** Ids that preact makes may be those of the form: there is one dialog at a time. */
const VIDEO_ID = 'jp-videojobs-submit-video';

function Video({ model, trans }: { model: SubmitModel; trans: TranslationBundle }): VNode {
  const { source } = model;
  const problem = model.problems.get('path');
  const label = trans.__('Video');
  if (!('paths' in source)) {
    return <Fixed label={label} text={source.name} />;
  }
  if (source.paths.length > 1) {
    const files = trans.__('%1 files: %2', source.paths.length, source.paths.join(', '));
    return <Fixed label={label} text={files} problem={problem} />;
  }
  return (
    <div class="jp-videojobs-submit-video">
      <label class="jp-videojobs-nb-label" for={VIDEO_ID}>
        {label}
      </label>
      <input
        id={VIDEO_ID}
        type="text"
        spellcheck={false}
        placeholder={trans.__('a file in the server’s folder')}
        aria-invalid={problem !== undefined}
        value={source.paths[0] ?? ''}
        onInput={event => model.take([event.currentTarget.value.trim()])}
      />
      <Problem problem={problem} />
    </div>
  );
}

function Fixed(props: { label: string; text: string; problem?: string | undefined }): VNode {
  return (
    <div class="jp-videojobs-submit-video">
      <span class="jp-videojobs-nb-label">{props.label}</span>
      <span class="jp-videojobs-submit-name">{props.text}</span>
      <Problem problem={props.problem} />
    </div>
  );
}

function Problem({ problem }: { problem: string | undefined }): VNode | null {
  return problem === undefined ? null : (
    <span role="alert" class="jp-videojobs-nb-problem">
      {problem}
    </span>
  );
}
