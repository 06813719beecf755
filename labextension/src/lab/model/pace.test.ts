import { describe, expect, it } from 'vitest';

import { HEALTH_AGE, IDLE, pace, questions, type Turn } from './pace';

const QUIET: Turn = {
  shown: true,
  running: 0,
  waiting: 0,
  stirred: false,
  failures: 0,
  healthAge: 1000,
  covering: true,
  begun: true,
  turn: 1
};

describe('the pace', () => {
  it('is quick only while something runs before the eyes of the user', () => {
    expect(pace({ ...QUIET, running: 1 }, 1000)).toBe(1000);
    expect(pace(QUIET, 1000)).toBe(IDLE);
    expect(pace({ ...QUIET, waiting: 3 }, 1000)).toBe(IDLE);
  });

  it('is slow while the list is hidden and jobs are known that have not ended', () => {
    expect(pace({ ...QUIET, shown: false, running: 2 }, 1000)).toBe(IDLE);
    expect(pace({ ...QUIET, shown: false, waiting: 1 }, 1000)).toBe(IDLE);
  });

  it('rests while the list is hidden and nothing is known to run', () => {
    expect(pace({ ...QUIET, shown: false }, 1000)).toBe(Infinity);
    expect(pace({ ...QUIET, shown: false, failures: 3 }, 1000)).toBe(Infinity);
  });

  it('is quick for a while after the user changed something', () => {
    expect(pace({ ...QUIET, stirred: true }, 1000)).toBe(1000);
  });

  it('slows down while the server is away, but keeps trying', () => {
    const waits = [1, 2, 3, 4, 10].map(failures => pace({ ...QUIET, failures }, 1000));
    expect(waits).toEqual([2000, 4000, 8000, 2 * IDLE, 2 * IDLE]);
  });

  it('is never quicker than its user wants', () => {
    expect(pace(QUIET, 20_000)).toBe(20_000);
    expect(pace({ ...QUIET, running: 1 }, 20_000)).toBe(20_000);
  });
});

describe('what is asked', () => {
  it('is a single question while nothing happens, whatever turn it is', () => {
    for (const healthAge of [0, HEALTH_AGE + 1]) {
      for (const covering of [true, false]) {
        for (const turn of [0, 1, 2]) {
          expect(questions({ ...QUIET, healthAge, covering, turn })).toHaveLength(1);
        }
      }
    }
  });

  it('never is the list while that is hidden', () => {
    for (const healthAge of [Infinity, 0, HEALTH_AGE + 1]) {
      for (const running of [0, 1]) {
        expect(questions({ ...QUIET, shown: false, healthAge, running })).not.toContain('list');
      }
    }
  });

  it('is everything at first', () => {
    expect(questions({ ...QUIET, healthAge: Infinity, begun: false })).toEqual([
      'health',
      'changes',
      'list'
    ]);
  });

  it('is the list as soon as that is shown', () => {
    expect(questions({ ...QUIET, begun: false })).toEqual(['list']);
  });

  it('is also the latest changes where a filter may hide what runs', () => {
    expect(questions({ ...QUIET, running: 1, covering: false })).toEqual(['list', 'changes']);
    expect(questions({ ...QUIET, running: 1 })).toEqual(['list']);
    const asked = [0, 1].map(turn => questions({ ...QUIET, covering: false, turn })[0]);
    expect(asked).toEqual(['list', 'changes']);
  });
});
