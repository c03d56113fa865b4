/**
 * A bar as the page keeps it. In: JSON that came over the wire. Out: a checked bar, its prices still the exact decimals
 * that the server wrote; or nothing, where it is none. Times are seconds since the Unix epoch, UTC.
 */

/** One revision of a bar. */
export type ViewBar = {
  readonly dataset: string;
  readonly symbol: string;
  readonly interval: string;
  readonly profile: string;
  /** First second of the bar. */
  readonly startSec: number;
  /** First second after it. */
  readonly endSec: number;
  /** Decimals; null where no eligible trade set one. */
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string | null;
  readonly volume: string;
  readonly vwap: string | null;
  readonly trades: number;
  /** Events applied to the bar; the higher one holds. */
  readonly revision: number;
  /** Whether its time runs, it closed, or something was applied after it had closed. */
  readonly state: 'forming' | 'closed' | 'revised';
};

/** Reads one bar; undefined if a field is missing or of the wrong kind. */
export function readBar(value: unknown): ViewBar | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const row = value as Readonly<Record<string, unknown>>;
  const { dataset, symbol, interval, profile, start, end, volume, trades, revision, state } = row;
  const names = [dataset, symbol, interval, profile, start, end, volume];
  if (!names.every((name) => typeof name === 'string')) return undefined;
  const prices = [row['open'], row['high'], row['low'], row['close'], row['vwap'] ?? null].map(readPrice);
  const [open, high, low, close, vwap] = prices;
  if (open === undefined || high === undefined || low === undefined || close === undefined || vwap === undefined) {
    return undefined;
  }
  const [startSec, endSec, tradeCount] = [secondsOf(String(start)), secondsOf(String(end)), Number(trades)];
  const revisionNumber = Number(revision);
  if (![startSec, endSec, tradeCount, revisionNumber].every((number) => Number.isSafeInteger(number))) return undefined;
  if (state !== 'forming' && state !== 'closed' && state !== 'revised') return undefined;
  return {
    dataset: String(dataset),
    symbol: String(symbol),
    interval: String(interval),
    profile: String(profile),
    startSec,
    endSec,
    open,
    high,
    low,
    close,
    volume: String(volume),
    vwap,
    trades: tradeCount,
    revision: revisionNumber,
    state,
  };
}

/** Reads `{"bars": […]}`; what is no bar is left out and counted. */
export function readBars(value: unknown): { readonly bars: readonly ViewBar[]; readonly unread: number } {
  const list = typeof value === 'object' && value !== null ? (value as { readonly bars?: unknown }).bars : undefined;
  if (!Array.isArray(list)) return { bars: [], unread: 1 };
  const bars = list.map(readBar).filter((bar) => bar !== undefined);
  return { bars, unread: list.length - bars.length };
}

/** Names an instrument in a map. */
export function instrumentKey(dataset: string, symbol: string): string {
  return `${dataset}\n${symbol}`;
}

function readPrice(value: unknown): string | null | undefined {
  if (value === null) return null;
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? value : undefined;
}

function secondsOf(text: string): number {
  return Date.parse(text) / 1_000;
}
