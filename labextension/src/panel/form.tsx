/** @jsxImportSource preact */
import type { VNode } from 'preact';
import { useEffect, useId, useMemo, useState } from 'preact/hooks';

import type { Pipeline } from '../rest';
import type { Translate } from '../viewer/options';
import { withParam } from './choice';
import type { FormModel } from './form_model';
import { groupsOf, parse, print, type Group, type Parameter } from './schema';

/** The whole form: pipeline, its parameters, which frames, a name. */
export function Form({ model }: { model: FormModel }): VNode {
  const { translate, pipelines, pipeline, choice } = model;
  const id = useId();
  const groups = useMemo(
    () => (pipeline === undefined ? [] : groupsOf(pipeline.parameters)),
    [pipeline]
  );
  return (
    <div class="jp-videojobs-nb-form">
      <label class="jp-videojobs-nb-label" for={`${id}-pipeline`}>
        {translate('Pipeline')}
      </label>
      <select
        id={`${id}-pipeline`}
        value={choice.pipelineId}
        onChange={event => model.choose({ pipelineId: event.currentTarget.value, params: {} })}
      >
        {pipeline === undefined && <option value={choice.pipelineId}>{choice.pipelineId}</option>}
        <Options title={translate('Yours')} pipelines={pipelines} own={true} />
        <Options title={translate('Built in')} pipelines={pipelines} own={false} />
      </select>
      <Description model={model} />
      {groups.map(group => (
        <GroupFields
          key={`${choice.pipelineId}/${group.step}/${model.version}`}
          model={model}
          group={group}
          open={groups.length === 1}
        />
      ))}
      <details
        class="jp-videojobs-nb-group"
        open={choice.frameStride !== null || choice.maxFrames !== null || choice.name !== ''}
      >
        <summary>{translate('Frames and name')}</summary>
        <div class="jp-videojobs-nb-fields" key={model.version}>
          <Count
            model={model}
            place="frame_stride"
            title={translate('Every n-th frame')}
            hint={samplingWords(pipeline, translate)}
            value={choice.frameStride}
            onValue={frameStride => model.choose({ frameStride })}
          />
          <Count
            model={model}
            place="max_frames"
            title={translate('Frames at most')}
            hint={translate('all')}
            value={choice.maxFrames}
            onValue={maxFrames => model.choose({ maxFrames })}
          />
          <label class="jp-videojobs-nb-field jp-mod-wide">
            <span class="jp-videojobs-nb-label">{translate('Name')}</span>
            <input
              type="text"
              maxLength={200}
              placeholder={translate('as the file')}
              value={choice.name}
              onInput={event => model.choose({ name: event.currentTarget.value })}
            />
            <Problem model={model} place="name" />
          </label>
        </div>
      </details>
    </div>
  );
}

function Options(props: {
  title: string;
  pipelines: readonly Pipeline[] | null;
  own: boolean;
}): VNode | null {
  const shown = props.pipelines?.filter(each => each.built_in !== props.own) ?? [];
  return shown.length === 0 ? null : (
    <optgroup label={props.title}>
      {shown.map(each => (
        <option key={each.id} value={each.id}>
          {each.title}
        </option>
      ))}
    </optgroup>
  );
}

function Description({ model }: { model: FormModel }): VNode {
  const { pipeline, translate } = model;
  const missing = model.pipelines !== null && pipeline === undefined;
  const problem =
    model.problems.get('pipeline_id') ??
    pipeline?.problem ??
    (missing ? translate('This server has no pipeline of that name.') : undefined);
  return (
    <>
      {pipeline !== undefined && <p class="jp-videojobs-nb-description">{pipeline.description}</p>}
      {problem !== undefined && (
        <p role="alert" class="jp-videojobs-nb-problem">
          {problem}
        </p>
      )}
    </>
  );
}

function GroupFields(props: { model: FormModel; group: Group; open: boolean }): VNode {
  const { model, group } = props;
  const { translate } = model;
  const changed = Object.keys(model.choice.params[group.step] ?? {}).length;
  const wrong = [...model.problems.keys()].some(place => place.startsWith(`${group.step}.`));
  return (
    <details class="jp-videojobs-nb-group" open={props.open || changed > 0 || wrong}>
      <summary>
        {group.title}
        {changed > 0 && (
          <span class="jp-videojobs-nb-changed">{translate('%1 changed', changed)}</span>
        )}
      </summary>
      <div class="jp-videojobs-nb-fields">
        {group.parameters.map(parameter => (
          <ParameterField
            key={parameter.name}
            model={model}
            step={group.step}
            parameter={parameter}
          />
        ))}
      </div>
    </details>
  );
}

function ParameterField(props: { model: FormModel; step: string; parameter: Parameter }): VNode {
  const { model, step, parameter } = props;
  const { translate } = model;
  const place = `${step}.${parameter.name}`;
  const set = model.choice.params[step]?.[parameter.name];
  const value = set === undefined ? parameter.defaultValue : set;
  const id = useId();
  const give = (given: unknown): void => {
    const same = JSON.stringify(given) === JSON.stringify(parameter.defaultValue);
    model.mark(place, null);
    model.choose({
      params: withParam(model.choice.params, step, parameter.name, same ? undefined : given)
    });
  };
  const wide = parameter.kind === 'names' || parameter.kind === 'json' || parameter.kind === 'text';
  const described = `${id}-help`;
  const wrong = model.problems.has(place);
  return (
    <div class={`jp-videojobs-nb-field${wide ? ' jp-mod-wide' : ''}`}>
      {parameter.kind === 'boolean' ? (
        <label class="jp-videojobs-nb-check">
          <input
            type="checkbox"
            checked={value === true}
            aria-describedby={described}
            onChange={event => give(event.currentTarget.checked)}
          />
          {parameter.title}
        </label>
      ) : (
        <>
          <label class="jp-videojobs-nb-label" for={id}>
            {parameter.title}
            {set !== undefined && (
              <button
                type="button"
                class="jp-videojobs-nb-reset"
                onClick={() => {
                  give(parameter.defaultValue);
                  model.version += 1;
                  model.changed();
                }}
              >
                {translate('Reset')}
              </button>
            )}
          </label>
          {parameter.kind === 'enum' ? (
            <select
              id={id}
              aria-describedby={described}
              value={JSON.stringify(value)}
              onChange={event => give(JSON.parse(event.currentTarget.value))}
            >
              {parameter.optional && <option value="null">{translate('none')}</option>}
              {parameter.options.map(each => (
                <option key={JSON.stringify(each)} value={JSON.stringify(each)}>
                  {String(each)}
                </option>
              ))}
            </select>
          ) : (
            <Typed
              id={id}
              described={described}
              parameter={parameter}
              value={set}
              wrong={wrong}
              translate={translate}
              onValue={give}
              onProblem={problem => model.mark(place, problem)}
            />
          )}
        </>
      )}
      <Problem model={model} place={place} />
      <p id={described} class="jp-videojobs-nb-help">
        {parameter.help} <span class="jp-videojobs-nb-range">{rangeWords(parameter)}</span>
      </p>
    </div>
  );
}

/** A parameter that is typed; keeps the text as it was typed. */
function Typed(props: {
  id: string;
  described: string;
  parameter: Parameter;
  value: unknown;
  wrong: boolean;
  translate: Translate;
  onValue: (value: unknown) => void;
  onProblem: (problem: string) => void;
}): VNode {
  const { parameter, translate } = props;
  const [text, setText] = useState(print(parameter, props.value));
  const take = (typed: string): void => {
    setText(typed);
    const parsed = parse(parameter, typed);
    if ('problem' in parsed) {
      props.onProblem(
        {
          number: translate('This must be a number.'),
          whole: translate('This must be a whole number.'),
          range: translate('This must be within %1.', rangeWords(parameter)),
          json: translate('This is not JSON.')
        }[parsed.problem]
      );
    } else {
      props.onValue(parsed.value === undefined ? parameter.defaultValue : parsed.value);
    }
  };
  const shared = {
    id: props.id,
    'aria-describedby': props.described,
    'aria-invalid': props.wrong,
    value: text,
    placeholder:
      print(parameter, parameter.defaultValue) ||
      (parameter.kind === 'names' ? translate('names, with commas between') : translate('none'))
  };
  return parameter.kind === 'json' ? (
    <textarea {...shared} rows={2} onInput={event => take(event.currentTarget.value)} />
  ) : (
    <input
      {...shared}
      type="text"
      inputMode={parameter.kind === 'number' ? 'decimal' : undefined}
      spellcheck={false}
      onInput={event => take(event.currentTarget.value)}
    />
  );
}

function Count(props: {
  model: FormModel;
  place: string;
  title: string;
  hint: string;
  value: number | null;
  onValue: (value: number | null) => void;
}): VNode {
  const { model, place } = props;
  const [text, setText] = useState(props.value === null ? '' : String(props.value));
  useEffect(() => {
    setText(props.value === null ? text : String(props.value));
  }, [props.value]);
  const take = (typed: string): void => {
    setText(typed);
    const value = Number(typed.trim());
    if (typed.trim() !== '' && (!Number.isInteger(value) || value < 1)) {
      model.mark(place, model.translate('This must be a whole number from 1 on.'));
      return;
    }
    model.mark(place, null);
    props.onValue(typed.trim() === '' ? null : value);
  };
  return (
    <label class="jp-videojobs-nb-field">
      <span class="jp-videojobs-nb-label">{props.title}</span>
      <input
        type="text"
        inputMode="numeric"
        aria-invalid={model.problems.has(place)}
        placeholder={props.hint}
        value={text}
        onInput={event => take(event.currentTarget.value)}
      />
      <Problem model={model} place={place} />
    </label>
  );
}

function Problem({ model, place }: { model: FormModel; place: string }): VNode | null {
  const problem = model.problems.get(place);
  return problem === undefined ? null : (
    <span role="alert" class="jp-videojobs-nb-problem">
      {problem}
    </span>
  );
}

function rangeWords({ minimum, maximum, aboveMinimum }: Parameter): string {
  if (minimum === null && maximum === null) {
    return '';
  }
  const low = minimum === null ? '' : `${aboveMinimum ? '>' : ''}${minimum}`;
  return `${low} … ${maximum ?? ''}`.trim();
}

/** What a pipeline samples where nothing else is said. */
function samplingWords(pipeline: Pipeline | undefined, translate: Translate): string {
  const { every, fps, keyframes } = (pipeline?.sampling ?? {}) as {
    every?: number;
    fps?: number | null;
    keyframes?: boolean;
  };
  if (keyframes === true) {
    return translate('keyframes');
  }
  if (fps != null) {
    return translate('%1 a second', fps);
  }
  return String(every ?? 1);
}
