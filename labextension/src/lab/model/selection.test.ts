import { beforeEach, describe, expect, it } from 'vitest';

import { Selection } from './selection';

const ORDER = ['a', 'b', 'c', 'd', 'e'];
let selection: Selection;
const chosen = (): string[] => [...selection.ids].sort();

beforeEach(() => {
  selection = new Selection();
});

describe('a selection', () => {
  it('is one job, then a range from it, in both directions', () => {
    selection.choose('c', 'only', ORDER);
    selection.choose('e', 'range', ORDER);
    expect(chosen()).toEqual(['c', 'd', 'e']);
    selection.choose('a', 'range', ORDER);
    expect(chosen()).toEqual(['a', 'b', 'c']);
    expect(selection.focus).toBe('a');
  });

  it('takes jobs in and out one by one', () => {
    selection.choose('a', 'only', ORDER);
    selection.choose('c', 'toggle', ORDER);
    selection.choose('a', 'toggle', ORDER);
    expect(chosen()).toEqual(['c']);
  });

  it('stays while only the keyboard moves', () => {
    selection.choose('a', 'only', ORDER);
    selection.choose('d', 'focus', ORDER);
    expect(chosen()).toEqual(['a']);
    expect(selection.focus).toBe('d');
  });

  it('lets go of jobs that are gone, and the keyboard goes to the next one', () => {
    selection.choose('c', 'only', ORDER);
    selection.keep(ORDER, ['a', 'b', 'd', 'e']);
    expect(chosen()).toEqual([]);
    expect(selection.focus).toBe('d');
  });

  it('moves the keyboard to the one before where no other follows', () => {
    selection.choose('e', 'only', ORDER);
    selection.keep(ORDER, ['a', 'b']);
    expect(selection.focus).toBe('b');
    selection.keep(['a', 'b'], []);
    expect(selection.focus).toBeNull();
  });

  it('tells of nothing where nothing changed', () => {
    selection.choose('c', 'only', ORDER);
    let told = 0;
    selection.changed.connect(() => (told += 1));
    selection.keep(ORDER, ['new', ...ORDER]);
    expect(told).toBe(0);
  });
});
