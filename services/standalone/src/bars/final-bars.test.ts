/** Which bars are given out when, and in which order. */
import type { Bar } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { FinalBars } from './final-bars.ts';

function bar(symbol: string, startSec: number, revision: number = 2, endSec: number = startSec + 60): Bar {
  const prices = { open: 1, high: 1, low: 1, close: 1, volume: 1n, notional: 1n, trades: 1 };
  const position = { partition: 0, epoch: 0, offset: 0 };
  const units = { priceExponent: 0, sizeExponent: 0, foldVersion: 1, position };
  const name = { dataset: 'd', symbol, interval: '1m', profile: 'all', session: 'regular', tradingDate: 0 } as const;
  return { ...name, ...prices, ...units, startSec, endSec, revision, state: 'closed' };
}

function inWords(bars: readonly Bar[]): string[] {
  return bars.map(({ symbol, startSec, revision }) => `${symbol} ${startSec} r${revision}`);
}

test('a bar is given out once everything is past its end by the horizon, in its last revision', () => {
  const bars = new FinalBars(60_000);
  bars.put([bar('A', 0, 2), bar('A', 60, 2), bar('A', 0, 3)]);
  expect(inWords(bars.take(119))).toEqual([]);
  expect(inWords(bars.take(120))).toEqual(['A 0 r3']);
  expect(inWords(bars.take(120))).toEqual([]);
  expect(inWords(bars.take(Infinity))).toEqual(['A 60 r2']);
  expect(bars.outOfOrder).toBe(0);
});

test('bars come by start, then dataset, then symbol', () => {
  const bars = new FinalBars(0);
  bars.put([bar('B', 60), { ...bar('A', 60), dataset: 'e' }, bar('b', 0), bar('A', 60), bar('Z', 0)]);
  expect(inWords(bars.take(Infinity))).toEqual(['Z 0 r2', 'b 0 r2', 'A 60 r2', 'B 60 r2', 'A 60 r2']);
});

test('a bar that ends later holds up the bars after it, so that the order stays', () => {
  const bars = new FinalBars(0);
  bars.put([bar('A', 0, 2, 300), bar('B', 0, 2, 60), bar('B', 60, 2, 120)]);
  expect(inWords(bars.take(120))).toEqual([]);
  expect(inWords(bars.take(300))).toEqual(['A 0 r2', 'B 0 r2', 'B 60 r2']);
});

test('bars that had to be given out after later ones are counted', () => {
  const bars = new FinalBars(0);
  bars.put([bar('A', 600)]);
  bars.take(660);
  bars.put([bar('B', 0), bar('C', 0), bar('C', 900)]);
  expect(inWords(bars.take(Infinity))).toHaveLength(3);
  expect(bars.outOfOrder).toBe(2);
});
