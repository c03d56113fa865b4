/**
 * The memory of the bars' columns. In: how many rows there must be room for. Out: columns that lie in one piece of memory.
 * A table that is no longer small gets room for millions of rows at once: the system gives memory only where it is
 * written to, so nothing large is ever copied while a tape is being counted. Where it refuses, the table doubles.
 */

const f64Columns = ['startSec', 'endSec', 'events', 'firstBlock', 'lastBlock'] as const;
const i32Columns = ['instrument', 'level', 'flags', 'publishers', 'tradingDate', 'kept'] as const;
const f64CellColumns = [
  'open',
  'high',
  'low',
  'close',
  'trades',
  'volume',
  'basis',
  'relative',
  'openNs',
  'openSequence',
  'closeNs',
  'closeSequence',
  'ifFirst',
  'ifFirstNs',
  'ifFirstSequence',
] as const;
const i32CellColumns = ['openPublisher', 'closePublisher', 'ifFirstPublisher'] as const;

type F64Name = (typeof f64Columns)[number] | (typeof f64CellColumns)[number];
type I32Name = (typeof i32Columns)[number] | (typeof i32CellColumns)[number];

/** Every column of a table: numbers by row or by cell. */
export type BarColumns = { [Name in F64Name]: Float64Array } & { [Name in I32Name]: Int32Array };

/** Rows that a table first has room for, up to how many it doubles, and how many it reserves beyond. */
const rowsMin = 64;
const rowsCopiedMax = 32_768;
const rowsReserved = 4_194_304;
/** Columns begin apart from each other by odd numbers of cache lines, or equal rows of all would displace each other. */
const lineBytes = 64;

/** How many rows the next table has room for, after one with room for `rows`. */
export function roomAfter(rows: number): number {
  if (rows === 0) return rowsMin;
  return rows < rowsCopiedMax || rows >= rowsReserved ? rows * 2 : rowsReserved;
}

/**
 * Columns with room for `rows` rows of `profiles` cells, zero but for what `from` holds. Throws `RangeError` where there
 * is no memory for it.
 */
export function makeColumns(rows: number, profiles: number, from: BarColumns | undefined): BarColumns {
  const cells = rows * profiles;
  const f64s: [F64Name, number][] = [
    ...f64Columns.map((name): [F64Name, number] => [name, rows]),
    ...f64CellColumns.map((name): [F64Name, number] => [name, cells]),
  ];
  const i32s: [I32Name, number][] = [
    ...i32Columns.map((name): [I32Name, number] => [name, rows]),
    ...i32CellColumns.map((name): [I32Name, number] => [name, cells]),
  ];
  const columns: Partial<Record<F64Name | I32Name, Float64Array | Int32Array>> = {};
  if (rows <= rowsCopiedMax) {
    for (const [name, count] of f64s) columns[name] = new Float64Array(count);
    for (const [name, count] of i32s) columns[name] = new Int32Array(count);
  } else {
    const sizes = [...f64s.map(([, count]) => count * 8), ...i32s.map(([, count]) => count * 4)];
    // Memory that is shared is not counted against the heap, where what is only reserved would call for collections.
    const buffer = new SharedArrayBuffer(sizes.reduce((sum, bytes) => sum + spaced(bytes), 0));
    let at = 0;
    const next = (bytes: number): number => {
      const start = at;
      at += spaced(bytes);
      return start;
    };
    for (const [name, count] of f64s) columns[name] = new Float64Array(buffer, next(count * 8), count);
    for (const [name, count] of i32s) columns[name] = new Int32Array(buffer, next(count * 4), count);
  }
  const made = columns as BarColumns;
  if (from !== undefined) for (const [name] of [...f64s, ...i32s]) made[name].set(from[name]);
  return made;
}

function spaced(bytes: number): number {
  const lines = Math.ceil(bytes / lineBytes);
  return (lines + (lines % 2) + 1) * lineBytes;
}
