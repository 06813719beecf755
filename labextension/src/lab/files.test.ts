import { expect, test } from 'vitest';

import { isVideo } from './files';

test('videos are known by their extension, in any case', () => {
  expect(['a.mp4', 'clips/B.MKV', 'x.y.webm'].every(isVideo)).toBe(true);
  expect(['a.mp4.txt', 'mp4', 'notes.ipynb', 'a.ts.md'].some(isVideo)).toBe(false);
});
