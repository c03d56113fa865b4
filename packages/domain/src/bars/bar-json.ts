/**
 * A bar as people and JSON readers see it. In: a bar and how many decimals its prices have at least. Out: its values by
 * name, in the order of the columns. Law 6: every number with a unit is an exact decimal; the average price alone is
 * rounded, and says how below.
 */
import { divideRounded, formatUnits } from '../market/decimal.ts';
import { formatEventTime } from '../market/event-time.ts';
import type { Bar } from './bar.ts';

/** Names of the values, in their order. */
export const barJsonColumns = [
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

/** A bar's values: times in RFC 3339, decimals as text; `null` where no eligible trade set one. */
export type BarJson = Readonly<Record<(typeof barJsonColumns)[number], string | number | null>>;

/** The values of a bar. `priceDecimalsMin` is the decimals of the instrument's tick size, 0 where it is not known. */
export function barJson(bar: Bar, priceDecimalsMin: number): BarJson {
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
