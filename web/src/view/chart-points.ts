/**
 * Bars as the chart library takes them. In: a bar with exact decimals. Out: a candle and a column of volume at its place
 * on the time axis. Only here do prices become floating point: pixels need no more.
 */
import type { CandlestickData, HistogramData, UTCTimestamp, WhitespaceData } from 'lightweight-charts';
import { decimalsOf, usualDecimals } from '../data/decimal-text.ts';
import { axisSecond } from '../data/time-text.ts';
import type { ViewBar } from '../data/view-bar.ts';

/** Colours of candles and columns. */
export type ChartColours = { readonly volumeUp: string; readonly volumeDown: string; readonly revised: string };

/** The second at which a bar stands on the axis. */
export function pointTime(bar: ViewBar): UTCTimestamp {
  return axisSecond(bar.startSec, bar.endSec, bar.interval === '1d') as UTCTimestamp;
}

/** Whether a bar has all four prices. */
export function hasCandle({ open, high, low, close }: ViewBar): boolean {
  return open !== null && high !== null && low !== null && close !== null;
}

/** A candle, in the colour of a revision if asked for; a bar without all four prices leaves its place empty. */
export function candleOf(bar: ViewBar, colours: ChartColours, isMarked: boolean): CandlestickData | WhitespaceData {
  const time = pointTime(bar);
  const { open, high, low, close } = bar;
  if (open === null || high === null || low === null || close === null) return { time };
  const candle = { time, open: Number(open), high: Number(high), low: Number(low), close: Number(close) };
  if (!isMarked) return candle;
  return { ...candle, color: colours.revised, borderColor: colours.revised, wickColor: colours.revised };
}

/** A column of volume in the colour of its candle. */
export function columnOf(bar: ViewBar, colours: ChartColours): HistogramData {
  const isDown = bar.open !== null && bar.close !== null && Number(bar.close) < Number(bar.open);
  return { time: pointTime(bar), value: Number(bar.volume), color: isDown ? colours.volumeDown : colours.volumeUp };
}

/** How many decimals prices have, at least and at most. The server writes at least those of the tick size. */
export type DecimalRange = { readonly least: number; readonly most: number };

/** No price was seen yet. */
export const noDecimals: DecimalRange = { least: Number.POSITIVE_INFINITY, most: 0 };

/** The range of these bars and of those before; at most 12, which is as fine as an axis gets. */
export function decimalRange(bars: readonly ViewBar[], before: DecimalRange): DecimalRange {
  let { least, most } = before;
  for (const { open, high, low, close } of bars) {
    for (const price of [open, high, low, close]) {
      if (price === null) continue;
      const decimals = Math.min(decimalsOf(price), 12);
      least = Math.min(least, decimals);
      most = Math.max(most, decimals);
    }
  }
  return { least, most };
}

/** Decimals that every price of a chart has on the screen. */
export function shownDecimals({ least, most }: DecimalRange): number {
  return Math.max(Number.isFinite(least) ? least : 0, usualDecimals(most));
}
