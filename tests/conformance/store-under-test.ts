/**
 * What the suites of the seam `Store` are given, and the bars and chunks that they write. In: nothing. Out: types and
 * examples.
 */
import type { Bar, BarQuery, Store, TapeChunk, TapeQuery } from '@tapeline/domain';

/** A store under test. */
export type StoreUnderTest = {
  readonly store: Store;
  /** Closes the store and opens what it kept, as a new process would. */
  readonly reopen: () => Promise<Store>;
  readonly end: () => Promise<void>;
};

/** Makes a store that is new. */
export type StartStore = () => Promise<StoreUnderTest>;

const series = { dataset: 'd', symbol: 'SPY', interval: '1m', profile: 'all' } as const;
/** All bars of the example's series. */
export const everything: BarQuery = { ...series, newestFirst: false, limit: 10_000 };

/** A bar of the example's series. */
export function barAt(startSec: number, changes: Partial<Bar> = {}): Bar {
  return {
    ...series,
    startSec,
    endSec: startSec + 60,
    tradingDate: 15_986,
    session: 'regular',
    open: 18_410,
    high: 18_425,
    low: 18_399,
    close: 18_420,
    volume: 283n,
    notional: 5_211_345n,
    trades: 3,
    revision: 1,
    foldVersion: 1,
    state: 'closed',
    position: { partition: 2, epoch: 1, offset: 17 },
    priceExponent: -2,
    sizeExponent: 0,
    ...changes,
  };
}

const chunkSeries = { dataset: 'd', symbol: 'SPY' } as const;
/** All chunks of the example's instrument. */
export const allTape: TapeQuery = { ...chunkSeries, order: 'number', limit: 1_000 };

/** A chunk of the example's instrument. */
export function chunkOf(firstNumber: number, changes: Partial<TapeChunk> = {}): TapeChunk {
  const lastNumber = changes.lastNumber ?? firstNumber + 9;
  const base = 1_381_239_000_000_000_000n;
  return {
    ...chunkSeries,
    firstNumber,
    lastNumber,
    firstEventNs: base + BigInt(firstNumber),
    lastEventNs: base + BigInt(lastNumber),
    amends: false,
    bytes: Uint8Array.of(firstNumber & 255, lastNumber & 255),
    ...changes,
  };
}
