import { expect, test } from 'vitest';

import { fingerprintOf } from './fingerprint';

const file = (bytes: Uint8Array<ArrayBuffer>, lastModified = 1) =>
  new File([bytes], 'a.mp4', { lastModified });

test('the same file has the same fingerprint in another tab', async () => {
  const bytes = new Uint8Array(100_000).fill(7);
  expect(await fingerprintOf(file(bytes))).toBe(await fingerprintOf(file(bytes.slice())));
});

test.each([0, 50_100, 99_999])(
  'a film of the same name, size and time that differs at byte %i has another one',
  async place => {
    const bytes = new Uint8Array(100_000).fill(7);
    const other = bytes.slice();
    other[place] = 8;
    expect(await fingerprintOf(file(bytes))).not.toBe(await fingerprintOf(file(other)));
  }
);

test('files of a few bytes, and of none, have one', async () => {
  const few = await fingerprintOf(file(new Uint8Array(3)));
  expect(few).not.toBe(await fingerprintOf(file(new Uint8Array(0))));
  expect(few).not.toBe(await fingerprintOf(file(new Uint8Array([1, 2, 3]))));
});
