import { nullTranslator } from '@jupyterlab/translation';
import { expect, test } from 'vitest';

import type { Estimate } from './model';
import { costWords } from './words';

const trans = nullTranslator.load('videojobs');
const known: Estimate = {
  input_name: 'a.mp4',
  duration: 10,
  width: 640,
  height: 272,
  fps: 25,
  frames: 250,
  frames_sampled: 125,
  frames_decoded: 250,
  exact: true,
  takes: null
};

test('a cost has frames, length, and the time that earlier jobs took', () => {
  const takes = { least: 1, most: 4, jobs: 2, alike: true };
  expect(costWords({ ...known, takes }, trans)).toBe(
    '125 of 250 frames · 10 s of video · takes about 1 s to 4 s'
  );
});

test('a cost says so where no earlier job tells', () => {
  expect(costWords(known, trans)).toContain('once this pipeline has run here');
});
