/**
 * Bars for tests of the page's rules. In: what matters to a test. Out: a whole bar, everything else as usual, so that a
 * test shows only what it is about.
 */
import type { ViewBar } from '../src/data/view-bar.ts';

/** A closed bar of SPY of one minute; `startSec` also sets its end. */
export function viewBar(part: Partial<ViewBar>): ViewBar {
  const startSec = part.startSec ?? 0;
  return {
    dataset: 'us',
    symbol: 'SPY',
    interval: '1m',
    profile: 'all',
    startSec,
    endSec: startSec + 60,
    open: '1.00',
    high: '2.00',
    low: '0.50',
    close: '1.50',
    volume: '100',
    vwap: '1.20',
    trades: 3,
    revision: 4,
    state: 'closed',
    ...part,
  };
}
