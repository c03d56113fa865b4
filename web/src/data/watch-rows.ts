/**
 * The market at a glance. In: instruments and the bars of their days. Out: one row an instrument: last price, change
 * against the first price of its day, volume. Law 7: at most `watchRowsMax` rows; more are counted, not shown.
 */
import { isNewer } from './bar-series.ts';
import { changePercent, compareDecimals, decimalsOf, usualDecimals } from './decimal-text.ts';
import { instrumentKey, type ViewBar } from './view-bar.ts';

/** Instruments that the list holds. */
export const watchRowsMax: number = 20_000;

/** One instrument. */
export type WatchRow = {
  readonly key: string;
  readonly dataset: string;
  readonly symbol: string;
  /** The bar of its latest day, all profiles of conditions aside; absent until one came. */
  day: ViewBar | undefined;
  last: string | null;
  changePercent: number | null;
  volume: number;
  /** Decimals that its prices have at least on the screen; they only rise, so that a column does not jump. */
  decimals: number;
};

/** How a bar changed its row: the price rose, fell, or something else moved. */
export type RowChange = { readonly row: WatchRow; readonly direction: -1 | 0 | 1 };

/** All rows by instrument. */
export class WatchRows {
  readonly #rows = new Map<string, WatchRow>();
  #leftOut = 0;

  /** In the order in which they came. */
  get rows(): readonly WatchRow[] {
    return [...this.#rows.values()];
  }

  /** How many instruments found no room. */
  get leftOut(): number {
    return this.#leftOut;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): WatchRow | undefined {
    return this.#rows.get(key);
  }

  /** Adds an instrument; whether it is new and found room. */
  add(dataset: string, symbol: string): boolean {
    const key = instrumentKey(dataset, symbol);
    if (this.#rows.has(key)) return false;
    if (this.#rows.size >= watchRowsMax) {
      this.#leftOut += 1;
      return false;
    }
    this.#rows.set(key, {
      key,
      dataset,
      symbol,
      day: undefined,
      last: null,
      changePercent: null,
      volume: 0,
      decimals: 0,
    });
    return true;
  }

  /** Takes the bar of a day in; undefined where it changes nothing: an earlier day, or an older revision. */
  applyDay(bar: ViewBar): RowChange | undefined {
    const row = this.#rows.get(instrumentKey(bar.dataset, bar.symbol));
    if (row === undefined) return undefined;
    const { day } = row;
    if (day !== undefined) {
      if (bar.startSec < day.startSec) return undefined;
      if (bar.startSec === day.startSec && !isNewer(bar, day)) return undefined;
    }
    row.day = bar;
    // A day in which nothing may set a price yet shows the last one that was.
    const before = row.last;
    row.last = bar.close ?? before;
    row.changePercent = changePercent(bar.open, bar.close);
    row.volume = Number(bar.volume);
    for (const price of [bar.open, bar.close]) {
      if (price !== null) row.decimals = Math.max(row.decimals, usualDecimals(decimalsOf(price)));
    }
    const direction = before === null || row.last === null ? 0 : compareDecimals(row.last, before);
    return { row, direction };
  }
}
