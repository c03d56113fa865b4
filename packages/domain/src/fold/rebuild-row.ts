/**
 * Rebuilds the cells of a finest bar from its trades. In: the retained blocks between the bar's first and last, and
 * the amendments. Out: the cells as if only the trades that still stand had ever come. Events and publishers stay.
 */
import type { Amendment, InstrumentState } from '../bars/instrument-state.ts';
import { amendmentKey } from '../bars/instrument-state.ts';
import type { TickColumns } from '../log/tick-columns.ts';
import { TimeDomain } from '../log/tick-columns.ts';
import { refold } from './fold-cells.ts';
import { eachAppliedTrade } from './find-original.ts';
import type { FoldState } from './fold-state.ts';

/** Folds the row's trades anew. */
export function rebuildRow(state: FoldState, instrument: InstrumentState, row: number): void {
  const { rows } = state;
  rows.clearCells(row);
  const startSec = rows.startSec[row]!;
  const endSec = rows.endSec[row]!;
  const range = { firstBlock: rows.firstBlock[row]!, lastBlock: rows.lastBlock[row]! };
  eachAppliedTrade(state, instrument, range, (columns, index, publisher, sequence) => {
    const ns = columns.timeNs[index]!;
    const startNs = (startSec - columns.baseSec) * 1e9 - columns.baseNano;
    if (ns < startNs || ns >= startNs + (endSec - startSec) * 1e9) return;
    if (instrument.amendments.has(amendmentKey(publisher, sequence))) return;
    refold(state, columns, index, { row, publisher, sequence });
  });
  for (const amendment of instrument.amendments.values()) {
    if (amendment.cancelled || amendment.eventSec < startSec || amendment.eventSec >= endSec) continue;
    const { publisher, sequence } = amendment;
    refold(state, asColumns(state, amendment), 0, { row, publisher, sequence });
  }
}

/** A corrected trade as a block of one tick. */
function asColumns(state: FoldState, amendment: Amendment): TickColumns {
  const columns = state.rebuildColumns;
  columns.serial += 1;
  columns.onlyTrades = true;
  columns.consecutive = true;
  columns.timeDomain = TimeDomain.live;
  columns.baseSec = amendment.eventSec;
  columns.baseNano = amendment.eventNano;
  columns.attributes.length = 0;
  columns.attributes.push({ attributes: amendment.attributes, eligibility: [] });
  columns.tickCount = 1;
  columns.timeNs[0] = 0;
  columns.attribute[0] = 0;
  columns.price[0] = amendment.price;
  columns.size[0] = amendment.size;
  return columns;
}
