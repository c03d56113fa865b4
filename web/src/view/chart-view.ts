/**
 * The chart on the screen: candles and volume. In: bars, whole or as they change. Out: which bar is under the pointer, and
 * how far to the left a person looks. Colours come from the style sheet and follow the scheme of the system.
 */
import {
  CandlestickSeries,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type MouseEventParams,
  type TickMarkType,
  type Time,
} from 'lightweight-charts';
import { shortPriceText } from '../data/decimal-text.ts';
import type { BarSeries, Merged } from '../data/bar-series.ts';
import { axisText, barTimeText } from '../data/time-text.ts';
import type { ViewBar } from '../data/view-bar.ts';
import {
  candleOf,
  type ChartColours,
  columnOf,
  type DecimalRange,
  decimalRange,
  hasCandle,
  noDecimals,
  pointTime,
  shownDecimals,
} from './chart-points.ts';
import { chartTheme } from './chart-theme.ts';
import { oncePerFrame } from './frame.ts';

/** Who listens to the chart. */
export type ChartListener = {
  /** The leftmost bar on the screen, as an index; below 0 where there is space. */
  onVisible(firstVisible: number): void;
  /** The bar under the pointer; undefined where there is none. */
  onPointer(bar: ViewBar | undefined): void;
};

const revisedShownMs = 2_600;
const barSpacing = 9;
const axisWeights = { 0: 'year', 1: 'month', 2: 'day', 3: 'time', 4: 'time' } as const;

/** One chart for the life of the page; selections come and go in it. */
export class ChartView {
  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<'Candlestick'>;
  readonly #volume: ISeriesApi<'Histogram'>;
  readonly #host: HTMLElement;
  readonly #repaint = oncePerFrame(() => this.#paint());
  #colours: ChartColours;
  #series: BarSeries | undefined;
  readonly #byTime = new Map<number, ViewBar>();
  /** Bars to paint in the next frame; everything if `#isWhole`. */
  readonly #waiting = new Map<number, ViewBar>();
  #isWhole = false;
  readonly #marked = new Map<number, ReturnType<typeof setTimeout>>();
  #range: DecimalRange = noDecimals;
  /** The last second on the axis. */
  #lastTime = 0;

  constructor(host: HTMLElement, listener: ChartListener) {
    this.#host = host;
    const theme = chartTheme(host);
    this.#colours = theme.colours;
    this.#chart = createChart(host, {
      ...theme.options,
      autoSize: true,
      localization: { locale: 'en-GB', timeFormatter: (time: Time) => barTimeText(Number(time), this.#isDaily()) },
      timeScale: {
        ...theme.options.timeScale,
        timeVisible: true,
        secondsVisible: true,
        rightOffset: 6,
        barSpacing,
        minBarSpacing: 1,
        tickMarkFormatter: (time: Time, type: TickMarkType) => {
          const weight = axisWeights[type];
          return axisText(Number(time), weight === 'time' && this.#isDaily() ? 'day' : weight);
        },
      },
    });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceFormat: { type: 'volume' },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.#candles = this.#chart.addSeries(CandlestickSeries, { ...theme.candles, borderVisible: false });
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null) listener.onVisible(Math.floor(range.from));
    });
    this.#chart.subscribeCrosshairMove((move: MouseEventParams) => {
      listener.onPointer(move.time === undefined ? undefined : this.#byTime.get(Number(move.time)));
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#onScheme());
  }

  /** Shows another series from its newest bar back. */
  show(series: BarSeries): void {
    this.#series = series;
    this.#range = noDecimals;
    this.#forgetMarks();
    this.#isWhole = true;
    this.#paint();
    this.#chart.priceScale('right').applyOptions({ autoScale: true });
    this.#chart.timeScale().applyOptions({ barSpacing, rightOffset: 6 });
    this.#chart.timeScale().scrollToPosition(6, false);
  }

  /** Empties the chart. */
  clear(): void {
    this.#series = undefined;
    this.#forgetMarks();
    this.#isWhole = true;
    this.#paint();
  }

  /** Paints what changed, in the next frame. */
  update(series: BarSeries, merged: Merged): void {
    this.#series = series;
    if (merged.isReordered) this.#isWhole = true;
    for (const bar of merged.painted) this.#waiting.set(bar.startSec, bar);
    for (const bar of merged.revised) this.#mark(bar);
    this.#repaint();
  }

  /** Decimals that every price of the chart has on the screen. */
  get decimals(): number {
    return shownDecimals(this.#range);
  }

  #paint(): void {
    const bars = this.#series?.bars ?? [];
    if (this.#isWhole) {
      this.#isWhole = false;
      this.#paintAll(bars);
    } else
      for (const bar of [...this.#waiting.values()].toSorted((a, b) => a.startSec - b.startSec)) this.#paintBar(bar);
    this.#waiting.clear();
  }

  #paintAll(bars: readonly ViewBar[]): void {
    this.#setDecimals(bars);
    this.#byTime.clear();
    for (const bar of bars) this.#byTime.set(pointTime(bar), bar);
    // Two days whose bars fall on one date would break the axis; the later one stands.
    const shown = [...this.#byTime.values()];
    const last = shown.at(-1);
    this.#lastTime = last === undefined ? 0 : pointTime(last);
    this.#candles.setData(shown.map((bar) => candleOf(bar, this.#colours, this.#marked.has(bar.startSec))));
    this.#volume.setData(shown.map((bar) => columnOf(bar, this.#colours)));
  }

  #paintBar(bar: ViewBar): void {
    const time = pointTime(bar);
    const isOld = time < this.#lastTime;
    const before = this.#byTime.get(time);
    this.#setDecimals([bar]);
    this.#byTime.set(time, bar);
    this.#lastTime = Math.max(this.#lastTime, time);
    // The library updates an old place only if it holds a point already.
    if (isOld && (before === undefined || hasCandle(before) !== hasCandle(bar))) {
      this.#isWhole = true;
      this.#repaint();
      return;
    }
    this.#candles.update(candleOf(bar, this.#colours, this.#marked.has(bar.startSec)), isOld);
    this.#volume.update(columnOf(bar, this.#colours), isOld);
  }

  #mark(bar: ViewBar): void {
    clearTimeout(this.#marked.get(bar.startSec));
    const end = setTimeout(() => {
      this.#marked.delete(bar.startSec);
      const now = this.#series?.at(bar.startSec);
      if (now === undefined) return;
      this.#waiting.set(now.startSec, now);
      this.#repaint();
    }, revisedShownMs);
    this.#marked.set(bar.startSec, end);
  }

  #forgetMarks(): void {
    for (const timer of this.#marked.values()) clearTimeout(timer);
    this.#marked.clear();
    this.#waiting.clear();
  }

  #setDecimals(bars: readonly ViewBar[]): void {
    const before = this.#range;
    const range = decimalRange(bars, before);
    if (range.least === before.least && range.most === before.most) return;
    this.#range = range;
    const shown = shownDecimals(range);
    this.#candles.applyOptions({
      priceFormat: {
        type: 'custom',
        minMove: 10 ** -range.most,
        formatter: (price: number) => shortPriceText(price.toFixed(range.most), shown),
      },
    });
  }

  #isDaily(): boolean {
    return this.#series?.bars[0]?.interval === '1d';
  }

  #onScheme(): void {
    const theme = chartTheme(this.#host);
    this.#colours = theme.colours;
    this.#chart.applyOptions(theme.options);
    this.#candles.applyOptions(theme.candles);
    this.#isWhole = true;
    this.#repaint();
  }
}
