/**
 * Folds a run of trades of one publisher into one cell of one bar: the innermost loops. In: columns of a block and a
 * range of ticks that all lie in the bar. Out: the cell with the run in it. Open and close are decided by (event
 * time, publisher, sequence), high and low by price, and sums are exact (laws 4 and 6), so the order of runs does not
 * matter.
 */
import { Eligible } from '../conditions/profile.ts';
import type { TickColumns } from '../log/tick-columns.ts';
import type { BarRows } from './bar-rows.ts';
import type { Precedes } from './first-of-date.ts';

/** Where the run lies and whose it is. */
export type Run = {
  from: number;
  to: number;
  /** Start of the bar in ns from the block's base instant. */
  barStartNs: number;
  publisher: number;
  /** Sequence of tick `i` is `sequenceBase + i` where the block's sequences are consecutive. */
  sequenceBase: number;
};

const safeMax = Number.MAX_SAFE_INTEGER;

/** Folds the run into a cell of profile `all`: every trade sets everything. */
export function foldEvery(rows: BarRows, cell: number, columns: TickColumns, run: Run, precedes: Precedes): void {
  const { timeNs, price, size } = columns;
  const { from, to } = run;
  if (rows.trades[cell] === 0) rows.basis[cell] = price[from]!;
  const basis = rows.basis[cell]!;
  let high = rows.high[cell]!;
  let low = rows.low[cell]!;
  let volume = rows.volume[cell]!;
  let relative = rows.relative[cell]!;
  let bound = Math.abs(relative);
  let first = from;
  let last = from;
  let firstNs = timeNs[from]!;
  let lastNs = firstNs;
  for (let index = from; index < to; index += 1) {
    const paid = price[index]!;
    const shares = size[index]!;
    if (paid > high) high = paid;
    if (paid < low) low = paid;
    volume += shares;
    const product = (paid - basis) * shares;
    relative += product;
    bound += product < 0 ? -product : product;
    const ns = timeNs[index]!;
    if (ns >= lastNs) {
      lastNs = ns;
      last = index;
    } else if (ns < firstNs) {
      firstNs = ns;
      first = index;
    }
  }
  rows.high[cell] = high;
  rows.low[cell] = low;
  rows.trades[cell]! += to - from;
  if (bound <= safeMax && volume <= safeMax) {
    rows.volume[cell] = volume;
    rows.relative[cell] = relative;
  } else addExactly(rows, cell, columns, from, to, undefined);
  offerOpen(rows, cell, columns, run, first, precedes);
  offerClose(rows, cell, columns, run, last, precedes);
}

/** Folds the run into a cell of a profile with conditions; `masks` holds bits of `Eligible` by dictionary index. */
export function foldEligible(
  rows: BarRows,
  cell: number,
  columns: TickColumns,
  run: Run,
  masks: Int32Array,
  precedes: Precedes,
): void {
  const { timeNs, price, size, attribute } = columns;
  const { from, to } = run;
  if (rows.trades[cell] === 0) rows.basis[cell] = price[from]!;
  const basis = rows.basis[cell]!;
  let high = rows.high[cell]!;
  let low = rows.low[cell]!;
  let volume = rows.volume[cell]!;
  let relative = rows.relative[cell]!;
  let bound = Math.abs(relative);
  let trades = 0;
  let [first, last, ifFirst] = [-1, -1, -1];
  let [firstNs, lastNs, ifFirstNs] = [Infinity, -Infinity, Infinity];
  for (let index = from; index < to; index += 1) {
    const mask = masks[attribute[index]!]!;
    const paid = price[index]!;
    if ((mask & Eligible.highLow) !== 0) {
      if (paid > high) high = paid;
      if (paid < low) low = paid;
    }
    if ((mask & Eligible.volume) !== 0) {
      const shares = size[index]!;
      trades += 1;
      volume += shares;
      const product = (paid - basis) * shares;
      relative += product;
      bound += product < 0 ? -product : product;
    }
    if ((mask & (Eligible.last | Eligible.lastIfFirst)) === 0) continue;
    const ns = timeNs[index]!;
    if ((mask & Eligible.last) === 0) {
      if (ns < ifFirstNs) {
        ifFirstNs = ns;
        ifFirst = index;
      }
      continue;
    }
    if (ns >= lastNs) {
      lastNs = ns;
      last = index;
    }
    if (ns < firstNs) {
      firstNs = ns;
      first = index;
    }
  }
  rows.high[cell] = high;
  rows.low[cell] = low;
  rows.trades[cell]! += trades;
  if (bound <= safeMax && volume <= safeMax) {
    rows.volume[cell] = volume;
    rows.relative[cell] = relative;
  } else addExactly(rows, cell, columns, from, to, masks);
  if (first >= 0) {
    offerOpen(rows, cell, columns, run, first, precedes);
    offerClose(rows, cell, columns, run, last, precedes);
  }
  if (ifFirst >= 0) offerIfFirst(rows, cell, columns, run, ifFirst, precedes);
}

/** Moves the cell's sums to `exact` and adds the run there: some product or sum is beyond 2^53. */
function addExactly(
  rows: BarRows,
  cell: number,
  columns: TickColumns,
  from: number,
  to: number,
  masks: Int32Array | undefined,
): void {
  const sums = exactSums(rows, cell);
  for (let index = from; index < to; index += 1) {
    if (masks !== undefined && (masks[columns.attribute[index]!]! & Eligible.volume) === 0) continue;
    const shares = BigInt(columns.size[index]!);
    sums.volume += shares;
    sums.notional += BigInt(columns.price[index]!) * shares;
  }
  rows.exact.put(cell, sums);
  rows.volume[cell] = 0;
  rows.relative[cell] = 0;
}

/** The cell's volume and notional, exact, in units of size and of price times size. */
export function exactSums(rows: BarRows, cell: number): { volume: bigint; notional: bigint } {
  const exact = rows.exact.at(cell);
  const volume = BigInt(rows.volume[cell]!);
  const notional = BigInt(rows.basis[cell]!) * volume + BigInt(rows.relative[cell]!);
  return { volume: volume + (exact?.volume ?? 0n), notional: notional + (exact?.notional ?? 0n) };
}

function sequenceOf(columns: TickColumns, run: Run, index: number): number {
  return columns.consecutive ? run.sequenceBase + index : columns.sequence[index]!;
}

function offerOpen(
  rows: BarRows,
  cell: number,
  columns: TickColumns,
  run: Run,
  index: number,
  precedes: Precedes,
): void {
  const ns = columns.timeNs[index]! - run.barStartNs;
  if (ns > rows.openNs[cell]!) return;
  const sequence = sequenceOf(columns, run, index);
  if (ns === rows.openNs[cell]!) {
    const publisher = rows.openPublisher[cell]!;
    const earlier =
      publisher === run.publisher ? sequence < rows.openSequence[cell]! : precedes(run.publisher, publisher);
    if (!earlier) return;
  }
  rows.open[cell] = columns.price[index]!;
  rows.openNs[cell] = ns;
  rows.openPublisher[cell] = run.publisher;
  rows.openSequence[cell] = sequence;
}

function offerClose(
  rows: BarRows,
  cell: number,
  columns: TickColumns,
  run: Run,
  index: number,
  precedes: Precedes,
): void {
  const ns = columns.timeNs[index]! - run.barStartNs;
  if (ns < rows.closeNs[cell]!) return;
  const sequence = sequenceOf(columns, run, index);
  if (ns === rows.closeNs[cell]!) {
    const publisher = rows.closePublisher[cell]!;
    const later =
      publisher === run.publisher ? sequence > rows.closeSequence[cell]! : precedes(publisher, run.publisher);
    if (!later) return;
  }
  rows.close[cell] = columns.price[index]!;
  rows.closeNs[cell] = ns;
  rows.closePublisher[cell] = run.publisher;
  rows.closeSequence[cell] = sequence;
}

function offerIfFirst(
  rows: BarRows,
  cell: number,
  columns: TickColumns,
  run: Run,
  index: number,
  precedes: Precedes,
): void {
  const ns = columns.timeNs[index]! - run.barStartNs;
  if (ns > rows.ifFirstNs[cell]!) return;
  const sequence = sequenceOf(columns, run, index);
  if (ns === rows.ifFirstNs[cell]!) {
    const publisher = rows.ifFirstPublisher[cell]!;
    const earlier =
      publisher === run.publisher ? sequence < rows.ifFirstSequence[cell]! : precedes(run.publisher, publisher);
    if (!earlier) return;
  }
  rows.ifFirst[cell] = columns.price[index]!;
  rows.ifFirstNs[cell] = ns;
  rows.ifFirstPublisher[cell] = run.publisher;
  rows.ifFirstSequence[cell] = sequence;
}
