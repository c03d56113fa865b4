/**
 * Rules K1 to K3. In: append times. Out: the clock and the waiting clock.
 */
import { expect, test } from 'vitest';
import { PartitionClock } from './partition-clock.ts';

test('the clock is the highest append time so far and never steps back', () => {
  const clock = new PartitionClock();
  for (const ms of [1_000, 5_000, 3_000]) clock.advance(ms);
  expect(clock.nowMs).toBe(5_000);
});

test('waiting counts at most 2 s a record, so an outage declares nothing', () => {
  const clock = new PartitionClock();
  clock.advance(1_000);
  clock.advance(1_500);
  expect(clock.waitedMs).toBe(500);
  clock.advance(3_600_000);
  expect(clock.waitedMs).toBe(2_500);
});

test('the first record starts the clock and is no waiting', () => {
  const clock = new PartitionClock();
  clock.advance(1_700_000_000_000);
  expect(clock.waitedMs).toBe(0);
});
