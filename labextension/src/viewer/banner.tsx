/** @jsxImportSource preact */
import type { VNode } from 'preact';

import { clock } from './clock';
import type { ViewerModel } from './model';

interface Word {
  kind: 'info' | 'warning' | 'error';
  text: string;
  fraction?: number;
}

/** A line under the title for what is not as usual: the job runs, failed, found nothing … */
export function Banner({ model }: { model: ViewerModel }): VNode | null {
  const word = wordOf(model);
  if (word === null) {
    return null;
  }
  return (
    <div class={`jp-videojobs-viewer-banner jp-mod-${word.kind}`} role="status">
      <span>{word.text}</span>
      {word.fraction !== undefined && (
        <progress max={1} value={word.fraction} aria-label={model.translate('Job')} />
      )}
    </div>
  );
}

function wordOf(model: ViewerModel): Word | null {
  const { job, translate, away } = model;
  if (away) {
    return {
      kind: 'warning',
      text: translate('The server does not answer; asking again. What is here stays.')
    };
  }
  if (job === null) {
    return null;
  }
  switch (job.status) {
    case 'pending': {
      const before = job.queue_position ?? 0;
      const text =
        before > 0
          ? translate('The job waits: %1 before it.', before)
          : translate('The job is next: it has not begun.');
      return { kind: 'info', text };
    }
    case 'running': {
      const fraction = job.fraction ?? 0;
      const words = [translate('The job runs: %1% done', Math.floor(fraction * 100))];
      if (job.fps !== null) {
        words.push(translate('%1 frames a second', Math.round(job.fps)));
      }
      if (job.eta_seconds !== null) {
        words.push(translate('%1 left', clock(job.eta_seconds, 0)));
      }
      return { kind: 'info', text: words.join(' · '), fraction };
    }
    case 'failed': {
      const cancelled = job.failure_reason === 'cancelled';
      const what = cancelled ? translate('The job was cancelled.') : translate('The job failed:');
      const why = cancelled ? '' : (job.error_message ?? job.failure_reason ?? '');
      const kept = model.lanes.length > 0 ? translate('What it found before is shown.') : '';
      return { kind: 'error', text: [what, why, kept].filter(Boolean).join(' ') };
    }
    case 'completed':
      if (job.warnings.length > 0) {
        return { kind: 'warning', text: job.warnings.join(' ') };
      }
      if (model.overview !== null && model.lanes.length === 0) {
        return { kind: 'info', text: translate('The job is done and found nothing.') };
      }
      return null;
  }
}
