import { beforeEach, describe, expect, it } from 'vitest';

import type { JobStatus } from '../../rest';
import { at, job } from '../testing/server';
import { AliveJobs } from './alive';

let alive: AliveJobs;

beforeEach(() => {
  alive = new AliveJobs();
});

const ids = (jobs: readonly JobStatus[]): string[] => jobs.map(({ job_id }) => job_id);

describe('the jobs that have not ended', () => {
  it('are those that wait or run, the running ones first, then by their place in the queue', () => {
    alive.take([
      job(1, { status: 'pending', queue_position: 1 }),
      job(2, { status: 'pending', queue_position: 0 }),
      job(3, { status: 'running' }),
      job(4)
    ]);
    expect(ids(alive.jobs)).toEqual(['job-3', 'job-2', 'job-1']);
    expect(ids(alive.running)).toEqual(['job-3']);
  });

  it('end once, however often that is heard', () => {
    alive.take([job(1, { status: 'running' })]);
    const done = job(1, { updated_at: at(9), finished_at: at(9) });
    expect(ids(alive.take([done]))).toEqual(['job-1']);
    expect(alive.take([done])).toEqual([]);
    expect(alive.take([{ ...done }])).toEqual([]);
    expect(alive.jobs).toEqual([]);
  });

  it('say nothing of ends from before this page', () => {
    expect(alive.take([job(1), job(2)])).toEqual([]);
    alive.begin();
    expect(alive.take([job(1), job(2)])).toEqual([]);
  });

  it('tell of one that came and went between two looks', () => {
    alive.take([job(1)]);
    alive.begin();
    expect(ids(alive.take([job(5)]))).toEqual(['job-5']);
    expect(alive.take([job(5)])).toEqual([]);
  });

  it('end again after a retry', () => {
    alive.take([job(1, { status: 'running' })]);
    alive.take([job(1, { status: 'failed', updated_at: at(2), finished_at: at(2) })]);
    alive.take([job(1, { status: 'pending', updated_at: at(3) })]);
    const again = alive.take([job(1, { updated_at: at(4), finished_at: at(4) })]);
    expect(ids(again)).toEqual(['job-1']);
  });

  it('are not brought back by an answer that was overtaken', () => {
    alive.take([job(1, { status: 'running', updated_at: at(8), frames_done: 80 })]);
    alive.take([job(1, { status: 'running', updated_at: at(5), frames_done: 50 })]);
    expect(alive.jobs[0]?.frames_done).toBe(80);
  });

  it('are not brought back after their end either', () => {
    alive.take([job(1, { status: 'running', updated_at: at(5) })]);
    alive.take([job(1, { updated_at: at(9), finished_at: at(9) })]);
    alive.take([job(1, { status: 'running', updated_at: at(6) })]);
    expect(alive.jobs).toEqual([]);
  });
});
