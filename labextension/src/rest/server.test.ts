import { afterEach, describe, expect, test, vi } from 'vitest';

import { ExtensionMissing, ServerAway, ServerRefused } from './errors';
import { settingsOfPage, VideoJobsServer } from './server';

const server = new VideoJobsServer({ baseUrl: '/a%40b/', token: '' });

function answers(status: number, body: unknown): void {
  vi.stubGlobal('fetch', () =>
    Promise.resolve(
      new Response(JSON.stringify(body), {
        status,
        headers: { 'Content-Type': 'application/json' }
      })
    )
  );
}

const ask = () => server.unwrap(server.rest.GET('/jobs'));

afterEach(() => {
  vi.unstubAllGlobals();
  document.head.innerHTML = '';
});

describe('a server', () => {
  test('has its routes below the base URL of the page', () => {
    expect(new URL(server.url('jobs/1/video')).pathname).toBe('/a%40b/v1/video/jobs/1/video');
  });

  test('gives what it answered', async () => {
    answers(200, { jobs: [], next_cursor: null });
    expect(await ask()).toEqual({ jobs: [], next_cursor: null });
  });

  test('refuses in its own words, and names the field', async () => {
    answers(400, { message: 'No such order.', reason: 'bad_value', field: 'sort' });
    const refused = await ask().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ServerRefused);
    expect(refused).toMatchObject({ message: 'No such order.', status: 400, field: 'sort' });
  });

  test('without videojobs is told apart from an unknown job', async () => {
    answers(404, { message: 'Not Found' });
    await expect(ask()).rejects.toBeInstanceOf(ExtensionMissing);
    answers(404, { message: 'There is no job 1.', reason: 'unknown_job' });
    await expect(ask()).rejects.toBeInstanceOf(ServerRefused);
  });

  test('that does not answer is away, and so is one behind a proxy that says so', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(ask()).rejects.toBeInstanceOf(ServerAway);
    answers(502, {});
    await expect(ask()).rejects.toBeInstanceOf(ServerAway);
  });
});

describe('the settings of a page', () => {
  test('come from its configuration', () => {
    document.head.innerHTML =
      '<script id="jupyter-config-data" type="application/json">{"baseUrl": "/x/", "token": "t"}</script>';
    expect(settingsOfPage()).toEqual({ baseUrl: '/x/', token: 't' });
  });

  test('are null where there is no Jupyter server', () => {
    expect(settingsOfPage()).toBeNull();
  });
});
