/**
 * Bars for tests. In: what a test cares about. Out: a bar that is whole, with prices as the first minute of a day of
 * SPY has them.
 */
import type { Bar } from '@tapeline/domain';

/** A bar of SPY in 1m and all, where a test does not say otherwise. */
export function exampleBar(changes: Partial<Bar> = {}): Bar {
  const startSec = changes.startSec ?? 1_381_239_000;
  return {
    dataset: 'd',
    symbol: 'SPY',
    interval: '1m',
    profile: 'all',
    startSec,
    endSec: startSec + 60,
    tradingDate: 15_986,
    session: 'regular',
    open: 1_841_000,
    high: 1_842_500,
    low: 1_839_900,
    close: 1_842_000,
    volume: 283n,
    notional: 521_134_500n,
    trades: 3,
    revision: 1,
    foldVersion: 1,
    state: 'closed',
    position: { partition: 0, epoch: 0, offset: 17 },
    priceExponent: -4,
    sizeExponent: 0,
    ...changes,
  };
}
