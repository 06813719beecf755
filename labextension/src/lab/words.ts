import type { TranslationBundle } from '@jupyterlab/translation';

import type { JobStatus } from '../rest';
import type { Sort, Status } from './model/query';

/** Return how long something takes, in two units at most: 0.8 s, 12 s, 3 min 20 s, 1 h 5 min. */
export function duration(seconds: number, trans: TranslationBundle): string {
  if (seconds < 1) {
    return trans.__('%1 s', Math.max(Math.round(seconds * 10) / 10, 0.1));
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return trans.__('%1 s', whole);
  }
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) {
    return whole % 60 === 0
      ? trans.__('%1 min', minutes)
      : trans.__('%1 min %2 s', minutes, whole % 60);
  }
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0
    ? trans.__('%1 h', hours)
    : trans.__('%1 h %2 min', hours, minutes % 60);
}

/** Return how long ago something was, or its date once that is more than a week. */
export function ago(moment: string, now: number, trans: TranslationBundle): string {
  const seconds = Math.max((now - Date.parse(moment)) / 1000, 0);
  if (seconds < 60) {
    return trans.__('just now');
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return trans.__('%1 min ago', minutes);
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    return trans.__('%1 h ago', hours);
  }
  const days = Math.floor(hours / 24);
  return days < 8
    ? trans._n('%1 day ago', '%1 days ago', days)
    : new Date(moment).toLocaleDateString();
}

/** Return a moment as its reader's clock shows it. */
export function moment(text: string): string {
  return new Date(text).toLocaleString();
}

/** Return what a job is called: by its user, or else as its video. */
export function nameOf(job: JobStatus): string {
  return job.name === '' ? job.input_name : job.name;
}

/** Return how much of a running job is done, of a hundred. */
export function percent(job: JobStatus): number {
  return Math.floor((job.fraction ?? 0) * 100);
}

/** Return a number of bytes: 512 B, 3.4 MB. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = count;
  for (; value >= 1000 && unit < units.length - 1; unit++) {
    value /= 1000;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`;
}

/** Return a status in a word. */
export function statusWord(status: Status, trans: TranslationBundle): string {
  switch (status) {
    case 'pending':
      return trans.__('Waiting');
    case 'running':
      return trans.__('Running');
    case 'completed':
      return trans.__('Completed');
    case 'failed':
      return trans.__('Failed');
  }
}

export function sortWord(sort: Sort, trans: TranslationBundle): string {
  switch (sort) {
    case '-created_at':
      return trans.__('Newest first');
    case 'created_at':
      return trans.__('Oldest first');
    case '-updated_at':
      return trans.__('Changed last');
    case 'updated_at':
      return trans.__('Changed first');
    case 'name':
      return trans.__('Name, A to Z');
    case '-name':
      return trans.__('Name, Z to A');
    case 'status':
      return trans.__('Waiting first');
    case '-status':
      return trans.__('Failed first');
  }
}

/** Return a stage of a running job in words; one that is not known speaks for itself. */
export function stageWord(stage: string, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    preparing: trans.__('Preparing'),
    analyzing: trans.__('Looking at frames'),
    finishing: trans.__('Putting results together'),
    rendering: trans.__('Making pictures and films')
  };
  return words[stage] ?? stage.charAt(0).toUpperCase() + stage.slice(1).replaceAll('_', ' ');
}

/** Return why a job failed, and what its user can do about it. */
export function failure(job: JobStatus, trans: TranslationBundle): { why: string; remedy: string } {
  switch (job.failure_reason) {
    case 'cancelled':
      return {
        why: trans.__('Cancelled'),
        remedy: trans.__('Retry goes on from the last finished part.')
      };
    case 'timeout':
      return {
        why: trans.__('Took longer than allowed'),
        remedy: trans.__(
          'Retry goes on from the last finished part; or look at fewer frames, or have VideoJobs.job_timeout raised.'
        )
      };
    case 'crashed':
      return {
        why: trans.__('Its process died in every attempt'),
        remedy: trans.__('The log may tell where. Retry gives it new attempts.')
      };
    case 'out_of_memory':
      return {
        why: trans.__('Needed more memory than allowed'),
        remedy: trans.__(
          'Run it again with other settings: a smaller picture, fewer steps; or have VideoJobs.memory_limit_per_process raised.'
        )
      };
    case 'bad_video':
      return {
        why: trans.__('The video cannot be read'),
        remedy: trans.__('Convert it, for example to H.264 in MP4, and submit that.')
      };
    case 'missing_input':
      return {
        why: trans.__('The video is gone'),
        remedy: trans.__('Put the file back to where it was and retry.')
      };
    default:
      return {
        why: trans.__('A step failed'),
        remedy: trans.__('The log tells where. Change the settings and run it again, or retry.')
      };
  }
}

/** Return where a job stands, in a line. */
export function line(job: JobStatus, trans: TranslationBundle): string {
  switch (job.status) {
    case 'pending':
      return pendingLine(job, trans);
    case 'running':
      return runningLine(job, trans);
    case 'completed': {
      const parts = [trans.__('Completed')];
      if (job.started_at !== null && job.finished_at !== null) {
        const seconds = (Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000;
        parts.push(trans.__('in %1', duration(seconds, trans)));
      }
      return parts.join(' ');
    }
    case 'failed': {
      const { why } = failure(job, trans);
      return job.failure_reason === 'error' && job.error_message !== null ? job.error_message : why;
    }
  }
}

function pendingLine(job: JobStatus, trans: TranslationBundle): string {
  const again = job.attempt > 0 ? ` · ${trans.__('goes on after an interruption')}` : '';
  switch (job.queue_position) {
    case null:
      return trans.__('Waiting') + again;
    case 0:
      return trans.__('Next in the queue') + again;
    default:
      return trans._n('Waits for %1 job', 'Waits for %1 jobs', job.queue_position) + again;
  }
}

function runningLine(job: JobStatus, trans: TranslationBundle): string {
  if (job.cancel_requested) {
    return trans.__('Stopping …');
  }
  const parts: string[] = [];
  if (job.frames_total === null || job.frames_done === 0) {
    parts.push(stageWord(job.stage ?? 'preparing', trans));
  } else if (job.frames_done >= job.frames_total && job.stage !== null) {
    parts.push(stageWord(job.stage, trans));
  } else {
    parts.push(trans.__('%1/%2', job.frames_done, job.frames_total));
    if (job.fps !== null) {
      parts.push(trans.__('%1 fps', Math.round(job.fps)));
    }
    if (job.eta_seconds !== null) {
      parts.push(trans.__('%1 left', duration(job.eta_seconds, trans)));
    }
  }
  return parts.join(' · ');
}
