/**
 * Which rows the list shows, and in which order. In: rows, what was typed, a column. Out: the rows that match, sorted;
 * what has no value stands last in both directions, and equal ones stand by symbol and dataset.
 */
import type { WatchRow } from './watch-rows.ts';

/** What the list is sorted by. */
export type WatchColumn = 'symbol' | 'last' | 'change' | 'volume';

/** A column and whether its greatest value stands first. */
export type WatchOrder = { readonly column: WatchColumn; readonly isDescending: boolean };

/** The rows that contain every word of `filter` in symbol or dataset, in either case, in order. */
export function orderRows(rows: readonly WatchRow[], filter: string, order: WatchOrder): WatchRow[] {
  const words = filter
    .toUpperCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const shown = rows.filter(({ symbol, dataset }) => {
    const text = `${symbol} ${dataset}`.toUpperCase();
    return words.every((word) => text.includes(word));
  });
  // What was typed in full stands first: of AA, AAPL and BAA, AA is meant.
  const exact = words.length === 1 ? words[0] : undefined;
  return shown.sort(
    (a, b) => exactness(b, exact) - exactness(a, exact) || compareBy(order, a, b) || compareNames(a, b),
  );
}

/** Symbols that more than one dataset has. */
export function ambiguousSymbols(rows: readonly WatchRow[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(rows.map(({ symbol }) => symbol).filter((symbol) => seen.size === seen.add(symbol).size));
}

/** The row that stands first before anybody sorted; undefined if there is none. */
export function firstRow(rows: readonly WatchRow[]): WatchRow | undefined {
  return rows.reduce<WatchRow | undefined>(
    (first, row) => (first === undefined || compareNames(row, first) < 0 ? row : first),
    undefined,
  );
}

/** The order after a click on a column: the other way round, or by that column in its usual direction. */
export function nextOrder(order: WatchOrder, column: WatchColumn): WatchOrder {
  if (order.column === column) return { column, isDescending: !order.isDescending };
  return { column, isDescending: column !== 'symbol' };
}

function exactness(row: WatchRow, exact: string | undefined): number {
  return row.symbol.toUpperCase() === exact ? 1 : 0;
}

function compareBy({ column, isDescending }: WatchOrder, a: WatchRow, b: WatchRow): number {
  if (column === 'symbol') return isDescending ? -compareNames(a, b) : compareNames(a, b);
  const [left, right] = [valueOf(a, column), valueOf(b, column)];
  if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
  return isDescending ? right - left : left - right;
}

function valueOf(row: WatchRow, column: 'last' | 'change' | 'volume'): number | null {
  if (column === 'change') return row.changePercent;
  if (column === 'volume') return row.day === undefined ? null : row.volume;
  return row.last === null ? null : Number(row.last);
}

function compareNames(a: WatchRow, b: WatchRow): number {
  const [left, right] = [`${a.symbol}\n${a.dataset}`, `${b.symbol}\n${b.dataset}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
