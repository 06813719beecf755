import type { JobStatus } from '../../rest';

const KEY = 'videojobs:told';
/** How many ends are remembered. */
const KEPT = 100;

/** Tell whether no other tab of this browser has told of a job's end; from now on one has. */
export function firstToTell(job: JobStatus): boolean {
  const end = `${job.job_id} ${job.finished_at ?? job.updated_at}`;
  try {
    const told = (localStorage.getItem(KEY) ?? '').split('\n');
    if (told.includes(end)) {
      return false;
    }
    localStorage.setItem(KEY, [...told.slice(1 - KEPT), end].join('\n'));
  } catch {
    // Without storage each tab tells for itself.
  }
  return true;
}
