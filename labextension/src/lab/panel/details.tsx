import {
  caretDownIcon,
  closeIcon,
  copyIcon,
  deleteIcon,
  downloadIcon,
  launchIcon,
  refreshIcon,
  runIcon,
  stopIcon,
  textEditorIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import { useEffect, useState, type JSX } from 'react';

import type { Artifact, JobStatus } from '../../rest';
import { commandIDs } from '../commands';
import { bytes, duration, failure, line, moment, nameOf, statusWord } from '../words';
import { usePanel, useSignal } from './context';
import { Progress } from './row';

/** All about the job that is selected: what it does, what can be done with it, what it made. */
export function Details(): JSX.Element | null {
  const { videoJobs, trans } = usePanel();
  const { jobs, selection, pipelines } = videoJobs;
  useSignal(jobs.changed);
  useSignal(selection.changed);
  useSignal(pipelines.changed);
  const [only] = selection.ids;
  const job = selection.ids.size === 1 && only !== undefined ? jobs.get(only) : undefined;
  if (job === undefined) {
    return null;
  }
  const name = nameOf(job);
  return (
    <section className="jp-videojobs-details" aria-label={trans.__('Details of %1', name)}>
      <header className="jp-videojobs-details-head">
        <h3 title={name}>{name}</h3>
        <button
          type="button"
          className="jp-videojobs-icon-button"
          aria-label={trans.__('Close the details')}
          title={trans.__('Close the details')}
          onClick={() => {
            selection.clear();
          }}
        >
          <closeIcon.react tag="span" />
        </button>
      </header>
      <Actions job={job} />
      {job.status === 'running' && (
        <div className="jp-videojobs-details-progress">
          <Progress job={job} label={trans.__('Progress of %1', name)} />
          <div className="jp-videojobs-row-line">{line(job, trans)}</div>
        </div>
      )}
      {job.status === 'failed' && <Failure job={job} />}
      {job.warnings.length > 0 && (
        <ul className="jp-videojobs-warnings" aria-label={trans.__('Warnings')}>
          {job.warnings.map((warning, place) => (
            <li key={place}>{warning}</li>
          ))}
        </ul>
      )}
      <Facts job={job} />
      {job.status === 'completed' && <Made job={job} />}
    </section>
  );
}

function Failure({ job }: { readonly job: JobStatus }): JSX.Element {
  const { trans } = usePanel();
  const { why, remedy } = failure(job, trans);
  return (
    <div className="jp-videojobs-failure">
      <strong>{why}</strong>
      {job.error_message !== null && <p>{job.error_message}</p>}
      <p className="jp-videojobs-remedy">{remedy}</p>
    </div>
  );
}

function Actions({ job }: { readonly job: JobStatus }): JSX.Element {
  const { commands, trans, openFormats } = usePanel();
  const ended = job.status === 'completed' || job.status === 'failed';
  const args = { jobId: job.job_id };
  const action = (command: string, label: string, icon: LabIcon): JSX.Element => (
    <button
      key={command}
      type="button"
      className="jp-videojobs-action"
      title={commands.caption(command, args) || label}
      onClick={() => void commands.execute(command, args)}
    >
      <icon.react tag="span" />
      {label}
    </button>
  );
  return (
    <div className="jp-videojobs-actions" role="group" aria-label={trans.__('Actions')}>
      {action(commandIDs.open, trans.__('Open'), launchIcon)}
      {job.status === 'completed' && (
        <button
          type="button"
          className="jp-videojobs-action"
          aria-haspopup="menu"
          title={trans.__('Download the results in one of several formats')}
          onClick={event => {
            openFormats(event.currentTarget);
          }}
        >
          <downloadIcon.react tag="span" />
          {trans.__('Download')}
          <caretDownIcon.react tag="span" />
        </button>
      )}
      {action(commandIDs.openLog, trans.__('Log'), textEditorIcon)}
      {!ended && action(commandIDs.cancel, trans.__('Cancel'), stopIcon)}
      {job.status === 'failed' && action(commandIDs.retry, trans.__('Retry'), refreshIcon)}
      {commands.hasCommand(commandIDs.submit) &&
        action(commandIDs.rerun, trans.__('Run again …'), runIcon)}
      {action(commandIDs.delete, trans.__('Delete'), deleteIcon)}
    </div>
  );
}

function Facts({ job }: { readonly job: JobStatus }): JSX.Element {
  const { videoJobs, commands, trans } = usePanel();
  const facts: [string, string][] = [
    [trans.__('Status'), statusWord(job.status, trans)],
    [trans.__('Pipeline'), videoJobs.pipelines.title(job.pipeline_id)],
    [trans.__('Video'), job.input_name],
    [trans.__('Submitted'), moment(job.created_at)]
  ];
  if (job.finished_at !== null) {
    facts.push([trans.__('Ended'), moment(job.finished_at)]);
    if (job.started_at !== null) {
      const seconds = (Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000;
      facts.push([trans.__('Took'), duration(seconds, trans)]);
    }
  }
  if (job.frames_total !== null) {
    facts.push([
      trans.__('Frames'),
      job.frames_done === job.frames_total
        ? `${job.frames_total}`
        : trans.__('%1 of %2', job.frames_done, job.frames_total)
    ]);
  }
  if (job.attempt > 1) {
    facts.push([trans.__('Attempt'), `${job.attempt}`]);
  }
  return (
    <dl className="jp-videojobs-facts">
      {facts.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd title={value}>{value}</dd>
        </div>
      ))}
      <div>
        <dt>{trans.__('Id')}</dt>
        <dd className="jp-videojobs-id">
          <code title={job.job_id}>{job.job_id}</code>
          <button
            type="button"
            className="jp-videojobs-icon-button"
            aria-label={trans.__('Copy the job id')}
            title={trans.__('Copy the job id')}
            onClick={() => void commands.execute(commandIDs.copyId, { jobId: job.job_id })}
          >
            <copyIcon.react tag="span" />
          </button>
        </dd>
      </div>
    </dl>
  );
}

/** The files that a completed job made besides its rows. */
function Made({ job }: { readonly job: JobStatus }): JSX.Element {
  const { videoJobs, trans } = usePanel();
  const { server } = videoJobs;
  const [artifacts, setArtifacts] = useState<readonly Artifact[]>([]);
  useEffect(() => {
    let current = true;
    const sent = server.rest.GET('/jobs/{job_id}/artifacts', {
      params: { path: { job_id: job.job_id } }
    });
    server.unwrap(sent).then(
      answer => {
        if (current) {
          setArtifacts(answer.artifacts);
        }
      },
      () => undefined
    );
    return () => {
      current = false;
    };
  }, [server, job.job_id, job.finished_at]);
  return (
    <>
      {artifacts.length > 0 && (
        <>
          <h4>{trans.__('Files')}</h4>
          <ul className="jp-videojobs-files">
            {artifacts.map(artifact => (
              <li key={artifact.name}>
                <a
                  href={server.url(
                    `jobs/${job.job_id}/artifacts/${encodeURIComponent(artifact.name)}`
                  )}
                  download={artifact.name}
                  title={trans.__('Download %1', artifact.name)}
                >
                  <downloadIcon.react tag="span" />
                  <span className="jp-videojobs-file-name">{artifact.name}</span>
                </a>
                <span className="jp-videojobs-file-size">{bytes(artifact.size)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
