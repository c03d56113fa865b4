/**
 * The description of what a snapshot holds of the bars. In: a direction and a state. Out: bytes, or rows. Coarse bars
 * that can still change are not stored but for their flags: they are merged again from the finer ones. Cells are
 * stored relative to their basis and times relative to the bar, so that most values take one or two bytes.
 */
import { bucketAt, type Bucket } from '../bars/bar-levels.ts';
import { RowFlag } from '../bars/bar-rows.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { FoldState } from './fold-state.ts';
import type { StateIo } from './state-io.ts';

const keptFlags = RowFlag.used | RowFlag.closed | RowFlag.left | RowFlag.revised;
const bucket: Bucket = { startSec: 0, endSec: 0 };

/** Every level's rows and the ranges that have left. */
export function transferBars(io: StateIo, state: FoldState, instrument: InstrumentState): void {
  for (let level = 0; level < state.levels.length; level += 1) {
    transferGone(io, instrument, level);
    const list = instrument.rows[level]!;
    const length = io.uint(list.length);
    let startSec = 0;
    let block = 0;
    for (let index = 0; index < length; index += 1) {
      const known = io.reading ? -1 : list.at(index);
      startSec += io.uint(io.reading ? 0 : state.rows.startSec[known]! - startSec);
      const row = io.reading ? addRow(state, instrument, level, startSec) : known;
      block = transferRow(io, state, row, block);
      if (io.reading) settleRow(state, instrument, level, row);
    }
  }
}

function transferGone(io: StateIo, instrument: InstrumentState, level: number): void {
  const gone = instrument.gone[level]!;
  const length = io.uint(gone.starts.length);
  let last = 0;
  for (let index = 0; index < length; index += 1) {
    const start = last + io.uint((gone.starts[index] ?? last) - last);
    const end = start + io.uint((gone.ends[index] ?? start) - start);
    gone.starts[index] = start;
    gone.ends[index] = end;
    last = end;
  }
}

function addRow(state: FoldState, instrument: InstrumentState, level: number, startSec: number): number {
  bucketAt(state.levels[level]!.interval, instrument.calendar!, startSec, bucket);
  const { endSec } = bucket;
  const date = instrument.calendar!.tradingDateAt(startSec);
  return state.rows.add(instrument.index, level, startSec, endSec, date);
}

/** Puts a row that was read into its lists, and says that it must be merged if it can still change. */
function settleRow(state: FoldState, instrument: InstrumentState, level: number, row: number): void {
  const { rows } = state;
  const list = instrument.rows[level]!;
  list.insert(rows, row);
  if (!rows.has(row, RowFlag.closed)) instrument.open.push(row);
  if (rows.has(row, RowFlag.left)) {
    if (list.left === list.length - 1) list.left = list.length;
  } else if (level > 0) rows.set(row, RowFlag.stale);
}

/** Answers the block from which the next row's blocks count. */
function transferRow(io: StateIo, state: FoldState, row: number, block: number): number {
  const { rows, profiles } = state;
  rows.flags[row] = io.uint(rows.flags[row]! & keptFlags) | (io.reading ? 0 : rows.flags[row]!);
  rows.publishers[row] = io.uint(rows.publishers[row]!);
  const finest = rows.level[row] === 0;
  if (!finest && !rows.has(row, RowFlag.left)) return block;
  rows.events[row] = io.uint(rows.events[row]!);
  let next = block;
  if (finest && !rows.has(row, RowFlag.left)) {
    rows.firstBlock[row] = block + io.sint(rows.firstBlock[row]! - block);
    rows.lastBlock[row] = rows.firstBlock[row]! + io.sint(rows.lastBlock[row]! - rows.firstBlock[row]!);
    next = rows.lastBlock[row]!;
  }
  for (let profile = 0; profile < profiles.length; profile += 1)
    transferCell(io, state, row * profiles.length + profile);
  return next;
}

function transferCell(io: StateIo, state: FoldState, cell: number): void {
  const { rows } = state;
  const hasRange = io.flag(rows.high[cell] !== -Infinity);
  const hasOpen = io.flag(rows.openNs[cell] !== Infinity);
  const hasIfFirst = io.flag(rows.ifFirstNs[cell] !== Infinity);
  const exact = rows.exact[cell];
  const hasExact = io.flag(exact !== undefined);
  rows.trades[cell] = io.uint(rows.trades[cell]!);
  rows.volume[cell] = io.uint(rows.volume[cell]!);
  rows.basis[cell] = io.sint(rows.basis[cell]!);
  rows.relative[cell] = io.sint(rows.relative[cell]!);
  const basis = rows.basis[cell]!;
  if (hasRange) {
    rows.high[cell] = basis + io.sint(rows.high[cell]! - basis);
    rows.low[cell] = basis + io.sint(rows.low[cell]! - basis);
  }
  if (hasOpen) {
    rows.open[cell] = basis + io.sint(rows.open[cell]! - basis);
    rows.openNs[cell] = io.uint(rows.openNs[cell]!);
    rows.openPublisher[cell] = io.uint(rows.openPublisher[cell]!);
    rows.openSequence[cell] = io.uint(rows.openSequence[cell]!);
    rows.close[cell] = basis + io.sint(rows.close[cell]! - basis);
    rows.closeNs[cell] = io.uint(rows.closeNs[cell]!);
    rows.closePublisher[cell] = io.uint(rows.closePublisher[cell]!);
    rows.closeSequence[cell] = io.uint(rows.closeSequence[cell]!);
  }
  if (hasIfFirst) {
    rows.ifFirst[cell] = io.sint(rows.ifFirst[cell]!);
    rows.ifFirstNs[cell] = io.uint(rows.ifFirstNs[cell]!);
    rows.ifFirstPublisher[cell] = io.uint(rows.ifFirstPublisher[cell]!);
    rows.ifFirstSequence[cell] = io.uint(rows.ifFirstSequence[cell]!);
  }
  if (hasExact) rows.exact[cell] = { volume: io.big(exact?.volume ?? 0n), notional: io.big(exact?.notional ?? 0n) };
}
