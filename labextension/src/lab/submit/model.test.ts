import { afterEach, expect, test, vi } from 'vitest';

import { VideoJobsServer } from '../../rest';
import { SubmitModel, type Source } from './model';

const CHOICE = { pipelineId: 'motion', params: {}, frameStride: null, maxFrames: null, name: '' };

function model(source: Source): SubmitModel {
  const server = new VideoJobsServer({ baseUrl: '/', token: '' });
  return new SubmitModel(server, [], text => text, source, CHOICE);
}

function refuses(field: string): void {
  vi.stubGlobal('fetch', () =>
    Promise.resolve(
      new Response(JSON.stringify({ message: 'It can’t be.', reason: 'refused', field }), {
        status: 404,
        headers: { 'Content-Type': 'application/json' }
      })
    )
  );
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test('a refusal that no field is about is told by itself, and can be tried again', async () => {
  refuses('upload_id');
  const submit = model({ uploadId: 'gone', name: 'a.mp4' });
  expect(await submit.submit()).toEqual([]);
  expect(submit.refusal).toBe('It can’t be.');
  expect(submit.problems.size).toBe(0);
});

test('a refused path stands at its field until another is taken', async () => {
  refuses('path');
  const submit = model({ paths: ['nowhere.mp4'] });
  await submit.submit();
  expect(submit.problems.has('path')).toBe(true);
  submit.take(['street.mp4']);
  expect(submit.ready).toBe(true);
  submit.dispose();
});

test('a refused name is forgotten once another is typed', async () => {
  refuses('name');
  const submit = model({ paths: ['street.mp4'] });
  await submit.submit();
  expect(submit.problems.has('name')).toBe(true);
  submit.choose({ name: 'shorter' });
  expect(submit.ready).toBe(true);
  submit.dispose();
});
