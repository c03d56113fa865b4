/** How far a stream is: offsets only forward, the lowest clock, and no bucket before every clock is known. */
import { expect, test } from 'vitest';
import { StreamPlace } from './stream-place.ts';

test('offsets and clocks only go forward', () => {
  const place = new StreamPlace([5, 5]);
  place.advance(0, 9, 100n);
  place.advance(0, 7, 50n);
  place.meet({ positions: [8, 6], clocksNs: [90n, 70n], latenessMs: 0 });
  expect(place.at).toEqual([9, 6]);
  expect([place.watermarkNs([0]), place.watermarkNs([0, 1])]).toEqual([100n, 100n]);
});

test('the watermark is the lowest clock, and unknown until each has told one', () => {
  const place = new StreamPlace([5, 5, 0]);
  place.advance(0, 6, 3_000_000_000n, 1_000);
  expect([place.watermarkNs([0, 1]), place.passedSec([0, 1])]).toEqual([0n, -1]);
  place.advance(1, 6, 5_500_000_000n);
  expect([place.watermarkNs([0, 1]), place.passedSec([0, 1])]).toEqual([3_000_000_000n, 2]);
});

test('a partition whose ticks were not put out yet, or whose records are all gone, holds the watermark until it speaks', () => {
  const place = new StreamPlace([5, 0, 9]);
  place.advance(0, 6, 3_000_000_000n, 1_000);
  expect([place.watermarkNs([0, 1]), place.passedSec([0, 2])]).toEqual([0n, -1]);
  // The mark of a worker that started.
  place.advance(1, 1, 2_000_000_000n);
  place.advance(2, 10, 4_000_000_000n);
  expect(place.watermarkNs([0, 1, 2])).toBe(2_000_000_000n);
});
