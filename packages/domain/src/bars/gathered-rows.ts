/**
 * Some rows of a large table side by side. In: a table and which of its rows. Out: a small table that has them one after
 * the other, as far as a snapshot stores them. Rows of one instrument lie far apart, so that nearly every number of theirs
 * has to be fetched from memory: taken column by column the processor fetches many at once, read row by row one at a time.
 */
import { BarRows, RowFlag } from './bar-rows.ts';

/** Rows that are gathered at once: all their columns stay in the processor's cache. */
export const gatheredMax = 1_024;

/** A table of up to `gatheredMax` rows. */
export class GatheredRows {
  /** The rows from place 0 on; what is not stored of a row stays as it was. */
  readonly rows: BarRows;
  #room = 0;
  /** Places of cells: where they are, and where they go. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;

  constructor(profileCount: number) {
    this.rows = new BarRows(profileCount);
    this.#from = new Int32Array(gatheredMax * profileCount);
    this.#to = new Int32Array(gatheredMax * profileCount);
  }

  /** Puts `count` rows of the level, named by `ids` from `first` on, to the places from `at` on. */
  take(table: BarRows, level: number, ids: readonly number[], first: number, count: number, at: number): void {
    const { rows } = this;
    for (; this.#room < at + count; this.#room += 1) rows.add(0, 0, 0, 0, 0);
    const f64 = (from: Float64Array, to: Float64Array): void => takeDoubles(from, to, ids, first, count, at);
    const i32 = (from: Int32Array, to: Int32Array): void => takeIntegers(from, to, ids, first, count, at);
    f64(table.startSec, rows.startSec);
    f64(table.events, rows.events);
    f64(table.firstBlock, rows.firstBlock);
    f64(table.lastBlock, rows.lastBlock);
    rows.level.fill(level, at, at + count);
    i32(table.flags, rows.flags);
    i32(table.publishers, rows.publishers);
    i32(table.kept, rows.kept);
    const cells = this.#findCells(ids, first, count, at);
    this.#takeCells(table, cells);
    this.#takeIfFirsts(table, cells);
  }

  /** Answers how many cells are stored. Those of a coarse row that can still change are not. */
  #findCells(ids: readonly number[], first: number, count: number, at: number): number {
    const { level, flags, profileCount } = this.rows;
    let cells = 0;
    for (let index = 0; index < count; index += 1) {
      const to = at + index;
      if (level[to] !== 0 && (flags[to]! & RowFlag.left) === 0) continue;
      const from = ids[first + index]!;
      for (let profile = 0; profile < profileCount; profile += 1) {
        this.#from[cells] = from * profileCount + profile;
        this.#to[cells] = to * profileCount + profile;
        cells += 1;
      }
    }
    return cells;
  }

  #takeCells(table: BarRows, cells: number): void {
    const { rows } = this;
    const f64 = (from: Float64Array, to: Float64Array): void => takeCellDoubles(from, to, this.#from, this.#to, cells);
    const i32 = (from: Int32Array, to: Int32Array): void => takeCellIntegers(from, to, this.#from, this.#to, cells);
    f64(table.open, rows.open);
    f64(table.high, rows.high);
    f64(table.low, rows.low);
    f64(table.close, rows.close);
    f64(table.trades, rows.trades);
    f64(table.volume, rows.volume);
    f64(table.basis, rows.basis);
    f64(table.relative, rows.relative);
    f64(table.openNs, rows.openNs);
    f64(table.openSequence, rows.openSequence);
    f64(table.closeNs, rows.closeNs);
    f64(table.closeSequence, rows.closeSequence);
    f64(table.ifFirstNs, rows.ifFirstNs);
    i32(table.openPublisher, rows.openPublisher);
    i32(table.closePublisher, rows.closePublisher);
    for (let cell = 0; cell < cells; cell += 1) {
      const sums = table.exact.at(this.#from[cell]!);
      if (sums === undefined) rows.exact.clear(this.#to[cell]!);
      else rows.exact.put(this.#to[cell]!, sums);
    }
  }

  /** Most cells have no such trade, and zeros there. */
  #takeIfFirsts(table: BarRows, cells: number): void {
    const { rows } = this;
    const [froms, tos] = [this.#from, this.#to];
    let some = 0;
    for (let cell = 0; cell < cells; cell += 1) {
      const to = tos[cell]!;
      if (rows.ifFirstNs[to] === Infinity) {
        rows.ifFirst[to] = 0;
        rows.ifFirstSequence[to] = 0;
        rows.ifFirstPublisher[to] = 0;
        continue;
      }
      froms[some] = froms[cell]!;
      tos[some] = to;
      some += 1;
    }
    takeCellDoubles(table.ifFirst, rows.ifFirst, froms, tos, some);
    takeCellDoubles(table.ifFirstSequence, rows.ifFirstSequence, froms, tos, some);
    takeCellIntegers(table.ifFirstPublisher, rows.ifFirstPublisher, froms, tos, some);
  }
}

// One loop for each kind of column: a loop that sees both kinds is slower.

function takeDoubles(
  from: Float64Array,
  to: Float64Array,
  ids: readonly number[],
  first: number,
  count: number,
  at: number,
): void {
  for (let index = 0; index < count; index += 1) to[at + index] = from[ids[first + index]!]!;
}

function takeIntegers(
  from: Int32Array,
  to: Int32Array,
  ids: readonly number[],
  first: number,
  count: number,
  at: number,
): void {
  for (let index = 0; index < count; index += 1) to[at + index] = from[ids[first + index]!]!;
}

function takeCellDoubles(
  from: Float64Array,
  to: Float64Array,
  froms: Int32Array,
  tos: Int32Array,
  count: number,
): void {
  for (let index = 0; index < count; index += 1) to[tos[index]!] = from[froms[index]!]!;
}

function takeCellIntegers(from: Int32Array, to: Int32Array, froms: Int32Array, tos: Int32Array, count: number): void {
  for (let index = 0; index < count; index += 1) to[tos[index]!] = from[froms[index]!]!;
}
