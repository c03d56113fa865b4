/**
 * Cells of one bar that show the same: where every trade is eligible for everything, two profiles agree, which is most
 * bars. In: two cells. Out: whether all their columns are equal; a copy. A snapshot stores such a cell once.
 */
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
    rows.exact[left] === undefined &&
    rows.exact[right] === undefined &&
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
  rows.trades[to] = rows.trades[from]!;
  rows.volume[to] = rows.volume[from]!;
  rows.relative[to] = rows.relative[from]!;
  rows.basis[to] = rows.basis[from]!;
  rows.high[to] = rows.high[from]!;
  rows.low[to] = rows.low[from]!;
  rows.open[to] = rows.open[from]!;
  rows.openNs[to] = rows.openNs[from]!;
  rows.openPublisher[to] = rows.openPublisher[from]!;
  rows.openSequence[to] = rows.openSequence[from]!;
  rows.close[to] = rows.close[from]!;
  rows.closeNs[to] = rows.closeNs[from]!;
  rows.closePublisher[to] = rows.closePublisher[from]!;
  rows.closeSequence[to] = rows.closeSequence[from]!;
  rows.ifFirst[to] = rows.ifFirst[from]!;
  rows.ifFirstNs[to] = rows.ifFirstNs[from]!;
  rows.ifFirstPublisher[to] = rows.ifFirstPublisher[from]!;
  rows.ifFirstSequence[to] = rows.ifFirstSequence[from]!;
}
