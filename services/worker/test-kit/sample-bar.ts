/**
 * A bar for tests that do not ask what is in it. In: nothing. Out: one closed bar of one second, which the contract takes
 * as it is.
 */
import type { Bar } from '@tapeline/domain';

/** The first second of 1970, one trade. */
export const sampleBar: Bar = {
  dataset: 'd',
  symbol: 'S',
  interval: '1s',
  profile: 'all',
  startSec: 0,
  endSec: 1,
  tradingDate: 0,
  session: 'regular',
  open: 1,
  high: 1,
  low: 1,
  close: 1,
  volume: 1n,
  notional: 1n,
  trades: 1,
  revision: 2,
  foldVersion: 1,
  state: 'closed',
  position: { partition: 0, epoch: 0, offset: 0 },
  priceExponent: 0,
  sizeExponent: 0,
};

/** The same of another second since the Unix epoch. */
export function barAt(startSec: number): Bar {
  return { ...sampleBar, startSec, endSec: startSec + 1 };
}
