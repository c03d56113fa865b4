/** The frozen rule of placement: its vectors, its spread, its bounds. */
import { expect, test } from 'vitest';
import { homePartition, livesIn } from './home.ts';

/** Never to be changed: what lies in logs was placed by it. */
const golden: readonly [dataset: string, symbol: string, partitions: number, home: number][] = [
  ['us-equities', 'SPY', 4, 2],
  ['us-equities', 'AAPL', 4, 3],
  ['us-equities', 'MSFT', 4, 0],
  ['us-equities', 'BRK.B', 4, 1],
  ['binance-spot', 'BTCUSDT', 4, 1],
  ['binance-spot', 'SPY', 4, 3],
  ['us-equities', 'SPY', 1, 0],
  ['us-equities', 'SPY', 16, 10],
  ['us-equities', 'SPY', 1_000, 628],
  ['us-equities', 'SPY', 1_048_576, 658868],
  ['simulated', 'Ünïcode', 64, 31],
  ['😀', '東京', 64, 30],
  ['a', 'b', 64, 23],
  ['ab', '', 64, 31],
];

test.each(golden)('%s %s of %i partitions is at home in %i', (dataset, symbol, partitions, home) => {
  expect(homePartition(dataset, symbol, partitions)).toBe(home);
});

test('names that join to the same text are told apart', () => {
  const homes = new Set([homePartition('a', 'bc', 1_048_576), homePartition('ab', 'c', 1_048_576)]);
  expect(homes.size).toBe(2);
});

test.each([2, 3, 8, 16, 61])('symbols spread evenly over %i partitions, also short and alike ones', (partitions) => {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const symbols = letters.flatMap((one) => letters.flatMap((two) => letters.map((three) => one + two + three)));
  const counts = Array.from({ length: partitions }, () => 0);
  for (const symbol of symbols) {
    const home = homePartition('us-equities', symbol, partitions);
    counts[home] = (counts[home] ?? 0) + 1;
  }
  const mean = symbols.length / partitions;
  // Chi squared over its degrees of freedom is about 1 for chance; 2 would be far out.
  const chi = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0) / (partitions - 1);
  expect(chi).toBeLessThan(2);
});

test('one more partition moves instruments only to others in order, never all of them', () => {
  const symbols = Array.from({ length: 2_000 }, (_, index) => `S${index}`);
  const moved = symbols.filter((symbol) => homePartition('d', symbol, 8) !== homePartition('d', symbol, 9)).length;
  expect(moved).toBeLessThan(1_200);
});

test.each([0, -1, 1.5, 1_048_577, Number.NaN])('%d partitions are none', (partitions) => {
  expect(() => homePartition('d', 's', partitions)).toThrow(RangeError);
});

test('an instrument lives where it is pinned, also in the first partition, and else at home', () => {
  const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };
  const instrument = { dataset: 'us-equities', symbol: 'SPY', terms };
  expect([livesIn(instrument, 4), livesIn({ ...instrument, pin: 0 }, 4)]).toEqual([2, 0]);
});
