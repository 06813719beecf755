import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import { commandIDs } from '../commands';
import { videoJobsIcon } from '../icons';
import type { Problem } from '../model/problem';
import { EVERYTHING, isFiltered } from '../model/query';
import { usePanel, useSignal } from './context';

/** Return what is wrong, and what to do about it. */
export function telling(
  problem: Problem,
  trans: TranslationBundle
): { what: string; remedy: string } {
  switch (problem.kind) {
    case 'away':
      return {
        what: trans.__('The Jupyter server does not answer.'),
        remedy: trans.__(
          'Jobs go on, or are taken up again when it is back. This page keeps trying.'
        )
      };
    case 'missing':
      return {
        what: trans.__('This Jupyter server runs without videojobs.'),
        remedy: trans.__(
          'Install videojobs_ext in the environment of the server, check with "jupyter server extension list", and restart it.'
        )
      };
    case 'unauthorized':
      return {
        what: trans.__('You may not see the video jobs of this server.'),
        remedy: trans.__('Log in again by reloading this page, or ask its administrator.')
      };
    case 'dead':
      return {
        what: trans.__('The worker has died: jobs wait.'),
        remedy: trans.__(
          'Restart the Jupyter server; jobs go on from their last finished part. Its log tells why.'
        )
      };
    case 'off':
      return {
        what: trans.__('This server runs no jobs by itself.'),
        remedy: trans.__(
          'Jobs wait for a worker of their own: start one by "jupyter videojobs worker".'
        )
      };
    case 'refused':
      return {
        what:
          problem.message === ''
            ? trans.__('The database of jobs does not answer.')
            : problem.message,
        remedy: trans.__('This page keeps trying.')
      };
  }
}

/** What is wrong, above the list. */
export function ProblemNotice(): JSX.Element {
  const { videoJobs, trans } = usePanel();
  const { jobs } = videoJobs;
  useSignal(jobs.changed);
  const { problem } = jobs;
  const told = problem === null ? null : telling(problem, trans);
  return (
    <div role="alert" className="jp-videojobs-alert-place">
      {problem !== null && told !== null && (
        <div className="jp-videojobs-alert" data-problem={problem.kind}>
          <strong>{told.what}</strong>
          <p>{told.remedy}</p>
          <button type="button" className="jp-videojobs-link" onClick={() => void jobs.refresh()}>
            {trans.__('Try now')}
          </button>
        </div>
      )}
    </div>
  );
}

/** What stands in place of an empty list. */
export function EmptyNotice(): JSX.Element | null {
  const { videoJobs, commands, trans } = usePanel();
  const { jobs } = videoJobs;
  if (jobs.problem !== null && !jobs.begun) {
    return null;
  }
  if (!jobs.begun) {
    return <div className="jp-videojobs-empty">{trans.__('Loading …')}</div>;
  }
  if (isFiltered(jobs.query)) {
    return (
      <div className="jp-videojobs-empty">
        <p>{trans.__('No job is like that.')}</p>
        <button
          type="button"
          className="jp-videojobs-link"
          onClick={() => {
            jobs.query = { ...EVERYTHING, sort: jobs.query.sort };
          }}
        >
          {trans.__('Show all jobs')}
        </button>
      </div>
    );
  }
  return (
    <div className="jp-videojobs-empty">
      <videoJobsIcon.react tag="div" className="jp-videojobs-empty-icon" />
      <h3>{trans.__('No video jobs yet')}</h3>
      <p>
        {trans.__('A job runs a pipeline over a video: it finds objects, cuts, text, motion …')}
      </p>
      <ul>
        <li>{trans.__('Drop a video from your desktop here.')}</li>
        <li>{trans.__('Right-click a video in the file browser and choose “Analyze video …”.')}</li>
        <li>
          {trans.__('Or in a notebook:')}
          <pre>
            from videojobs_ext import Client{'\n'}Client().submit(&quot;a.mp4&quot;,
            &quot;quicklook&quot;)
          </pre>
        </li>
      </ul>
      {commands.hasCommand(commandIDs.submit) && (
        <button
          type="button"
          className="jp-videojobs-button"
          onClick={() => void commands.execute(commandIDs.submit)}
        >
          {trans.__('Analyze a video …')}
        </button>
      )}
    </div>
  );
}
