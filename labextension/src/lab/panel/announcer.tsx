import { useEffect, useRef, useState, type JSX } from 'react';

import type { JobStatus } from '../../rest';
import { failure, nameOf } from '../words';
import { usePanel, useSignal } from './context';

/** A running job is told of when it has come so much further, of a hundred. */
const STEP = 25;

/** Tells those who don't see the list how jobs go: each quarter of a running one, and each end. */
export function Announcer(): JSX.Element {
  const { videoJobs, trans } = usePanel();
  const { jobs } = videoJobs;
  const [text, setText] = useState('');
  const told = useRef(new Map<string, number>());
  useSignal(jobs.changed);

  const running = jobs.running;
  useEffect(() => {
    for (const job of running) {
      const quarter = Math.floor(((job.fraction ?? 0) * 100) / STEP);
      const before = told.current.get(job.job_id);
      told.current.set(job.job_id, quarter);
      if (before !== undefined && quarter > before && quarter * STEP < 100) {
        setText(trans.__('%1: %2 percent', nameOf(job), quarter * STEP));
      } else if (before === undefined) {
        setText(trans.__('%1 runs', nameOf(job)));
      }
    }
  });

  useEffect(() => {
    const onEnded = (_: unknown, ended: readonly JobStatus[]): void => {
      const words = ended.map(job =>
        job.status === 'completed'
          ? trans.__('%1 is completed', nameOf(job))
          : trans.__('%1 has failed: %2', nameOf(job), failure(job, trans).why)
      );
      ended.forEach(job => told.current.delete(job.job_id));
      setText(words.join('. '));
    };
    jobs.ended.connect(onEnded);
    return () => {
      jobs.ended.disconnect(onEnded);
    };
  }, [jobs, trans]);

  return (
    <div role="status" aria-live="polite" className="jp-videojobs-unseen">
      {text}
    </div>
  );
}
