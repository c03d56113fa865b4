/** What every clock keeps, shown on the machine's and on the one that a test moves. */
import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { type Clock, sleepMsMax, systemClock } from './clock.ts';

test.each<[string, Clock]>([
  ['the machine’s clock', systemClock],
  ['a clock by hand', new ManualClock()],
])('%s: a stop ends a sleep early without an error, before and during it', async (_name, clock) => {
  const stop = new AbortController();
  const sleeping = clock.sleep(60_000, stop.signal);
  stop.abort();
  await sleeping;
  await clock.sleep(60_000, stop.signal);
  expect(clock.monotonicMs()).toBeLessThan(30_000);
});

test.each([sleepMsMax + 1, Number.NaN, Number.POSITIVE_INFINITY])(
  'a sleep of %d ms is refused, not cut to nothing',
  async (ms) => {
    await expect(systemClock.sleep(ms)).rejects.toThrow(`sleep of ${ms} ms is no wait from 0 to 2147483647 ms`);
    await expect(new ManualClock().sleep(ms)).rejects.toThrow(RangeError);
  },
);

test('the machine’s clock tells the same time in ms and ns, and waits', async () => {
  const before = systemClock.nowMs();
  await systemClock.sleep(5);
  const afterNs = systemClock.nowNs();
  expect(Number(afterNs / 1_000_000n) - before).toBeGreaterThanOrEqual(4);
  await systemClock.sleep(-1);
});

test('by hand: sleepers wake in the order of their times, and a loop that sleeps again is seen each time', async () => {
  const clock = new ManualClock(1_000);
  const woken: string[] = [];
  const loop = async (): Promise<void> => {
    for (let round = 1; round <= 3; round += 1) {
      await clock.sleep(10);
      woken.push(`loop ${clock.nowMs()}`);
    }
  };
  const once = clock.sleep(15).then(() => woken.push(`once ${clock.nowMs()}`));
  const looping = loop();
  await clock.advance(29);
  expect(woken).toEqual(['loop 1010', 'once 1015', 'loop 1020']);
  expect(clock.sleeping).toBe(1);
  await clock.advance(1);
  await Promise.all([once, looping]);
  expect(clock.nowNs()).toBe(1_030_000_000n);
});

test('by hand: a corrected time of day moves no duration and wakes nobody', async () => {
  const clock = new ManualClock(5_000);
  const sleeping = clock.sleep(10);
  clock.setWallMs(1);
  await clock.advance(9);
  expect([clock.nowMs(), clock.monotonicMs(), clock.sleeping]).toEqual([10, 9, 1]);
  await clock.advance(1);
  await sleeping;
});

test('by hand: the 10,001st sleeper is refused', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const sleeping = Array.from({ length: 10_000 }, () => clock.sleep(1, stop.signal));
  await expect(clock.sleep(1)).rejects.toThrow('10000 sleep on this clock already');
  stop.abort();
  await Promise.all(sleeping);
  expect(clock.sleeping).toBe(0);
});
