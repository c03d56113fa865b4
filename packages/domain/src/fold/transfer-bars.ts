/**
 * The description of what a snapshot holds of the bars. In: a direction and a state. Out: bytes, or rows. Coarse bars
 * that can still change are not stored but for their flags: they are merged again from the finer ones. Cells are
 * stored relative to their basis and times relative to the bar, so that most values take one or two bytes.
 */
import { bucketAt, type Bucket } from '../bars/bar-levels.ts';
import { type BarRows, RowFlag } from '../bars/bar-rows.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import { copyCell, isSameCell } from '../bars/same-cell.ts';
import type { FoldState } from './fold-state.ts';
import type { BlockRange, StateIo } from './state-io.ts';

const keptFlags = RowFlag.used | RowFlag.closed | RowFlag.left | RowFlag.revised;
const bucket: Bucket = { startSec: 0, endSec: 0 };
const range: BlockRange = { first: 0, last: 0 };

/** What the next row of a level is stored relative to; all 0 at the level's first. */
export type RowBefore = { startSec: number; block: number };

/** Reads every level: its ranges that have left, and its rows. */
export function readBars(io: StateIo, state: FoldState, instrument: InstrumentState): void {
  for (let level = 0; level < state.levels.length; level += 1) {
    const length = transferLevel(io, instrument, level);
    let startSec = 0;
    let block = 0;
    for (let index = 0; index < length; index += 1) {
      startSec += io.sint(0);
      const row = addRow(state, instrument, level, startSec);
      block = transferRow(io, state.rows, row, block);
      settleRow(state, instrument, level, row);
    }
  }
}

/** Writes rows of one level, those at the places before `count`, after `transferLevel` and the rows before, if any. */
export function writeRows(io: StateIo, rows: BarRows, count: number, before: RowBefore): void {
  for (let row = 0; row < count; row += 1) {
    io.sint(rows.startSec[row]! - before.startSec);
    before.startSec = rows.startSec[row]!;
    before.block = transferRow(io, rows, row, before.block);
  }
}

/** What a level holds besides its rows; answers how many rows follow. */
export function transferLevel(io: StateIo, instrument: InstrumentState, level: number): number {
  transferGone(io, instrument, level);
  const list = instrument.rows[level]!;
  const lookAt = io.uint(list.lookAt);
  // Nothing is put into the list of an instrument that is not here, not even what it has.
  if (lookAt !== list.lookAt) list.lookAt = lookAt;
  return io.uint(list.length);
}

function transferGone(io: StateIo, instrument: InstrumentState, level: number): void {
  const gone = instrument.gone[level]!;
  const length = io.uint(gone.starts.length);
  let last = 0;
  for (let index = 0; index < length; index += 1) {
    const start = last + io.sint((gone.starts[index] ?? last) - last);
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
function transferRow(io: StateIo, rows: BarRows, row: number, block: number): number {
  rows.flags[row] = io.uint(rows.flags[row]! & keptFlags) | (io.reading ? 0 : rows.flags[row]!);
  rows.publishers[row] = io.uint(rows.publishers[row]!);
  const finest = rows.level[row] === 0;
  if (!finest && !rows.has(row, RowFlag.left)) return block;
  rows.events[row] = io.uint(rows.events[row]!);
  let next = block;
  if (finest && !rows.has(row, RowFlag.left)) {
    range.first = rows.firstBlock[row]!;
    range.last = rows.lastBlock[row]!;
    io.blocks(range, block);
    rows.firstBlock[row] = range.first;
    rows.lastBlock[row] = range.last;
    next = range.last;
  }
  for (let profile = 0; profile < rows.profileCount; profile += 1)
    transferCell(io, rows, row * rows.profileCount + profile);
  return next;
}

const CellPart = { range: 1, open: 2, ifFirst: 4, exact: 8, far: 16, asBefore: 32 } as const;

/**
 * Which parts of the cell are stored. `far`: a price is further from the basis than a number can say; `asBefore`: it
 * is the same as that of the profile before.
 */
function partsOf(rows: BarRows, cell: number): number {
  if (cell % rows.profileCount > 0 && isSameCell(rows, cell - 1, cell)) return CellPart.asBefore;
  const basis = rows.basis[cell]!;
  const hasRange = rows.high[cell] !== -Infinity;
  const hasOpen = rows.openNs[cell] !== Infinity;
  const isNear = (price: number): boolean => Number.isSafeInteger(price - basis);
  const isRangeNear = !hasRange || (isNear(rows.high[cell]!) && isNear(rows.low[cell]!));
  const isOpenNear = !hasOpen || (isNear(rows.open[cell]!) && isNear(rows.close[cell]!));
  return (
    (hasRange ? CellPart.range : 0) |
    (hasOpen ? CellPart.open : 0) |
    (rows.ifFirstNs[cell] === Infinity ? 0 : CellPart.ifFirst) |
    (rows.exact.at(cell) === undefined ? 0 : CellPart.exact) |
    (isRangeNear && isOpenNear ? 0 : CellPart.far)
  );
}

function transferCell(io: StateIo, rows: BarRows, cell: number): void {
  const parts = io.uint(io.reading ? 0 : partsOf(rows, cell));
  if (parts === CellPart.asBefore) {
    copyCell(rows, cell - 1, cell);
    return;
  }
  const exact = rows.exact.at(cell);
  rows.trades[cell] = io.uint(rows.trades[cell]!);
  rows.volume[cell] = io.uint(rows.volume[cell]!);
  rows.basis[cell] = io.sint(rows.basis[cell]!);
  rows.relative[cell] = io.sint(rows.relative[cell]!);
  const from = (parts & CellPart.far) === 0 ? rows.basis[cell] : 0;
  if ((parts & CellPart.range) !== 0) {
    rows.high[cell] = from + io.sint(rows.high[cell]! - from);
    rows.low[cell] = from + io.sint(rows.low[cell]! - from);
  }
  if ((parts & CellPart.open) !== 0) {
    rows.open[cell] = from + io.sint(rows.open[cell]! - from);
    rows.openNs[cell] = io.uint(rows.openNs[cell]!);
    rows.openPublisher[cell] = io.publisher(rows.openPublisher[cell]!);
    rows.openSequence[cell] = io.uint(rows.openSequence[cell]!);
    rows.close[cell] = from + io.sint(rows.close[cell]! - from);
    rows.closeNs[cell] = io.uint(rows.closeNs[cell]!);
    rows.closePublisher[cell] = io.publisher(rows.closePublisher[cell]!);
    rows.closeSequence[cell] = io.uint(rows.closeSequence[cell]!);
  }
  if ((parts & CellPart.ifFirst) !== 0) {
    rows.ifFirst[cell] = io.sint(rows.ifFirst[cell]!);
    rows.ifFirstNs[cell] = io.uint(rows.ifFirstNs[cell]!);
    rows.ifFirstPublisher[cell] = io.publisher(rows.ifFirstPublisher[cell]!);
    rows.ifFirstSequence[cell] = io.uint(rows.ifFirstSequence[cell]!);
  }
  if ((parts & CellPart.exact) === 0) return;
  rows.exact.put(cell, { volume: io.big(exact?.volume ?? 0n), notional: io.big(exact?.notional ?? 0n) });
}
