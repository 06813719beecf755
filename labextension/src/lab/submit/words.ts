import type { TranslationBundle } from '@jupyterlab/translation';

import { duration } from '../words';
import type { Estimate } from './model';

/** Return what a submit would cost, in words. */
export function costWords(estimate: Estimate, trans: TranslationBundle): string {
  const parts: string[] = [];
  const { frames, frames_sampled: sampled, takes } = estimate;
  if (sampled !== null && frames !== null) {
    parts.push(trans.__('%1 of %2 frames', sampled.toLocaleString(), frames.toLocaleString()));
  }
  if (estimate.duration !== null) {
    parts.push(trans.__('%1 of video', duration(estimate.duration, trans)));
  }
  if (takes === null) {
    parts.push(trans.__('how long it takes is known once this pipeline has run here'));
  } else {
    const [least, most] = [duration(takes.least, trans), duration(takes.most, trans)];
    parts.push(
      least === most
        ? trans.__('takes about %1', most)
        : trans.__('takes about %1 to %2', least, most)
    );
  }
  return parts.join(' · ');
}
