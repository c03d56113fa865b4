/** When ticks of the past are due. */
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { idleMs, idleWaitMs, ReplayPacer } from './replay-pacer.ts';

test('at full speed every tick is due, and event time has no end', () => {
  const pacer = new ReplayPacer('max', new ManualClock());
  expect(pacer.waitMs(1_000, 0)).toBe(0);
  expect(pacer.waitMs(9_000_000, 0)).toBe(0);
  expect(pacer.eventNowSec).toBe(Infinity);
});

test('at speed 60 a minute of the market takes a second', async () => {
  const clock = new ManualClock();
  const pacer = new ReplayPacer(60, clock);
  expect(pacer.waitMs(1_000, 0)).toBe(0);
  expect(pacer.waitMs(1_060, 0)).toBe(1_000);
  await clock.advance(400);
  expect(pacer.waitMs(1_060, 0)).toBe(600);
  expect(pacer.eventNowSec).toBe(1_024);
  expect(pacer.waitMs(1_060, 600_000_000)).toBeCloseTo(610, 6);
});

test('a tick that is older than one before it is due at once', async () => {
  const clock = new ManualClock();
  const pacer = new ReplayPacer(1, clock);
  pacer.waitMs(1_000, 0);
  await clock.advance(10_000);
  expect(pacer.waitMs(1_010, 0)).toBe(0);
  expect(pacer.waitMs(1_002, 0)).toBeLessThan(0);
});

test('a night is passed over in a second, a pause in trading is not', async () => {
  const clock = new ManualClock();
  const pacer = new ReplayPacer(1, clock);
  pacer.waitMs(0, 0);
  expect(pacer.waitMs(idleMs / 1_000, 0)).toBe(idleMs);
  await clock.advance(idleMs);
  const morning = idleMs / 1_000 + 17 * 3_600;
  expect(pacer.waitMs(morning, 0)).toBe(idleWaitMs);
  await clock.advance(idleWaitMs);
  expect(pacer.waitMs(morning + 2, 0)).toBe(2_000);
});

test('at a high speed a night takes no longer than it would anyway', () => {
  const pacer = new ReplayPacer(100_000, new ManualClock());
  pacer.waitMs(0, 0);
  expect(pacer.waitMs(36_000, 0)).toBe(360);
});
