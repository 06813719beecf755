/** @jsxImportSource preact */
import type { TranslationBundle } from '@jupyterlab/translation';
import { render, type VNode } from 'preact';
import { useId, useLayoutEffect, useReducer } from 'preact/hooks';

import { Form } from '../../panel/form';
import type { SubmitModel } from './model';
import { costWords } from './words';

/** Draw the dialog's body into an element; the result takes it away. */
export function mountSubmit(
  host: HTMLElement,
  model: SubmitModel,
  trans: TranslationBundle
): () => void {
  render(<Submit model={model} trans={trans} />, host);
  return () => render(null, host);
}

function Submit({ model, trans }: { model: SubmitModel; trans: TranslationBundle }): VNode {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  // Not by rendering into the element once more: preact's ids would begin anew.
  useLayoutEffect(() => {
    model.onChange = () => redraw(0);
    return () => {
      model.onChange = () => undefined;
    };
  }, [model]);
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

function Video({ model, trans }: { model: SubmitModel; trans: TranslationBundle }): VNode {
  const { source } = model;
  const id = useId();
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
      <label class="jp-videojobs-nb-label" for={id}>
        {label}
      </label>
      <input
        id={id}
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
