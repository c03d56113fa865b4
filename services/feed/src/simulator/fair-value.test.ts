/** How fair values move. */
import { expect, test } from 'vitest';
import { FairValue } from './fair-value.ts';

const day = 86_400;
const startSec = 20_000 * day;

function returns(stepSec: number, count: number, place = 0): number[] {
  const value = new FairValue({ seed: 5, place, level: 10_000, volatility: 0.02 });
  const values = Array.from({ length: count + 1 }, (_, index) => Math.log(value.at(startSec + index * stepSec)));
  return values.slice(1).map((value, index) => value - (values[index] ?? 0));
}

function deviation(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

test('a day moves by about the volatility, an hour by its root of a twenty-fourth, a minute likewise', () => {
  for (const [stepSec, count] of [
    [day, 400],
    [3_600, 5_000],
    [60, 50_000],
  ] as const) {
    const expected = 0.02 * Math.sqrt(stepSec / day);
    const found = deviation(returns(stepSec, count));
    expect(found / expected).toBeGreaterThan(0.5);
    expect(found / expected).toBeLessThan(1.6);
  }
});

test('it comes back to its level: over years it stays within a factor of its volatility', () => {
  const value = new FairValue({ seed: 5, place: 1, level: 10_000, volatility: 0.02 });
  const values = Array.from({ length: 2_000 }, (_, index) => value.at(startSec + index * day));
  expect(Math.min(...values)).toBeGreaterThan(8_000);
  expect(Math.max(...values)).toBeLessThan(12_500);
});

test('volatile minutes come in clusters: the size of a move tells of the size of the next', () => {
  const sizes = returns(10, 60_000).map(Math.abs);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  // A minute apart, so that no two moves share the straight line of a noise.
  const lag = 30;
  let [together, alone] = [0, 0];
  for (let index = lag; index < sizes.length; index += 1) {
    const [now, before] = [(sizes[index] ?? 0) - mean, (sizes[index - lag] ?? 0) - mean];
    together += now * before;
    alone += now * now;
  }
  expect(together / alone).toBeGreaterThan(0.05);
});

test('instruments move each for itself', () => {
  const [left, right] = [returns(3_600, 3_000, 0), returns(3_600, 3_000, 1)];
  const product = left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
  expect(Math.abs(product / (deviation(left) * deviation(right) * left.length))).toBeLessThan(0.1);
});

test('it is the same whenever it is asked for, and in whatever order', () => {
  const facts = { seed: 5, place: 2, level: 10_000, volatility: 0.02 };
  const once = new FairValue(facts);
  const times = Array.from({ length: 500 }, (_, index) => startSec + ((index * 7_919) % 500) * 777);
  for (const sec of times) expect(once.at(sec)).toBe(new FairValue(facts).at(sec));
});
