/**
 * Closes bars, lets them leave, and puts out what changed. In: an instrument whose time moved, or the end of a record.
 * Out: bars in the output, rows freed. Bars close as soon as a tick or the clock says so; they leave and are put out
 * at the end of the record, so that outputs do not depend on how records are cut into batches.
 */
import { RowFlag } from '../bars/bar-rows.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import { finestRowOf, markDirty, rowAbove } from './bar-rows-of-ticks.ts';
import { hasLeft, liveBit, mayClose } from './bar-times.ts';
import { barsOf } from './bars-of-row.ts';
import { keepFirst } from './first-trades.ts';
import type { FoldState } from './fold-state.ts';
import { refresh } from './merge-rows.ts';

/** Closes every bar of the instrument that may close now, fine before coarse, and finds out when to look again. */
export function closeBars(state: FoldState, instrument: InstrumentState): void {
  const { rows } = state;
  state.writing?.keep(instrument);
  const closing = instrument.open.filter((row) => mayClose(state, instrument, row));
  if (closing.length > 0) {
    instrument.open = instrument.open.filter((row) => !closing.includes(row));
    closing.sort(
      (left, right) => rows.level[left]! - rows.level[right]! || rows.startSec[left]! - rows.startSec[right]!,
    );
  }
  for (const row of closing) {
    refresh(state, row);
    markDirty(state, row, RowFlag.closed);
    if ((rows.publishers[row]! & liveBit) !== 0) noteLeave(state, instrument, row);
  }
  markSweep(state, instrument);
  findDue(state, instrument);
}

/** Has the instrument looked at, at the end of the record, for bars that may leave. */
export function markSweep(state: FoldState, instrument: InstrumentState): void {
  if (instrument.sweep) return;
  state.writing?.keep(instrument);
  instrument.sweep = true;
  state.sweeping.push(instrument);
}

function noteLeave(state: FoldState, instrument: InstrumentState, row: number): void {
  const leaveMs = state.rows.endSec[row]! * 1000 + state.config.horizonMs;
  instrument.leaveDueMs = Math.min(instrument.leaveDueMs, leaveMs);
  state.leaveDueMs = Math.min(state.leaveDueMs, leaveMs);
}

/** When the open bars may close next: by the clock, and by the time of each publisher. */
export function findDue(state: FoldState, instrument: InstrumentState): void {
  const { rows, config } = state;
  instrument.closeDueMs = Infinity;
  for (const link of instrument.links) link.dueMs = Infinity;
  for (const row of instrument.open) {
    const publishers = rows.publishers[row]!;
    const endMs = rows.endSec[row]! * 1000;
    if ((publishers & liveBit) !== 0) {
      instrument.closeDueMs = Math.min(instrument.closeDueMs, endMs + config.latenessLiveMs);
      continue;
    }
    const dueMs = endMs + config.latenessReplayMs;
    for (const link of instrument.links) {
      if ((publishers & link.bit) !== 0 && link.timeMs < dueMs) link.dueMs = Math.min(link.dueMs, dueMs);
    }
  }
  state.closeDueMs = Math.min(state.closeDueMs, instrument.closeDueMs);
}

/** At the end of a record: puts out every bar that closed or was revised, once. */
export function putOut(state: FoldState): void {
  const { dirty } = state;
  for (const row of dirty) putOutRow(state, row);
  dirty.length = 0;
}

function putOutRow(state: FoldState, row: number): void {
  refresh(state, row);
  state.rows.unset(row, RowFlag.dirty);
  const bars = barsOf(state, row);
  state.counters.barsEmitted += bars.length;
  for (const bar of bars) state.bars.push(bar);
}

/** The record ends here for an instrument that leaves: what changed of it is put out, and what may leave leaves. */
export function endRecordFor(state: FoldState, instrument: InstrumentState): void {
  const isOf = (row: number): boolean => state.rows.instrument[row] === instrument.index;
  for (const row of state.dirty.filter(isOf)) putOutRow(state, row);
  state.dirty = state.dirty.filter((row) => !isOf(row));
  if (!instrument.sweep) return;
  state.sweeping = state.sweeping.filter((one) => one !== instrument);
  sweepOne(state, instrument);
}

/** At the end of a record, after `putOut`: lets bars leave and frees the rows that nothing is merged from any more. */
export function sweep(state: FoldState): void {
  for (const instrument of state.sweeping) sweepOne(state, instrument);
  state.sweeping.length = 0;
}

function sweepOne(state: FoldState, instrument: InstrumentState): void {
  instrument.sweep = false;
  for (let level = 0; level < state.levels.length; level += 1) letLeave(state, instrument, level);
  for (let level = state.levels.length - 1; level >= 0; level -= 1) release(state, instrument, level);
  findLeaveDue(state, instrument);
}

/**
 * Bars leave in order, so the first that cannot usually ends the search. Where one waits for a slow publisher the others
 * pile up behind it; they are looked at each time that their number has doubled, which keeps the work in proportion.
 */
function letLeave(state: FoldState, instrument: InstrumentState, level: number): void {
  const { rows } = state;
  const list = instrument.rows[level]!;
  for (; list.left < list.length; list.left += 1) {
    const row = list.at(list.left);
    if (rows.has(row, RowFlag.left)) continue;
    if (!mayLeave(state, instrument, row)) break;
    leave(state, instrument, row);
  }
  if (list.length - list.left < list.lookAt) return;
  for (let index = list.left; index < list.length; index += 1) {
    const row = list.at(index);
    if (!rows.has(row, RowFlag.left) && mayLeave(state, instrument, row)) leave(state, instrument, row);
  }
}

function mayLeave(state: FoldState, instrument: InstrumentState, row: number): boolean {
  return state.rows.has(row, RowFlag.closed) && hasLeft(state, instrument, row);
}

function leave(state: FoldState, instrument: InstrumentState, row: number): void {
  const { rows, profiles } = state;
  const level = rows.level[row]!;
  state.writing?.keepRow(row);
  // Its finer rows may go now, so its values must stand on their own.
  refresh(state, row);
  if (level === 0) {
    for (let profile = 0; profile < profiles.length; profile += 1) keepFirst(state, instrument, row, profile);
    dropAmendments(state, instrument, row);
  }
  rows.set(row, RowFlag.left);
  instrument.gone[level]!.add(rows.startSec[row]!, rows.endSec[row]!);
}

function dropAmendments(state: FoldState, instrument: InstrumentState, row: number): void {
  const startSec = state.rows.startSec[row]!;
  const endSec = state.rows.endSec[row]!;
  for (const amendment of instrument.amendments.values()) {
    const times = [amendment.originalSec, amendment.eventSec];
    const elsewhere = times.filter((sec) => sec < startSec || sec >= endSec);
    // A trade that was moved away must stay away while its own bar can be rebuilt.
    if (elsewhere.some((sec) => isInState(state, instrument, sec))) continue;
    if (elsewhere.length < times.length) instrument.amendments.delete(amendment);
  }
}

/** Whether the finest bar at `sec` is in the state and has not left. */
function isInState(state: FoldState, instrument: InstrumentState, sec: number): boolean {
  const row = finestRowOf(state, instrument, sec);
  return row >= 0 && !state.rows.has(row, RowFlag.left);
}

function release(state: FoldState, instrument: InstrumentState, level: number): void {
  const { rows } = state;
  const list = instrument.rows[level]!;
  while (list.left > 0 && isDone(state, instrument, list.at(0))) {
    const row = list.at(0);
    state.writing?.keepRow(row);
    list.removeFirst();
    rows.release(row);
  }
  if (list.length - list.left < list.lookAt) return;
  const done: number[] = [];
  list.removeDone((row) => {
    const isOver = isDone(state, instrument, row);
    if (isOver) done.push(row);
    return isOver;
  });
  for (const row of done) {
    state.writing?.keepRow(row);
    rows.release(row);
  }
}

/** Whether the row has left, and so has every coarser one that is merged from it. */
function isDone(state: FoldState, instrument: InstrumentState, row: number): boolean {
  const { rows, levels } = state;
  if (!rows.has(row, RowFlag.left)) return false;
  return levels[rows.level[row]!]!.parents.every((above) => {
    const coarser = rowAbove(state, instrument, above, row);
    return coarser < 0 || rows.has(coarser, RowFlag.left);
  });
}

function findLeaveDue(state: FoldState, instrument: InstrumentState): void {
  const { rows, clock, config } = state;
  instrument.leaveDueMs = Infinity;
  for (const list of instrument.rows) {
    if (list.left >= list.length) continue;
    const row = list.at(list.left);
    const leaveMs = rows.endSec[row]! * 1000 + config.horizonMs;
    const waits = rows.has(row, RowFlag.closed) && (rows.publishers[row]! & liveBit) !== 0 && leaveMs > clock.nowMs;
    if (waits) instrument.leaveDueMs = Math.min(instrument.leaveDueMs, leaveMs);
  }
  state.leaveDueMs = Math.min(state.leaveDueMs, instrument.leaveDueMs);
}
