/**
 * Rebuilds the cells of a finest bar from its trades. In: the retained blocks between the bar's first and last, and
 * the amendments. Out: the cells as if only the trades that still stand had ever come. Events and publishers stay.
 */
import type { Amendment } from '../bars/amendment.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { TickColumns } from '../log/tick-columns.ts';
import { TimeDomain } from '../log/tick-columns.ts';
import { refold } from './fold-cells.ts';
import type { RetainedBlock } from '../tape/retained-log.ts';
import { eachRetainedGroup, isAppliedTrade, type RetainedGroup } from './find-original.ts';
import type { FoldState } from './fold-state.ts';

/** Folds the row's trades anew. */
export function rebuildRow(state: FoldState, instrument: InstrumentState, row: number): void {
  const { rows } = state;
  state.writing?.keepRow(row);
  rows.clearCells(row);
  const startSec = rows.startSec[row]!;
  const endSec = rows.endSec[row]!;
  const range = {
    firstBlock: rows.firstBlock[row]!,
    lastBlock: rows.lastBlock[row]!,
    mayHold: (block: RetainedBlock) => block.highSec >= startSec && block.lowSec < endSec,
  };
  const amended = amendedSequences(instrument);
  eachRetainedGroup(state, instrument, range, (group) => refoldGroup(state, group, row, amended.get(group.publisher)));
  for (const amendment of instrument.amendments.values()) {
    if (amendment.cancelled || amendment.eventSec < startSec || amendment.eventSec >= endSec) continue;
    refoldAmendment(state, row, amendment);
  }
}

/** Sequences of the instrument's amended trades, by publisher. */
function amendedSequences(instrument: InstrumentState): Map<number, Set<number>> {
  const amended = new Map<number, Set<number>>();
  for (const { publisher, sequence } of instrument.amendments.values()) {
    const sequences = amended.get(publisher);
    if (sequences === undefined) amended.set(publisher, new Set([sequence]));
    else sequences.add(sequence);
  }
  return amended;
}

/** Folds the group's trades that lie in the bar and still stand, run by run. */
function refoldGroup(state: FoldState, group: RetainedGroup, row: number, amended: Set<number> | undefined): void {
  const { columns, publisher } = group;
  const { timeNs } = columns;
  const startNs = (state.rows.startSec[row]! - columns.baseSec) * 1e9 - columns.baseNano;
  const endNs = (state.rows.endSec[row]! - columns.baseSec) * 1e9 - columns.baseNano;
  const to = columns.groupStart[group.group + 1]!;
  let from = -1;
  for (let index = columns.groupStart[group.group]!; index <= to; index += 1) {
    const stands =
      index < to &&
      timeNs[index]! >= startNs &&
      timeNs[index]! < endNs &&
      isAppliedTrade(group, index) &&
      amended?.has(columns.sequenceAt(group.group, index)) !== true;
    if (stands && from < 0) from = index;
    if (stands || from < 0) continue;
    const sequence = columns.sequenceAt(group.group, from);
    refold(state, columns, { from, to: index }, { row, publisher, sequence });
    from = -1;
  }
}

/** Folds a corrected trade into the row. */
export function refoldAmendment(state: FoldState, row: number, amendment: Amendment): void {
  const { publisher, sequence } = amendment;
  refold(state, asColumns(state, amendment), { from: 0, to: 1 }, { row, publisher, sequence });
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
