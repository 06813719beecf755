import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { job } from './testing/server';
import { ago, bytes, duration, failure, line, nameOf, percent } from './words';

const trans = nullTranslator.load('videojobs');

describe('words', () => {
  it.each([
    [0.02, '0.1 s'],
    [0.84, '0.8 s'],
    [12.4, '12 s'],
    [59.7, '1 min'],
    [200, '3 min 20 s'],
    [3600, '1 h'],
    [3900, '1 h 5 min']
  ])('tell %d seconds as %s', (seconds, told) => {
    expect(duration(seconds, trans)).toBe(told);
  });

  it.each([
    [-5, 'just now'],
    [59, 'just now'],
    [60, '1 min ago'],
    [7200, '2 h ago'],
    [86_400, '1 day ago'],
    [3 * 86_400, '3 days ago']
  ])('tell what was %d seconds ago as %s', (seconds, told) => {
    const now = Date.UTC(2026, 5, 1);
    expect(ago(new Date(now - seconds * 1000).toISOString(), now, trans)).toBe(told);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [3400, '3.4 kB'],
    [73_000, '73 kB'],
    [2_500_000_000, '2.5 GB']
  ])('tell %d bytes as %s', (count, told) => {
    expect(bytes(count)).toBe(told);
  });

  it('call a job as its user does, or else as its video', () => {
    expect(nameOf(job(1, { name: 'Traffic' }))).toBe('Traffic');
    expect(nameOf(job(1))).toBe('clip-1.mp4');
  });

  it('tell how far a job is, and never that it is done before it is', () => {
    expect(percent(job(1, { fraction: 0.999 }))).toBe(99);
    const running = job(1, {
      status: 'running',
      frames_done: 134,
      frames_total: 250,
      fps: 91.7,
      eta_seconds: 1.3
    });
    expect(line(running, trans)).toBe('134/250 · 92 fps · 1 s left');
    expect(line({ ...running, frames_done: 0, stage: 'preparing' }, trans)).toBe('Preparing');
    expect(line({ ...running, frames_done: 250, stage: 'rendering' }, trans)).toBe(
      'Making pictures and films'
    );
    expect(line({ ...running, cancel_requested: true }, trans)).toBe('Stopping …');
  });

  it('speak of a stage that they do not know by its own name', () => {
    expect(line(job(1, { status: 'running', stage: 'merging_parts' }), trans)).toBe(
      'Merging parts'
    );
  });

  it.each([
    [0, 'Next in the queue'],
    [1, 'Waits for 1 job'],
    [12, 'Waits for 12 jobs'],
    [null, 'Waiting']
  ])('tell the place %s in the queue', (queue_position, told) => {
    expect(line(job(1, { status: 'pending', attempt: 0, queue_position }), trans)).toBe(told);
  });

  it('tell of a job that an interruption put back into the queue', () => {
    const waiting = job(1, { status: 'pending', attempt: 1, queue_position: 0 });
    expect(line(waiting, trans)).toBe('Next in the queue · goes on after an interruption');
  });

  it('tell how long a completed job took', () => {
    const done = job(1, {
      started_at: '2026-01-01T00:00:00Z',
      finished_at: '2026-01-01T00:00:09Z'
    });
    expect(line(done, trans)).toBe('Completed in 9 s');
  });

  it.each([
    'error',
    'cancelled',
    'timeout',
    'crashed',
    'out_of_memory',
    'bad_video',
    'missing_input'
  ] as const)('tell why a job failed and what to do about it: %s', failure_reason => {
    const { why, remedy } = failure(job(1, { status: 'failed', failure_reason }), trans);
    expect(why).not.toBe('');
    expect(remedy).toMatch(/\.$/);
  });
});
