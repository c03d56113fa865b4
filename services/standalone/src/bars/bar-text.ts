/**
 * Bars as text. In: a bar and how many decimals its prices have at least. Out: one line of CSV or of NDJSON. Every
 * number with a unit is an exact decimal; the average price alone is rounded, and says how below.
 */
import { type Bar, divideRounded, formatEventTime, formatUnits } from '@tapeline/domain';
import type { BarFormat } from './bars-options.ts';

const columns = [
  'dataset',
  'symbol',
  'interval',
  'start',
  'end',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'vwap',
  'trades',
  'revision',
  'state',
  'profile',
] as const;

/** A bar's values in the order of the columns; `null` where no eligible trade set one. */
type BarRow = Readonly<Record<(typeof columns)[number], string | number | null>>;

/** What stands before the first bar. */
export function headerText(format: BarFormat): string {
  return format === 'csv' ? `${columns.join(',')}\n` : '';
}

/** One bar as a line. `priceDecimalsMin` is the decimals of the instrument's tick size, 0 where it is not known. */
export function barText(bar: Bar, priceDecimalsMin: number, format: BarFormat): string {
  const row = rowOf(bar, priceDecimalsMin);
  if (format === 'ndjson') return `${JSON.stringify(row)}\n`;
  return `${columns.map((column) => fieldOf(row[column])).join(',')}\n`;
}

function rowOf(bar: Bar, priceDecimalsMin: number): BarRow {
  const price = (units: number | null): string | null =>
    units === null ? null : formatUnits(units, bar.priceExponent, priceDecimalsMin);
  return {
    dataset: bar.dataset,
    symbol: bar.symbol,
    interval: bar.interval,
    start: formatEventTime(bar.startSec),
    end: formatEventTime(bar.endSec),
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
    volume: formatUnits(bar.volume, bar.sizeExponent),
    vwap: averageText(bar, priceDecimalsMin),
    trades: bar.trades,
    revision: bar.revision,
    state: bar.state,
    profile: bar.profile,
  };
}

const averageDecimals = 9;

/** Notional by volume to 9 decimals, or as many as the price has if those are more, half to even. */
function averageText(bar: Bar, priceDecimalsMin: number): string | null {
  if (bar.volume === 0n) return null;
  const decimals = Math.max(averageDecimals, -bar.priceExponent);
  // Notional by volume is in units of the price: the unit of the size falls out.
  const units = divideRounded(bar.notional * 10n ** BigInt(decimals + bar.priceExponent), bar.volume);
  return formatUnits(units, -decimals, priceDecimalsMin);
}

/** A field of CSV by RFC 4180: in quotes where it holds a comma or a quote. */
function fieldOf(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
