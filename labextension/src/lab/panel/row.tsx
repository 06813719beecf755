import { ellipsesIcon } from '@jupyterlab/ui-components';
import { memo, useState, type JSX, type MouseEvent } from 'react';

import type { JobStatus } from '../../rest';
import { videoJobsIcon } from '../icons';
import { ago, line, nameOf, percent, statusWord } from '../words';
import { usePanel } from './context';

/** The height of a row in CSS pixels; style/lab-panel.css holds it, too. */
export const ROW = 72;

interface RowProps {
  readonly job: JobStatus;
  readonly place: number;
  /** What its pipeline is called. */
  readonly pipeline: string;
  readonly selected: boolean;
  /** Whether the tab key leads here. */
  readonly current: boolean;
  /** Moves on with time, so that "5 min ago" does. */
  readonly minute: number;
  readonly onChoose: (jobId: string, event: MouseEvent) => void;
}

/** One job of the list. */
export const JobRow = memo(function JobRow(props: RowProps): JSX.Element {
  const { job, place, selected, current } = props;
  const { videoJobs, commands, trans, openMenu } = usePanel();
  const name = nameOf(job);
  const status = statusWord(job.status, trans);
  const telling = line(job, trans);
  return (
    <div
      role="row"
      aria-rowindex={place + 1}
      aria-selected={selected}
      aria-label={`${name}. ${telling.startsWith(status) ? telling : `${status}. ${telling}`}`}
      tabIndex={current ? 0 : -1}
      id={rowId(job.job_id)}
      className={`jp-videojobs-row${selected ? ' jp-mod-selected' : ''}`}
      data-job={job.job_id}
      data-status={job.status}
      style={{ top: place * ROW }}
      onMouseDown={event => {
        if (event.button === 0 || !selected) {
          props.onChoose(job.job_id, event);
        }
      }}
      onDoubleClick={() => void videoJobs.openViewer(job.job_id)}
    >
      <div role="gridcell" className="jp-videojobs-row-picture">
        <Thumbnail job={job} />
      </div>
      <div role="gridcell" className="jp-videojobs-row-text">
        <div className="jp-videojobs-row-name" title={name}>
          {name}
        </div>
        <div className="jp-videojobs-row-line" title={job.error_message ?? telling}>
          <span className="jp-videojobs-dot" aria-hidden="true" />
          {telling}
        </div>
        {job.status === 'running' ? (
          <Progress job={job} label={trans.__('Progress of %1', name)} />
        ) : (
          <div className="jp-videojobs-row-more" title={trans.__('Pipeline and age')}>
            {props.pipeline} · {ago(job.created_at, Date.now(), trans)}
            {job.warnings.length > 0 && job.status === 'completed' && (
              <span className="jp-videojobs-row-warned">
                {' · '}
                {trans._n('%1 warning', '%1 warnings', job.warnings.length)}
              </span>
            )}
          </div>
        )}
      </div>
      <div role="gridcell" className="jp-videojobs-row-actions">
        {(job.status === 'pending' || job.status === 'running') && (
          <RowButton
            label={trans.__('Cancel %1', name)}
            onPress={() => void commands.execute('videojobs:cancel', { jobId: job.job_id })}
          >
            <span className="jp-videojobs-cross" aria-hidden="true">
              ×
            </span>
          </RowButton>
        )}
        <RowButton label={trans.__('Actions for %1', name)} popup onPress={openMenu}>
          <ellipsesIcon.react tag="span" />
        </RowButton>
      </div>
    </div>
  );
});

export function rowId(jobId: string): string {
  return `jp-videojobs-row-${jobId}`;
}

function RowButton(props: {
  readonly label: string;
  readonly popup?: boolean;
  readonly children: JSX.Element;
  readonly onPress: (button: HTMLElement) => void;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-videojobs-icon-button"
      aria-label={props.label}
      aria-haspopup={props.popup === true ? 'menu' : undefined}
      title={props.label}
      tabIndex={-1}
      onClick={event => {
        props.onPress(event.currentTarget);
      }}
      onDoubleClick={event => {
        event.stopPropagation();
      }}
    >
      {props.children}
    </button>
  );
}

/** How much of a running job is done; moves without an end where that is not known. */
export function Progress(props: { readonly job: JobStatus; readonly label: string }): JSX.Element {
  const { job, label } = props;
  const known = job.frames_total !== null;
  const done = percent(job);
  return (
    <div className="jp-videojobs-progress">
      <div
        role="progressbar"
        className={`jp-videojobs-bar${known ? '' : ' jp-mod-unknown'}`}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={known ? done : undefined}
      >
        <div className="jp-videojobs-bar-done" style={{ width: known ? `${done}%` : '30%' }} />
      </div>
      <span className="jp-videojobs-percent" aria-hidden="true">
        {known ? `${done} %` : ''}
      </span>
    </div>
  );
}

function Thumbnail({ job }: { readonly job: JobStatus }): JSX.Element {
  const { videoJobs } = usePanel();
  const [broken, setBroken] = useState(false);
  // A poster is made when a job is finished.
  if (job.status !== 'completed' || broken) {
    return <videoJobsIcon.react tag="span" className="jp-videojobs-thumbnail jp-mod-none" />;
  }
  return (
    <img
      className="jp-videojobs-thumbnail"
      src={videoJobs.server.url(`jobs/${job.job_id}/thumbnail`)}
      alt=""
      loading="lazy"
      decoding="async"
      draggable={false}
      onError={() => {
        setBroken(true);
      }}
    />
  );
}
