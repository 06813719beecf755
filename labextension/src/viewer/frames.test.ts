import { expect, test } from 'vitest';

import { FrameTable } from './frames';

const table = new FrameTable(Float64Array.of(0.5, 0.54, 0.6, 1));

test('a frame is on the screen from its own time to that of the next', () => {
  expect([0, 0.5, 0.539, 0.54, 0.8, 1, 9].map(time => table.at(time))).toEqual([
    0, 0, 0, 1, 2, 3, 3
  ]);
});

test('a time that a browser told in microseconds finds its frame from both sides', () => {
  expect([0.539999, 0.540001, 0.999999].map(time => table.nearest(time))).toEqual([1, 1, 3]);
});

test('the last frame is as long as the one before', () => {
  expect(table.end).toBeCloseTo(1.4);
  expect(table.within(3, 0.5)).toBeCloseTo(1.2);
});

test('a video of one frame has a length', () => {
  const one = new FrameTable(Float64Array.of(0));
  expect(one.end).toBeGreaterThan(0);
  expect(one.nearest(7)).toBe(0);
});

test('a video has frames', () => {
  expect(() => new FrameTable(new Float64Array())).toThrow();
});
