/**
 * Makes the bars that a row shows, one a profile. In: a refreshed row. Out: `Bar` values, forming, closed or revised.
 * Law 5: the revision counts the events applied to the bar, its closing being one.
 */
import type { Bar } from '../bars/bar.ts';
import { RowFlag } from '../bars/bar-rows.ts';
import { exactSums } from '../bars/fold-run.ts';
import { epochOf } from '../placement/handover-rules.ts';
import type { FoldState } from './fold-state.ts';
import { foldVersion } from './fold-types.ts';
import { closeOf, openOf } from './merge-rows.ts';

/** The row's bars in the order of the configured profiles; none for a level that nobody asked for. */
export function barsOf(state: FoldState, row: number): Bar[] {
  const { rows, levels, profiles } = state;
  const level = levels[rows.level[row]!]!;
  if (!level.reported) return [];
  const instrument = state.instruments[rows.instrument[row]!]!;
  const terms = instrument.terms!;
  const closed = rows.has(row, RowFlag.closed);
  const startSec = rows.startSec[row]!;
  const session = instrument.calendar!.sessionAt(startSec);
  return profiles.map((profile, place): Bar => {
    const cell = row * profiles.length + place;
    const sums = exactSums(rows, cell);
    return {
      dataset: instrument.dataset,
      symbol: instrument.symbol,
      interval: level.interval.name,
      profile,
      startSec,
      endSec: rows.endSec[row]!,
      tradingDate: rows.tradingDate[row]!,
      session,
      open: openOf(state, instrument, row, place),
      high: rows.high[cell] === -Infinity ? null : rows.high[cell]!,
      low: rows.low[cell] === Infinity ? null : rows.low[cell]!,
      close: closeOf(state, instrument, row, place),
      volume: sums.volume,
      notional: sums.notional,
      trades: rows.trades[cell]!,
      revision: rows.events[row]! + (closed ? 1 : 0),
      foldVersion,
      state: !closed ? 'forming' : rows.has(row, RowFlag.revised) ? 'revised' : 'closed',
      position: { partition: state.config.partition, epoch: epochOf(instrument.place), offset: state.offset },
      priceExponent: terms.priceExponent,
      sizeExponent: terms.sizeExponent,
    };
  });
}
