import { expect, test } from 'vitest';

import { coloursOf } from './colours';
import { FrameTable } from './frames';
import { boxAt, marksAt, type MarkRules } from './overlay';
import type { Row } from './rows';

const table = new FrameTable(Float64Array.from({ length: 100 }, (_, n) => n / 25));

function box(frame: number, more: Partial<Row> = {}): Row {
  const at = { x: frame, y: 1, w: 10, h: 10 };
  return {
    step: 'a',
    frame_index: frame,
    pts: frame,
    time: frame / 25,
    label: 'car',
    ...at,
    ...more
  };
}

function rules(more: Partial<MarkRules> = {}): MarkRules {
  return {
    table,
    stride: 1,
    isShown: () => true,
    isEvent: () => true,
    colourOf: () => 'red',
    ...more
  };
}

test('a frame has its own boxes and no others', () => {
  const marks = marksAt(5, [box(4), box(5), box(6)], rules());
  expect(marks.boxes.map(mark => mark.row.frame_index)).toEqual([5]);
  expect(marksAt(7, [box(4), box(5), box(6)], rules()).boxes).toEqual([]);
});

test('between analyzed frames the boxes of the one before stay, but not past the next', () => {
  const rows = [box(0), box(5)];
  const shown = (frame: number) =>
    marksAt(frame, rows, rules({ stride: 5 })).boxes.map(mark => mark.row.frame_index);
  expect([0, 4, 5, 9, 10].map(shown)).toEqual([[0], [0], [5], [5], []]);
});

test('boxes do not stay for longer than half a second', () => {
  expect(marksAt(12, [box(0)], rules({ stride: 50 })).boxes.length).toBe(1);
  expect(marksAt(13, [box(0)], rules({ stride: 50 })).boxes.length).toBe(0);
});

test('a trail holds where a track stood in the last second', () => {
  const rows = Array.from({ length: 40 }, (_, n) => box(n, { track_id: 3 }));
  const [mark] = marksAt(39, rows, rules()).boxes;
  expect(mark?.trail.length).toBe(26);
  expect(mark?.trail.at(-1)).toEqual([44, 11]);
  expect(mark?.caption).toBe('car 3');
});

test('events without a box are told for a while, once', () => {
  const cut: Row = { step: 'a', frame_index: 10, pts: 10, time: 0.4, label: 'cut' };
  expect(marksAt(20, [cut, cut], rules()).notes).toEqual(['cut']);
  expect(marksAt(60, [cut], rules()).notes).toEqual([]);
  expect(marksAt(20, [cut], rules({ isEvent: () => false })).notes).toEqual([]);
});

test('what is filtered out is not drawn', () => {
  const marks = marksAt(5, [box(5), box(5, { label: 'dog' })], {
    ...rules(),
    isShown: row => row.label === 'dog'
  });
  expect(marks.boxes.map(mark => mark.caption)).toEqual(['dog']);
});

test('of boxes over one another the smallest is hit', () => {
  const marks = marksAt(5, [box(5, { w: 90, h: 90 }), box(5), box(5, { w: 80, h: 80 })], rules());
  expect(boxAt(marks, 8, 4)?.w).toBe(10);
  expect(boxAt(marks, 500, 4)).toBeNull();
});

test('labels have colours of their own, the same at each visit', () => {
  const labels = ['person', 'car', 'bus', 'bicycle', 'cut', 'dog'];
  const colours = coloursOf(labels);
  expect(new Set(colours.values()).size).toBe(labels.length);
  expect(coloursOf([...labels].reverse())).toEqual(colours);
});
