/**
 * The fold as one would write it first, to compare with: an object a tick, an object a bar, a map from symbol to the
 * open bar. In: ticks in order. Out: bars of a second. It has no publishers, no links, no late ticks, no corrections,
 * no conditions, no exact sums, no restart; it is a yardstick and nothing else uses it.
 */

/** One trade as an object. */
export type PlainTick = {
  readonly symbol: string;
  /** ms since the Unix epoch. */
  readonly eventMs: number;
  readonly price: number;
  readonly size: number;
  readonly venue: string;
  readonly conditions: readonly string[];
  readonly sequence: number;
};

/** One bar of a second. */
export type PlainBar = {
  readonly symbol: string;
  readonly startMs: number;
  readonly open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  notional: number;
  trades: number;
};

/** Folds the ticks and calls `close` with every bar when the symbol's next one begins, and with the last ones. */
export function foldPlainly(ticks: Iterable<PlainTick>, close: (bar: PlainBar) => void): void {
  const open = new Map<string, PlainBar>();
  for (const { symbol, eventMs, price, size } of ticks) {
    const startMs = Math.floor(eventMs / 1000) * 1000;
    const bar = open.get(symbol);
    if (bar !== undefined && bar.startMs === startMs) {
      bar.high = Math.max(bar.high, price);
      bar.low = Math.min(bar.low, price);
      bar.close = price;
      bar.volume += size;
      bar.notional += price * size;
      bar.trades += 1;
      continue;
    }
    if (bar !== undefined) close(bar);
    const notional = price * size;
    open.set(symbol, {
      symbol,
      startMs,
      open: price,
      high: price,
      low: price,
      close: price,
      volume: size,
      notional,
      trades: 1,
    });
  }
  for (const bar of open.values()) close(bar);
}
