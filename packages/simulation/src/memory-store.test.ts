/** The store in memory: the higher revision wins everywhere, and one revision has one content. */
import type { Bar } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { barKey } from './bar-text.ts';
import { MemoryStore } from './memory-store.ts';

const bar: Bar = {
  dataset: 'd',
  symbol: 'AAA',
  interval: '1m',
  profile: 'all',
  startSec: 60,
  endSec: 120,
  tradingDate: 0,
  session: 'regular',
  open: 1,
  high: 1,
  low: 1,
  close: 1,
  volume: 10n,
  notional: 10n,
  trades: 1,
  revision: 2,
  foldVersion: 1,
  state: 'closed',
  position: { partition: 0, epoch: 0, offset: 3 },
  priceExponent: -2,
  sizeExponent: 0,
};

test('the highest revision stays, in whatever order they come', () => {
  const store = new MemoryStore();
  const higher: Bar = { ...bar, revision: 3, volume: 20n, state: 'revised' };
  store.write([higher, bar, higher]);
  expect(store.bars()).toEqual([higher]);
  expect(store.bar(barKey(bar))).toBe(higher);
  expect(store.lowerRefused).toBe(1);
  expect(store.violations).toEqual([]);
});

test('a newer fold version wins over any revision of an older one', () => {
  const store = new MemoryStore();
  store.write([
    { ...bar, foldVersion: 2, revision: 1 },
    { ...bar, revision: 9 },
  ]);
  expect(store.bars()).toMatchObject([{ foldVersion: 2, revision: 1 }]);
});

test('one revision with other contents is a violation, also when a higher one is there already', () => {
  const store = new MemoryStore();
  store.write([bar, { ...bar, revision: 3 }, { ...bar, notional: 11n }]);
  expect(store.violations).toMatchObject([{ kept: bar, refused: { notional: 11n } }]);
  expect(store.violations[0]?.message).toContain('revision 2 has two contents');
  expect(store.bars()).toMatchObject([{ revision: 3 }]);
});

test('the place in the log is part of the contents', () => {
  const store = new MemoryStore();
  store.write([bar, { ...bar, position: { partition: 0, epoch: 0, offset: 4 } }]);
  expect(store.violations).toHaveLength(1);
});

test('bars of other profiles, lengths, starts and datasets are others', () => {
  const store = new MemoryStore();
  const others = [
    { profile: 'sip' },
    { interval: '1s' },
    { startSec: 120 },
    { dataset: 'e' },
    { symbol: 'B' },
  ] as const;
  store.write([bar, ...others.map((other) => ({ ...bar, ...other }))]);
  expect(store.bars()).toHaveLength(6);
  expect(store.violations).toEqual([]);
});
