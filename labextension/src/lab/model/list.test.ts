import { beforeEach, describe, expect, it } from 'vitest';

import { job, Pages, at } from '../testing/server';
import { JobList, MIN_LIMIT } from './list';

let pages: Pages;
let list: JobList;

const ids = (): string[] => list.jobs.map(({ job_id }) => job_id);
const numbers = (): number[] => ids().map(id => Number(id.replace('job-', '')));

function look(first = 0, last = 10): void {
  const window = list.window(first, last);
  list.merge(window, pages.page(window));
}

function grow(limit = 30): boolean {
  const next = list.next(limit);
  if (next !== null) {
    list.merge(next, pages.page(next));
  }
  return next !== null;
}

const down = (from: number, to: number): number[] =>
  Array.from({ length: from - to + 1 }, (_, place) => from - place);

beforeEach(() => {
  pages = new Pages();
  pages.jobs = down(200, 1).map(number => job(number));
  list = new JobList('-created_at');
});

describe('a list of jobs', () => {
  it('knows nothing before the first answer', () => {
    expect(list.begun).toBe(false);
    expect(list.complete).toBe(false);
    expect(list.next(30)).toEqual({ after: null, cursor: null, limit: 30 });
  });

  it('begins with its head alone, and grows page by page to its end', () => {
    look();
    expect(numbers()).toEqual(down(200, 200 - MIN_LIMIT + 1));
    while (grow()) {
      expect(pages.asked.at(-1)?.cursor).not.toBeNull();
    }
    expect(list.complete).toBe(true);
    expect(numbers()).toEqual(down(200, 1));
    expect(pages.asked).toHaveLength(1 + 180 / 30);
  });

  it('is complete when the server says so, also when empty', () => {
    pages.jobs = [];
    look();
    expect(list.begun).toBe(true);
    expect(list.complete).toBe(true);
    expect(list.next(30)).toBeNull();
  });

  it('takes in new jobs at its head without losing what it had', () => {
    look();
    grow();
    pages.jobs.unshift(job(202), job(201));
    look();
    expect(numbers()).toEqual(down(202, 151));
    while (grow());
    expect(numbers()).toEqual(down(202, 1));
  });

  it('forgets what is gone from the stretch that was looked at', () => {
    look();
    grow();
    pages.jobs = pages.jobs.filter(({ job_id }) => job_id !== 'job-198');
    look();
    expect(ids()).not.toContain('job-198');
    expect(numbers()).toEqual(down(200, 151).filter(number => number !== 198));
  });

  it('asks for the stretch on the screen alone, not for what lies above', () => {
    look();
    while (grow());
    pages.jobs = pages.jobs.map(one =>
      one.job_id === 'job-60' ? { ...one, name: 'renamed' } : one
    );
    pages.asked = [];
    const place = list.place('job-60');
    look(place - 3, place + 10);
    const [asked] = pages.asked;
    expect(asked?.cursor).not.toBeNull();
    expect(asked?.limit).toBeLessThan(60);
    expect(list.jobs[place]?.name).toBe('renamed');
    expect(numbers()).toEqual(down(200, 1));
  });

  it('notices a deletion deep in the list', () => {
    look();
    while (grow());
    const place = list.place('job-60');
    pages.jobs = pages.jobs.filter(({ job_id }) => job_id !== 'job-60');
    look(place, place + 10);
    expect(numbers()).toEqual(down(200, 1).filter(number => number !== 60));
  });

  it('begins anew after a head in which nothing is known', () => {
    look();
    grow();
    pages.jobs = down(400, 1).map(number => job(number));
    look();
    expect(numbers()).toEqual(down(400, 400 - MIN_LIMIT + 1));
    while (grow(200));
    expect(numbers()).toEqual(down(400, 1));
  });

  it('keeps the very objects of jobs that have not changed', () => {
    look();
    const [first, second] = list.jobs;
    pages.jobs = pages.jobs.map(one =>
      one.job_id === 'job-200' ? { ...one, frames_done: 5 } : { ...one }
    );
    look();
    expect(list.jobs[0]).not.toBe(first);
    expect(list.jobs[0]?.frames_done).toBe(5);
    expect(list.jobs[1]).toBe(second);
  });

  it('ignores an answer to a place that is gone', () => {
    look();
    grow();
    const window = list.window(30, 40);
    const answer = pages.page(window);
    const before = numbers();
    list.remove(new Set([window.after ?? '']));
    list.merge(window, answer);
    expect(numbers()).toEqual(before.filter(number => `job-${number}` !== window.after));
  });

  it('stays right where the order itself changes', () => {
    pages = new Pages('-updated_at');
    pages.jobs = down(100, 1).map(number => job(number));
    list = new JobList('-updated_at');
    look();
    while (grow());
    for (let turn = 0; turn < 40; turn++) {
      const changed = (turn * 37) % 100;
      pages.jobs = pages.jobs.map((one, place) =>
        place === changed ? { ...one, updated_at: at(1000 + turn) } : one
      );
      look((turn * 13) % 80, ((turn * 13) % 80) + 12);
      expect(new Set(ids()).size).toBe(ids().length);
    }
    look();
    while (grow());
    const sorted = [...pages.jobs].sort((one, other) =>
      one.updated_at < other.updated_at ? 1 : -1
    );
    look(0, 199);
    expect(ids()).toEqual(sorted.map(({ job_id }) => job_id));
  });
});
