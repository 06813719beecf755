import { expect, test } from 'vitest';

import { clock } from './clock';
import { numbersIn } from './controls';
import { rulerStep } from './lanes';

test('times read as on a clock, rounded once', () => {
  expect([0, 59.9996, 62.5, 3661.25].map(time => clock(time))).toEqual([
    '0:00.000',
    '1:00.000',
    '1:02.500',
    '1:01:01.250'
  ]);
  expect(clock(-0.5, 1)).toBe('−0:00.5');
  expect(clock(3599.6, 0)).toBe('1:00:00');
});

test('a ruler has the step of people, with room for its numbers', () => {
  expect(rulerStep({ from: 0, to: 10 }, 1000)).toBe(1);
  expect(rulerStep({ from: 0, to: 3600 }, 1000)).toBe(600);
  expect(rulerStep({ from: 0, to: 0.2 }, 1000)).toBe(0.02);
});

test('tracks are numbers with anything between', () => {
  expect([...numbersIn('3, 7;12')]).toEqual([3, 7, 12]);
  expect(numbersIn('').size).toBe(0);
  expect([...numbersIn('3, 7-9, 20–21')]).toEqual([3, 7, 8, 9, 20, 21]);
  expect([...numbersIn('12-1')]).toEqual([12]);
  expect(numbersIn('0-99999999999').size).toBeLessThan(20_000);
});
