/**
 * The rows of one instrument and level, ordered by start. In: rows as buckets open and leave. Out: the row of a start,
 * the rows of a range. Adding at the end and removing from the front, the usual case, take constant time.
 */
import type { BarRows } from './bar-rows.ts';

const lookAtLeast = 256;

/** Rows ordered by their start. */
export class RowList {
  /** The list of whoever has none and gets none: putting a row in throws `TypeError`. */
  static readonly none: RowList = RowList.#frozen();

  #rows: number[] = [];
  #head = 0;
  /** All rows before this position are known to have left. */
  left = 0;
  /** So many rows beyond `left`, and bars behind one that cannot leave are looked at too. */
  lookAt: number = lookAtLeast;

  static #frozen(): RowList {
    const list = new RowList();
    Object.freeze(list.#rows);
    Object.freeze(list);
    return list;
  }

  get length(): number {
    return this.#rows.length - this.#head;
  }

  /** The row at position `index`, 0 being the oldest. */
  at(index: number): number {
    return this.#rows[this.#head + index]!;
  }

  /** All rows, the oldest first, as they are now. */
  all(): number[] {
    return this.#rows.slice(this.#head);
  }

  /** The row that starts at `startSec`; -1 = none. */
  find(rows: BarRows, startSec: number): number {
    const last = this.#rows.length - 1;
    if (last < this.#head) return -1;
    if (rows.startSec[this.#rows[last]!] === startSec) return this.#rows[last]!;
    const index = this.lowerBound(rows, startSec);
    if (index >= this.length) return -1;
    const row = this.at(index);
    return rows.startSec[row] === startSec ? row : -1;
  }

  /** Position of the first row that starts at or after `startSec`. */
  lowerBound(rows: BarRows, startSec: number): number {
    let low = this.#head;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows.startSec[this.#rows[middle]!]! < startSec) low = middle + 1;
      else high = middle;
    }
    return low - this.#head;
  }

  /** Puts a row in its place. */
  insert(rows: BarRows, row: number): void {
    const startSec = rows.startSec[row]!;
    const last = this.#rows.length - 1;
    if (last < this.#head || rows.startSec[this.#rows[last]!]! < startSec) this.#rows.push(row);
    else {
      const index = this.lowerBound(rows, startSec);
      this.#rows.splice(this.#head + index, 0, row);
      this.left = Math.min(this.left, index);
    }
  }

  /** Takes out every row of which `isDone` says so. */
  removeDone(isDone: (row: number) => boolean): void {
    const kept: number[] = [];
    let left = 0;
    for (let index = 0; index < this.length; index += 1) {
      const row = this.at(index);
      if (!isDone(row)) kept.push(row);
      else if (index < this.left) left += 1;
    }
    this.left -= left;
    this.#rows = kept;
    this.#head = 0;
    this.lookAt = Math.max(lookAtLeast, 2 * (this.length - this.left));
  }

  /** Takes out the oldest row, which has left. */
  removeFirst(): void {
    this.#head += 1;
    this.left -= 1;
    if (this.#head < 64 || this.#head * 2 < this.#rows.length) return;
    this.#rows = this.#rows.slice(this.#head);
    this.#head = 0;
  }
}
