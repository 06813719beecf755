import { expect, test } from 'vitest';

import { RowCache, type Row } from './rows';

function row(time: number): Row {
  return { step: 'a', frame_index: Math.round(time * 10), pts: 0, time };
}

/** A cache over a row each tenth of a second, that tells what it is asked for. */
function cache(): { rows: RowCache; asked: [number, number][]; settled: () => Promise<void> } {
  const asked: [number, number][] = [];
  const rows = new RowCache(
    (from, to) => {
      asked.push([from, to]);
      const found: Row[] = [];
      for (let n = Math.round(from * 10); n < Math.round(to * 10); n++) {
        found.push(row(n / 10));
      }
      return Promise.resolve(found);
    },
    () => undefined,
    error => {
      throw error;
    }
  );
  return { rows, asked, settled: () => new Promise(resolve => setTimeout(resolve)) };
}

test('rows are fetched by windows, each once', async () => {
  const { rows, asked, settled } = cache();
  expect(rows.want(0, 12)).toBe(false);
  expect(rows.want(0, 12)).toBe(false);
  await settled();
  expect(rows.want(0, 12)).toBe(true);
  expect(asked).toEqual([
    [0, 10],
    [10, 20]
  ]);
});

test('rows between two times come in order, over the borders of windows', async () => {
  const { rows, settled } = cache();
  rows.want(9, 11);
  await settled();
  expect(rows.between(9.8, 10.2).map(found => found.time)).toEqual([9.8, 9.9, 10, 10.1]);
});

test('the more rows a second has, the shorter are the windows', () => {
  const { rows } = cache();
  rows.fit(12000);
  expect(rows.seconds).toBe(0.5);
  rows.fit(100);
  expect(rows.seconds).toBe(16);
  rows.fit(0);
  expect(rows.seconds).toBe(16);
});

test('what was not looked at for long is forgotten', async () => {
  const { rows, asked, settled } = cache();
  for (let time = 5; time < 200; time += 10) {
    rows.want(time, time);
    await settled();
  }
  expect(rows.between(0, 200).length).toBe(12 * 100);
  rows.want(5, 5);
  expect(asked.at(-1)).toEqual([0, 10]);
});

test('old rows are shown until the new ones are here', async () => {
  const { rows, asked, settled } = cache();
  rows.want(0, 1);
  await settled();
  rows.refresh();
  expect(rows.want(0, 1)).toBe(true);
  expect(asked.length).toBe(2);
  expect(rows.between(0, 1).length).toBe(10);
});

test('a request that failed is made again when it is wanted again', async () => {
  let tries = 0;
  const errors: unknown[] = [];
  const rows = new RowCache(
    () => (tries++ === 0 ? Promise.reject(new Error('away')) : Promise.resolve([row(0)])),
    () => undefined,
    error => errors.push(error)
  );
  rows.want(0, 0);
  await new Promise(resolve => setTimeout(resolve));
  expect(errors.length).toBe(1);
  rows.want(0, 0);
  await new Promise(resolve => setTimeout(resolve));
  expect(rows.between(0, 1).length).toBe(1);
});
