/**
 * The bars in the state of a partition, as a struct of arrays. In: what the fold's loops write. Out: one row a bucket,
 * and in it one cell a profile (`row * profileCount + profile`). Rows are recycled; nothing here decides.
 */

import { type BarColumns, makeColumns, roomAfter } from './bar-columns.ts';
import { ExactColumn } from './exact-column.ts';
import { copyCellOf } from './same-cell.ts';

/** Bits of a row's flags. */
export const RowFlag = {
  /** The row is in use. */
  used: 1,
  closed: 2,
  /** Final: kept only until the coarser bars made of it are final too. */
  left: 4,
  /** An event was applied after it had closed. */
  revised: 8,
  /** The values must be merged from the finer bars again. */
  stale: 16,
  /** The coarser bars know already that this one changed. */
  told: 32,
  /** Waits to be put out at the end of the record. */
  dirty: 64,
} as const;

/** Above every block's number, and far enough from 2^53 that differences stay exact. */
const noBlock = 4_503_599_627_370_496;

/** All rows of a partition. */
export class BarRows implements BarColumns {
  readonly profileCount: number;
  capacity = 0;
  /** Serial of the snapshot being written, which knows nothing of rows that open from now on; 0 = none was yet. */
  snapshotSerial = 0;
  startSec: Float64Array = new Float64Array(0);
  endSec: Float64Array = new Float64Array(0);
  /** Ticks, cancels and corrections applied; for merged rows the sum of the finer ones'. */
  events: Float64Array = new Float64Array(0);
  /** Index of the instrument. */
  instrument: Int32Array = new Int32Array(0);
  level: Int32Array = new Int32Array(0);
  flags: Int32Array = new Int32Array(0);
  /** Bit set of publishers with a tick in it; see `Link.bit`. */
  publishers: Int32Array = new Int32Array(0);
  tradingDate: Int32Array = new Int32Array(0);
  /** Numbers of the first and last tick block with a trade of it; a bar of moved trades alone has none. */
  firstBlock: Float64Array = new Float64Array(0);
  lastBlock: Float64Array = new Float64Array(0);
  /** Serial of the last snapshot that has the row as it was when that began, or that does not need it. */
  kept: Int32Array = new Int32Array(0);

  // Cells. Prices in the instrument's units; an empty cell has high -Infinity, low Infinity, openNs Infinity, closeNs
  // -Infinity. Times are ns from the row's start.
  open: Float64Array = new Float64Array(0);
  high: Float64Array = new Float64Array(0);
  low: Float64Array = new Float64Array(0);
  close: Float64Array = new Float64Array(0);
  trades: Float64Array = new Float64Array(0);
  /** Sum of sizes, and sum of (price - basis) * size; both exact, or moved to `exact`. */
  volume: Float64Array = new Float64Array(0);
  basis: Float64Array = new Float64Array(0);
  relative: Float64Array = new Float64Array(0);
  openNs: Float64Array = new Float64Array(0);
  openSequence: Float64Array = new Float64Array(0);
  openPublisher: Int32Array = new Int32Array(0);
  closeNs: Float64Array = new Float64Array(0);
  closeSequence: Float64Array = new Float64Array(0);
  closePublisher: Int32Array = new Int32Array(0);
  /** The earliest trade that sets open and close only if it is the first of its date; `ifFirstNs` Infinity = none. */
  ifFirst: Float64Array = new Float64Array(0);
  ifFirstNs: Float64Array = new Float64Array(0);
  ifFirstSequence: Float64Array = new Float64Array(0);
  ifFirstPublisher: Int32Array = new Int32Array(0);
  readonly exact: ExactColumn = new ExactColumn();

  readonly #free: number[] = [];
  #used = 0;

  constructor(profileCount: number) {
    this.profileCount = profileCount;
    this.#grow();
  }

  /** A fresh, empty, open row. */
  add(instrument: number, level: number, startSec: number, endSec: number, tradingDate: number): number {
    if (this.#free.length === 0 && this.#used === this.capacity) this.#grow();
    const row = this.#free.pop() ?? this.#used++;
    this.instrument[row] = instrument;
    this.level[row] = level;
    this.startSec[row] = startSec;
    this.endSec[row] = endSec;
    this.tradingDate[row] = tradingDate;
    this.flags[row] = RowFlag.used;
    this.kept[row] = this.snapshotSerial;
    this.events[row] = 0;
    this.publishers[row] = 0;
    this.firstBlock[row] = noBlock;
    this.lastBlock[row] = -1;
    this.clearCells(row);
    return row;
  }

  /** Empties the cells of a row, as before a rebuild or a merge. */
  clearCells(row: number): void {
    const from = row * this.profileCount;
    const to = from + this.profileCount;
    // Nothing of a cell's earlier use may stay: a snapshot would show it. Column by column by name would take ten times
    // as long, and every bar is cleared when it opens and when it leaves.
    for (let cell = from; cell < to; cell += 1) {
      this.open[cell] = 0;
      this.high[cell] = -Infinity;
      this.low[cell] = Infinity;
      this.close[cell] = 0;
      this.trades[cell] = 0;
      this.volume[cell] = 0;
      this.basis[cell] = 0;
      this.relative[cell] = 0;
      this.openNs[cell] = Infinity;
      this.openSequence[cell] = 0;
      this.openPublisher[cell] = 0;
      this.closeNs[cell] = -Infinity;
      this.closeSequence[cell] = 0;
      this.closePublisher[cell] = 0;
      this.ifFirst[cell] = 0;
      this.ifFirstNs[cell] = Infinity;
      this.ifFirstSequence[cell] = 0;
      this.ifFirstPublisher[cell] = 0;
      this.exact.clear(cell);
    }
  }

  /** Gives the row back. */
  release(row: number): void {
    this.flags[row] = 0;
    this.clearCells(row);
    this.#free.push(row);
  }

  has(row: number, flag: number): boolean {
    return (this.flags[row]! & flag) !== 0;
  }

  set(row: number, flag: number): void {
    this.flags[row]! |= flag;
  }

  unset(row: number, flag: number): void {
    this.flags[row]! &= ~flag;
  }

  /** Takes over a row of another table, with its cells where `withCells`; answers its place here. */
  copy(from: BarRows, row: number, withCells: boolean): number {
    const to = this.add(
      from.instrument[row]!,
      from.level[row]!,
      from.startSec[row]!,
      from.endSec[row]!,
      from.tradingDate[row]!,
    );
    this.flags[to] = from.flags[row]!;
    this.events[to] = from.events[row]!;
    this.publishers[to] = from.publishers[row]!;
    this.firstBlock[to] = from.firstBlock[row]!;
    this.lastBlock[to] = from.lastBlock[row]!;
    if (!withCells) return to;
    for (let profile = 0; profile < this.profileCount; profile += 1) {
      const [cell, toCell] = [row * this.profileCount + profile, to * this.profileCount + profile];
      copyCellOf(from, cell, this, toCell);
      const sums = from.exact.at(cell);
      if (sums !== undefined) this.exact.put(toCell, { ...sums });
    }
    return to;
  }

  #grow(): void {
    const before = this.capacity === 0 ? undefined : this;
    const capacity = roomAfter(this.capacity);
    try {
      Object.assign(this, makeColumns(capacity, this.profileCount, before), { capacity });
    } catch (error) {
      if (!(error instanceof RangeError) || capacity <= this.capacity * 2) throw error;
      Object.assign(this, makeColumns(this.capacity * 2, this.profileCount, before), { capacity: this.capacity * 2 });
    }
  }
}
