/**
 * Cells of one bar that show the same: where every trade is eligible for everything, two profiles agree, which is most
 * bars. In: two cells. Out: whether all their columns are equal; a copy. A snapshot stores such a cell once.
 */
import type { BarColumns } from './bar-columns.ts';
import type { BarRows } from './bar-rows.ts';

/** Whether both cells have the same contents, and sums that are plain numbers. */
export function isSameCell(rows: BarRows, left: number, right: number): boolean {
  return (
    rows.trades[left] === rows.trades[right] &&
    rows.volume[left] === rows.volume[right] &&
    rows.relative[left] === rows.relative[right] &&
    rows.basis[left] === rows.basis[right] &&
    rows.high[left] === rows.high[right] &&
    rows.low[left] === rows.low[right] &&
    rows.exact.at(left) === undefined &&
    rows.exact.at(right) === undefined &&
    isSameOpenAndClose(rows, left, right) &&
    isSameIfFirst(rows, left, right)
  );
}

function isSameOpenAndClose(rows: BarRows, left: number, right: number): boolean {
  return (
    rows.open[left] === rows.open[right] &&
    rows.openNs[left] === rows.openNs[right] &&
    rows.openPublisher[left] === rows.openPublisher[right] &&
    rows.openSequence[left] === rows.openSequence[right] &&
    rows.close[left] === rows.close[right] &&
    rows.closeNs[left] === rows.closeNs[right] &&
    rows.closePublisher[left] === rows.closePublisher[right] &&
    rows.closeSequence[left] === rows.closeSequence[right]
  );
}

function isSameIfFirst(rows: BarRows, left: number, right: number): boolean {
  return (
    rows.ifFirst[left] === rows.ifFirst[right] &&
    rows.ifFirstNs[left] === rows.ifFirstNs[right] &&
    rows.ifFirstPublisher[left] === rows.ifFirstPublisher[right] &&
    rows.ifFirstSequence[left] === rows.ifFirstSequence[right]
  );
}

/** Makes `to` a copy of `from`, whose sums are plain numbers. */
export function copyCell(rows: BarRows, from: number, to: number): void {
  copyCellOf(rows, from, rows, to);
}

/** The same from one table to another. */
export function copyCellOf(source: BarColumns, from: number, target: BarColumns, to: number): void {
  target.trades[to] = source.trades[from]!;
  target.volume[to] = source.volume[from]!;
  target.relative[to] = source.relative[from]!;
  target.basis[to] = source.basis[from]!;
  target.high[to] = source.high[from]!;
  target.low[to] = source.low[from]!;
  target.open[to] = source.open[from]!;
  target.openNs[to] = source.openNs[from]!;
  target.openPublisher[to] = source.openPublisher[from]!;
  target.openSequence[to] = source.openSequence[from]!;
  target.close[to] = source.close[from]!;
  target.closeNs[to] = source.closeNs[from]!;
  target.closePublisher[to] = source.closePublisher[from]!;
  target.closeSequence[to] = source.closeSequence[from]!;
  target.ifFirst[to] = source.ifFirst[from]!;
  target.ifFirstNs[to] = source.ifFirstNs[from]!;
  target.ifFirstPublisher[to] = source.ifFirstPublisher[from]!;
  target.ifFirstSequence[to] = source.ifFirstSequence[from]!;
}
