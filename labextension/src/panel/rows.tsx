/** @jsxImportSource preact */
import type { ComponentChildren, VNode } from 'preact';
import { useState } from 'preact/hooks';

import type { JobStatus } from '../rest';
import { choiceWords, sameChoice } from './choice';
import { Icon, IconButton } from './icons';
import { Inspection } from './inspection';
import type { Incoming, Leftover } from './intake';
import type { PanelModel } from './model';
import { ago, bundle, bytes, duration, failure, line, nameOf, percent, statusWord } from './words';

/** A file of this computer on its way. */
export function IncomingRow({ model, item }: { model: PanelModel; item: Incoming }): VNode {
  const { translate } = model;
  const { upload } = item;
  const { state } = upload;
  const name = upload.file.name;
  const percentage = upload.total === 0 ? 0 : (100 * upload.sent) / upload.total;
  const error = item.error ?? upload.error;
  const notice = item.notice ?? upload.notice;
  const differs = item.state !== 'submitting' && !sameChoice(item.choice, model.choice);
  return (
    <li class="jp-videojobs-nb-row" data-state={error === null ? state : 'failed'}>
      <Thumb icon="drop" />
      <div class="jp-videojobs-nb-text">
        <div class="jp-videojobs-nb-title">
          <span class="jp-videojobs-nb-name" title={name}>
            {name}
          </span>
          <span class="jp-videojobs-nb-then">
            {choiceWords(item.choice, model.titleOf(item.choice.pipelineId), translate)}
          </span>
        </div>
        <div class="jp-videojobs-nb-line">{uploadWords(model, item)}</div>
        <Bar
          percent={percentage}
          label={translate('Upload of %1', name)}
          resting={state !== 'uploading'}
        />
        {notice !== null && error === null && (
          <p role="status" class="jp-videojobs-nb-notice">
            {notice}
          </p>
        )}
        {error !== null && (
          <p role="alert" class="jp-videojobs-nb-problem">
            {error}
          </p>
        )}
        {differs && (
          <button
            type="button"
            class="jp-videojobs-nb-link"
            onClick={() => {
              if (item.state === 'refused') {
                model.again(item);
              } else {
                item.choice = model.choice;
                model.changed();
              }
            }}
          >
            {translate('Use the form as it is now instead')}
          </button>
        )}
      </div>
      <div class="jp-videojobs-nb-actions">
        {(state === 'uploading' || state === 'waiting') && (
          <IconButton
            icon="pause"
            label={translate('Pause %1', name)}
            onClick={() => upload.pause()}
          />
        )}
        {(state === 'paused' || (state === 'failed' && !upload.hopeless)) && (
          <IconButton
            icon="resume"
            label={translate('Resume %1', name)}
            onClick={() => upload.resume()}
          />
        )}
        {item.state === 'refused' && (
          <IconButton
            icon="retry"
            label={translate('Submit %1 again', name)}
            onClick={() => model.again(item)}
          />
        )}
        {item.state !== 'submitting' && (
          <IconButton
            icon="close"
            label={translate('Remove %1', name)}
            onClick={() => model.intake.remove(item)}
          />
        )}
      </div>
    </li>
  );
}

function uploadWords(model: PanelModel, item: Incoming): string {
  const { translate } = model;
  const { upload } = item;
  const amount = translate('%1 of %2', bytes(upload.sent), bytes(upload.total));
  switch (upload.state) {
    case 'waiting':
      return translate('Waits for its turn · %1', bytes(upload.total));
    case 'uploading': {
      const parts = [amount];
      if (upload.bytesPerSecond > 0) {
        parts.push(translate('%1/s', bytes(upload.bytesPerSecond)));
      }
      if (upload.secondsLeft !== null) {
        parts.push(translate('%1 left', duration(upload.secondsLeft, bundle(translate))));
      }
      return parts.join(' · ');
    }
    case 'paused':
      return translate('Paused at %1', amount);
    case 'failed':
      return translate('Stopped at %1', amount);
    case 'finished':
      return item.state === 'refused'
        ? translate('On the server, but no job yet')
        : translate('On the server, being submitted …');
  }
}

/** An upload that nobody sends: a tab was closed, or the submit never came. */
export function LeftoverRow({ model, item }: { model: PanelModel; item: Leftover }): VNode {
  const { translate } = model;
  const [said, setSaid] = useState<string | null>(null);
  const whole = item.offset === item.length;
  return (
    <li class="jp-videojobs-nb-row" data-state="left">
      <Thumb icon="drop" />
      <div class="jp-videojobs-nb-text">
        <div class="jp-videojobs-nb-title">
          <span class="jp-videojobs-nb-name" title={item.filename}>
            {item.filename}
          </span>
        </div>
        <div class="jp-videojobs-nb-line">
          {whole
            ? translate('Sent earlier, %1: not analyzed yet', bytes(item.length))
            : translate(
                '%1 of %2 were sent earlier: drop the same file here, and it goes on',
                bytes(item.offset),
                bytes(item.length)
              )}
        </div>
        {said !== null && said !== '' && (
          <p role="alert" class="jp-videojobs-nb-problem">
            {said}
          </p>
        )}
      </div>
      <div class="jp-videojobs-nb-actions">
        {whole && (
          <button
            type="button"
            class="jp-videojobs-nb-button"
            onClick={() => void model.submitLeftover(item).then(setSaid)}
          >
            {translate('Analyze')}
          </button>
        )}
        <IconButton
          icon="bin"
          label={translate('Delete %1 from the server', item.filename)}
          onClick={() => void model.intake.removeLeftover(item).catch(() => undefined)}
        />
      </div>
    </li>
  );
}

/** One job, and what can be done to it. */
export function JobRow({ model, job }: { model: PanelModel; job: JobStatus }): VNode {
  const { translate } = model;
  const trans = bundle(translate);
  const [open, setOpen] = useState(false);
  const [sure, setSure] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const name = nameOf(job);
  const title = model.titleOf(job.pipeline_id);
  const alive = job.status === 'pending' || job.status === 'running';
  const status = statusWord(job.status, trans);
  const words = line(job, trans);
  const act = (action: 'cancel' | 'retry' | 'delete'): void => {
    void model.act(job, action).then(setSaid);
  };
  return (
    <li class="jp-videojobs-nb-row" data-state={job.status} data-job={job.job_id}>
      <Thumb icon="film" job={job} model={model} />
      <div class="jp-videojobs-nb-text">
        <div class="jp-videojobs-nb-title">
          <span class="jp-videojobs-nb-name" title={name}>
            {name}
          </span>
          <span class="jp-videojobs-nb-then">
            {name.endsWith(title) ? '' : `${title} · `}
            {ago(job.created_at, Date.now(), trans)}
          </span>
        </div>
        <div class="jp-videojobs-nb-line">
          <span class="jp-videojobs-nb-dot" aria-hidden="true" />
          {words.startsWith(status) || job.status === 'failed' ? words : `${status} · ${words}`}
        </div>
        {job.status === 'running' && (
          <Bar
            percent={job.frames_total === null ? null : percent(job)}
            label={translate('Progress of %1', name)}
          />
        )}
        {job.status === 'failed' && job.failure_reason !== 'cancelled' && (
          <p class="jp-videojobs-nb-problem">
            {job.failure_reason !== 'error' && job.error_message} {failure(job, trans).remedy}
          </p>
        )}
        {said !== null && (
          <p role="alert" class="jp-videojobs-nb-problem">
            {said}
          </p>
        )}
      </div>
      <div class="jp-videojobs-nb-actions">
        {alive && !job.cancel_requested && (
          <IconButton
            icon="stop"
            label={translate('Cancel %1', name)}
            onClick={() => act('cancel')}
          />
        )}
        {job.status === 'failed' && (
          <IconButton
            icon="retry"
            label={translate('Retry %1', name)}
            onClick={() => act('retry')}
          />
        )}
        {job.status !== 'pending' && (
          <IconButton
            icon="look"
            label={translate('Look into %1', name)}
            pressed={open}
            onClick={() => {
              setOpen(!open);
              model.opened(job);
            }}
          />
        )}
        {!alive &&
          (sure ? (
            <button
              type="button"
              class="jp-videojobs-nb-button jp-mod-danger"
              autofocus
              onBlur={() => setSure(false)}
              onClick={() => act('delete')}
            >
              {translate('Delete it')}
            </button>
          ) : (
            <IconButton
              icon="bin"
              label={translate('Delete %1', name)}
              onClick={() => setSure(true)}
            />
          ))}
      </div>
      {open && <Inspection model={model} job={job} />}
    </li>
  );
}

function Thumb(props: { icon: 'drop' | 'film'; job?: JobStatus; model?: PanelModel }): VNode {
  const { job, model } = props;
  const [broken, setBroken] = useState(false);
  const shown = model?.direct === true && job?.status === 'completed' && !broken;
  return (
    <div class="jp-videojobs-nb-thumb">
      {shown ? (
        <img
          src={model.server.url(`jobs/${job.job_id}/thumbnail`)}
          alt=""
          loading="lazy"
          onError={() => setBroken(true)}
        />
      ) : (
        <Icon name={props.icon} size={22} />
      )}
    </div>
  );
}

/** `percent` is null where it is not known how much there is to do. */
function Bar(props: { percent: number | null; label: string; resting?: boolean }): VNode {
  const { percent: done } = props;
  const more = `${done === null ? ' jp-mod-unknown' : ''}${props.resting === true ? ' jp-mod-resting' : ''}`;
  return (
    <div
      role="progressbar"
      class={`jp-videojobs-nb-bar${more}`}
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={done === null ? undefined : Math.floor(done)}
    >
      <div style={{ width: done === null ? '30%' : `${done}%` }} />
    </div>
  );
}

/** A part of the list that may be empty. */
export function Rows({ label, children }: { label: string; children: ComponentChildren }): VNode {
  return (
    <ul class="jp-videojobs-nb-rows" aria-label={label}>
      {children}
    </ul>
  );
}
