import { expect, test } from 'vitest';

import { Speed } from './speed';

test('speed is the mean of the last seconds', () => {
  const speed = new Speed();
  speed.add(0, 0);
  expect(speed.bytesPerSecond).toBe(0);
  for (let second = 1; second <= 10; second += 1) {
    speed.add(second * 100, second);
  }
  expect(speed.bytesPerSecond).toBe(100);
  for (let second = 11; second <= 20; second += 1) {
    speed.add(1000 + (second - 10) * 400, second);
  }
  expect(speed.bytesPerSecond).toBe(400);
});

test('speed starts anew where the server has fewer bytes than were on their way', () => {
  const speed = new Speed();
  speed.add(0, 0);
  speed.add(1000, 1);
  speed.add(600, 2);
  speed.add(800, 3);
  expect(speed.bytesPerSecond).toBe(200);
});
