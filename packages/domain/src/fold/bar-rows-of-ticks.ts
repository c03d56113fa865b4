/**
 * Finds or opens the bars that a tick belongs to, and tells coarser bars of changes. In: an instrument, a time, a row.
 * Out: rows, with publisher sets and due times kept. A change of a closed bar marks it to be put out at the end of the
 * record, once, however many events it took (law 5 counts them all).
 */
import { bucketAt, type Bucket } from '../bars/bar-levels.ts';
import { RowFlag } from '../bars/bar-rows.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { Link } from '../tape/link.ts';
import { giveUpAfterMs, isLate, liveBit } from './bar-times.ts';
import type { FoldState } from './fold-state.ts';

const bucket: Bucket = { startSec: 0, endSec: 0 };

/** The finest bar that contains `sec`, opened with all coarser ones if need be; -1 = a tick of it would be late. */
export function finestRowAt(state: FoldState, instrument: InstrumentState, link: Link, sec: number): number {
  bucketAt(state.levels[0]!.interval, instrument.calendar!, sec, bucket);
  const { startSec, endSec } = bucket;
  const row = instrument.rows[0]!.find(state.rows, startSec);
  if (isLate(state, instrument, link, sec, row)) return -1;
  return row >= 0 ? row : openRow(state, instrument, 0, startSec, endSec);
}

/** The finest bar that contains `sec`; -1 = it is not in the state. */
export function finestRowOf(state: FoldState, instrument: InstrumentState, sec: number): number {
  bucketAt(state.levels[0]!.interval, instrument.calendar!, sec, bucket);
  return instrument.rows[0]!.find(state.rows, bucket.startSec);
}

/** The row of a coarser level that contains the row; -1 = there is none. */
export function rowAbove(state: FoldState, instrument: InstrumentState, level: number, row: number): number {
  bucketAt(state.levels[level]!.interval, instrument.calendar!, state.rows.startSec[row]!, bucket);
  return instrument.rows[level]!.find(state.rows, bucket.startSec);
}

function openRow(
  state: FoldState,
  instrument: InstrumentState,
  level: number,
  startSec: number,
  endSec: number,
): number {
  const { rows, levels } = state;
  const row = rows.add(instrument.index, level, startSec, endSec, instrument.calendar!.tradingDateAt(startSec));
  instrument.rows[level]!.insert(rows, row);
  instrument.open.push(row);
  for (const above of levels[level]!.parents) {
    if (rowAbove(state, instrument, above, row) >= 0) continue;
    bucketAt(levels[above]!.interval, instrument.calendar!, startSec, bucket);
    openRow(state, instrument, above, bucket.startSec, bucket.endSec);
  }
  return row;
}

/** Adds a publisher to the set of a bar and of all coarser ones, and notes when they may close by it. */
export function addPublisher(state: FoldState, instrument: InstrumentState, row: number, link: Link): void {
  const { rows, config, clock } = state;
  if ((rows.publishers[row]! & link.bit) !== 0) return;
  state.writing?.keepRow(row);
  rows.publishers[row]! |= link.bit;
  const endMs = rows.endSec[row]! * 1000;
  if (link.bit === liveBit) {
    instrument.closeDueMs = Math.min(instrument.closeDueMs, endMs + config.latenessLiveMs);
    state.closeDueMs = Math.min(state.closeDueMs, instrument.closeDueMs);
  } else {
    link.dueMs = Math.min(link.dueMs, endMs + config.latenessReplayMs);
    state.giveUpDueMs = Math.min(state.giveUpDueMs, clock.waitedMs + giveUpAfterMs);
  }
  for (const level of state.levels[rows.level[row]!]!.parents) {
    const above = rowAbove(state, instrument, level, row);
    if (above >= 0) addPublisher(state, instrument, above, link);
  }
}

/** Notes that an event was applied to a bar: coarser ones are stale, and closed ones are put out again. */
export function markChanged(state: FoldState, instrument: InstrumentState, row: number): void {
  const { rows } = state;
  if (rows.has(row, RowFlag.closed)) markDirty(state, row, RowFlag.revised);
  if (rows.has(row, RowFlag.told)) return;
  rows.set(row, RowFlag.told);
  for (const level of state.levels[rows.level[row]!]!.parents) {
    const above = rowAbove(state, instrument, level, row);
    if (above < 0) continue;
    rows.set(above, RowFlag.stale);
    markChanged(state, instrument, above);
  }
}

/** Has the bar put out at the end of the record. */
export function markDirty(state: FoldState, row: number, flag: number): void {
  const { rows } = state;
  if (!rows.has(row, flag)) state.writing?.keepRow(row);
  rows.set(row, flag);
  if (rows.has(row, RowFlag.dirty)) return;
  rows.set(row, RowFlag.dirty);
  state.dirty.push(row);
}
