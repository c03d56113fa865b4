/** How far a stream is: offsets only forward, what waits is behind the token, and what is said to be complete. */
import { expect, test } from 'vitest';
import { StreamPlace } from './stream-place.ts';

const none: ReadonlyMap<number, number> = new Map();

test('offsets and the watermark only go forward, and partitions that were added begin at 0', () => {
  const place = new StreamPlace([5, 5]);
  place.advance(0, 9);
  place.advance(0, 7);
  place.meet({ positions: [8, 6, 3], watermarkNs: 70n, latenessMs: 0 });
  place.meet({ positions: [8, 6], watermarkNs: 60n, latenessMs: 0 });
  expect([place.at, place.watermarkNs, place.of(9)]).toEqual([[9, 6, 3], 70n, 0]);
});

test('a token stays before what waits', () => {
  const place = new StreamPlace([9, 6, 3]);
  expect(place.tokenAt(none)).toEqual([9, 6, 3]);
  expect(place.tokenAt(new Map([[1, 2]]))).toEqual([9, 2, 3]);
});

test('while a stream reads by itself the lowest clock of its homes counts, once each has told one, less the lateness', () => {
  const place = new StreamPlace([5, 5, 0], [0, 1]);
  place.read(0, 6, 3_000_000_000n, 1_000);
  expect([place.watermarkNs, place.passedSec]).toEqual([0n, -1]);
  place.read(2, 6, 9_000_000_000n, 0);
  place.read(1, 6, 5_500_000_000n, 0);
  expect([place.watermarkNs, place.passedSec]).toEqual([3_000_000_000n, 2]);
});

test('nothing is claimed by what was read where instruments move, or once one of them moved', () => {
  const anywhere = new StreamPlace([0]);
  anywhere.read(0, 1, 3_000_000_000n, 0);
  const moving = new StreamPlace([0], [0]);
  moving.claimNoMore();
  moving.read(0, 1, 3_000_000_000n, 0);
  expect([anywhere.watermarkNs, moving.watermarkNs]).toEqual([0n, 0n]);
  moving.meet({ positions: [1], watermarkNs: 2n, latenessMs: 0 });
  expect(moving.watermarkNs).toBe(2n);
});
