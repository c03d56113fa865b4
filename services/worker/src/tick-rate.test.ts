/** A rate is that of the ticks in the market, whether they are counted as they come or all at once later. */
import { expect, test } from 'vitest';
import { TickRate } from './tick-rate.ts';

test('a steady partition has its rate from the first second on', () => {
  const rate = new TickRate(1_000, 0, 50_000);
  expect(rate.perSecond).toBe(0);
  for (let second = 1; second <= 3; second += 1)
    rate.note(1_000 + second * 200, second * 1_000, 50_000 + second * 1_000);
  expect(rate.perSecond).toBeCloseTo(200, 6);
});

test('a backlog that is counted at once is rated by the time of the log', () => {
  const rate = new TickRate(0, 0, 0);
  rate.note(60_000, 100, 600_000);
  expect(rate.perSecond).toBeCloseTo(100, 6);
});

test('one that goes quiet is forgotten within some minutes, though its clock stands still', () => {
  const rate = new TickRate(0, 0, 0);
  let second = 0;
  for (; second < 60; second += 1) rate.note(second * 10_000, second * 1_000, second * 1_000);
  for (; second < 60 + 300; second += 1) rate.note(590_000, second * 1_000, 59_000);
  expect(rate.perSecond).toBeLessThan(0.5);
});

test('no time, no rate', () => {
  const rate = new TickRate(0, 5, 5);
  rate.note(10, 5, 5);
  expect(rate.perSecond).toBe(0);
});
