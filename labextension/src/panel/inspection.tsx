/** @jsxImportSource preact */
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { JobStatus, TimelineLane } from '../rest';
import { mountViewer } from '../viewer';
import { messageOf, type PanelModel } from './model';

/** A job from the inside: what was found and how often, the video with it, the log. */
export function Inspection({ model, job }: { model: PanelModel; job: JobStatus }): VNode {
  const { translate } = model;
  const host = useRef<HTMLDivElement>(null);
  const [log, setLog] = useState<string | null>(null);
  const visible = job.status === 'completed' || job.frames_done > 0;

  useEffect(() => {
    if (host.current === null) {
      return undefined;
    }
    const { server } = model;
    const viewer = mountViewer(host.current, { server, jobId: job.job_id, translate });
    return () => viewer.dispose();
  }, [job.job_id, visible]);

  return (
    <div class="jp-videojobs-nb-inspection">
      {visible && <Counts model={model} job={job} />}
      {job.warnings.map(warning => (
        <p key={warning} class="jp-videojobs-nb-notice">
          {warning}
        </p>
      ))}
      {visible && model.direct && <div class="jp-videojobs-nb-viewer" ref={host} />}
      {!model.direct && (
        <p class="jp-videojobs-nb-faint">
          {translate(
            'This page can’t fetch the video from the server. In Python: panel.client.show(panel.job_id), panel.client.dataframe(panel.job_id).'
          )}
        </p>
      )}
      <details
        class="jp-videojobs-nb-group"
        onToggle={event => {
          if (event.currentTarget.open) {
            void logOf(model, job.job_id).then(setLog);
          }
        }}
      >
        <summary>{translate('Log')}</summary>
        <pre class="jp-videojobs-nb-log">{log ?? translate('Looking …')}</pre>
      </details>
      <p class="jp-videojobs-nb-faint">
        {translate('In Python it is panel.job_id:')} <code>{job.job_id}</code>
      </p>
    </div>
  );
}

/** How often each step said what. */
function Counts({ model, job }: { model: PanelModel; job: JobStatus }): VNode | null {
  const [lanes, setLanes] = useState<readonly TimelineLane[] | null>(null);
  const [said, setSaid] = useState('');
  useEffect(() => {
    const { rest } = model.server;
    const params = { path: { job_id: job.job_id }, query: { bins: 1 } };
    model.server
      .unwrap(rest.GET('/jobs/{job_id}/timeline', { params }))
      .then(timeline => setLanes(timeline.lanes))
      .catch((error: unknown) => setSaid(messageOf(error)));
  }, [job.job_id, job.chunks_done, job.status]);
  if (said !== '') {
    return <p class="jp-videojobs-nb-problem">{said}</p>;
  }
  return lanes === null ? null : (
    <ul class="jp-videojobs-nb-counts" aria-label={model.translate('What was found')}>
      {lanes.length === 0 && <li>{model.translate('Nothing was found.')}</li>}
      {lanes.map(lane => (
        <li key={`${lane.step}/${lane.label ?? ''}`} title={lane.step}>
          <span>{lane.label ?? lane.step}</span> <b>{lane.rows.toLocaleString()}</b>
          {lane.tracks > 0 && (
            <span class="jp-videojobs-nb-faint">{model.translate('%1 tracks', lane.tracks)}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

async function logOf(model: PanelModel, jobId: string): Promise<string> {
  try {
    const url = model.server.url(`jobs/${jobId}/log`);
    const response = await model.server.fetch(new Request(url));
    return response.ok ? await response.text() : model.translate('There is no log.');
  } catch (error) {
    return messageOf(error);
  }
}
