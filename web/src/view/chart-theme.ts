/**
 * The chart's colours and lines. In: an element, for the variables of the style sheet. Out: options of the chart library,
 * so that the two never drift apart.
 */
import type { CandlestickSeriesPartialOptions, ChartOptions, DeepPartial } from 'lightweight-charts';
import type { ChartColours } from './chart-points.ts';

/** All that depends on the scheme. */
export type ChartTheme = {
  readonly options: DeepPartial<ChartOptions>;
  readonly candles: CandlestickSeriesPartialOptions;
  readonly colours: ChartColours;
};

/** The theme as the style sheet has it now. */
export function chartTheme(host: HTMLElement): ChartTheme {
  const style = getComputedStyle(host);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const cross = { color: colour('quiet'), labelBackgroundColor: colour('raised'), width: 1, style: 3 } as const;
  return {
    options: {
      layout: {
        background: { color: colour('panel') },
        textColor: colour('quiet'),
        fontFamily: style.fontFamily,
        fontSize: 12,
        // Its style sheet would need 'unsafe-inline'; the foot of the chart names the library and links to it.
        attributionLogo: false,
      },
      grid: { vertLines: { color: colour('grid') }, horzLines: { color: colour('grid') } },
      crosshair: { mode: 0, vertLine: cross, horzLine: cross },
      rightPriceScale: { borderColor: colour('line'), scaleMargins: { top: 0.06, bottom: 0.24 }, minimumWidth: 76 },
      timeScale: { borderColor: colour('line') },
    },
    candles: {
      upColor: colour('candle-up'),
      downColor: colour('candle-down'),
      wickUpColor: colour('candle-up'),
      wickDownColor: colour('candle-down'),
      priceLineStyle: 3,
    },
    colours: {
      volumeUp: colour('volume-up'),
      volumeDown: colour('volume-down'),
      revised: colour('revised'),
    },
  };
}
