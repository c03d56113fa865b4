/** Counts are what this run added, and a symbol that nobody has is found. */
import type { StoredInstrument } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { type CountedMarket, missingSymbols, onceCounts } from './once-counts.ts';

const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };
const standing = { state: 'ended', detail: '', ticks: 0, rejected: 0, gaps: 0, refused: 0 } as const;

function partitionsOf(ticks: number, bars: number): ReturnType<CountedMarket['worker']['status']> {
  return [
    { ticks, bars },
    { ticks: 1, bars: 1 },
  ] as unknown as ReturnType<CountedMarket['worker']['status']>;
}

function marketWith(instruments: number, feeds: ReturnType<CountedMarket['feeds']['standings']>): CountedMarket {
  const all: StoredInstrument[] = Array.from({ length: instruments }, (_, place) => ({
    dataset: 'd',
    symbol: String(place).padStart(6, '0'),
    terms,
  }));
  return {
    worker: { status: () => partitionsOf(110, 220) },
    feeds: { standings: () => feeds },
    store: {
      instruments: async ({ after, limit }) =>
        all.filter(({ symbol }) => symbol > (after?.symbol ?? '')).slice(0, limit),
    },
  };
}

test('ticks and bars are those of this run, and the feeds are added up', async () => {
  const feeds = [
    { ...standing, name: 'a', ticks: 90, rejected: 1, refused: 2, gaps: 3 },
    { ...standing, name: 'b', ticks: 20 },
  ];
  expect(await onceCounts(marketWith(3, feeds), partitionsOf(10, 20), 2_500)).toEqual({
    sent: 110,
    ticks: 100,
    bars: 200,
    instruments: 3,
    rejected: 1,
    refused: 2,
    gaps: 3,
    seconds: 2.5,
    ticksPerSecond: 40,
  });
});

test('a run that took no time has no rate, and instruments of several pages are all counted', async () => {
  const counts = await onceCounts(marketWith(2_001, []), partitionsOf(110, 220), 0);
  expect(counts).toMatchObject({ ticks: 0, seconds: 0, ticksPerSecond: 0, instruments: 2_001 });
  expect(await onceCounts(marketWith(1_000, []), partitionsOf(110, 220), 0)).toMatchObject({ instruments: 1_000 });
});

test('a symbol is missing where no dataset has it', async () => {
  const store = {
    instrumentsNamed: async (symbol: string): Promise<readonly StoredInstrument[]> =>
      symbol === 'SPY' ? [{ dataset: 'd', symbol, terms }] : [],
  };
  expect(await missingSymbols(store, ['SPY', 'NOPE', 'spy'])).toEqual(['NOPE', 'spy']);
  expect(await missingSymbols(store, [])).toEqual([]);
});
