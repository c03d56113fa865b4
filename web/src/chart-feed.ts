/**
 * The bars of one chart, from history and live. In: a selection. Out: merged changes to whoever paints. No gap: a page is
 * read after the stream has said that it is live, so what happened before is in the page, and what happens after in the
 * stream; what comes twice is told apart by its revision.
 */
import { BarSeries, type Merged } from './data/bar-series.ts';
import { afterFailure, afterPage, type OlderState, olderUnknown, wantsOlder } from './data/older-pages.ts';
import type { BarPage, ReadApi } from './data/read-api.ts';
import type { ChartSelection } from './data/selection.ts';
import { readBars, type ViewBar } from './data/view-bar.ts';
import { FollowStream } from './stream/follow-stream.ts';
import type { StreamState } from './stream/stream-state.ts';

/** Who paints the bars and tells of the stream. */
export type ChartSink = {
  /** Some bars changed; all of them are in `series`. */
  onMerged(series: BarSeries, merged: Merged): void;
  /** The first page is here, or what was shown is replaced. */
  onLoaded(series: BarSeries): void;
  onState(state: StreamState): void;
  onProblem(text: string): void;
};

const newestPage = 600;
const olderPage = 1_000;
const retryMs = 2_000;

/** Follows one selection until it is closed. */
export class ChartFeed {
  readonly #selection: ChartSelection;
  readonly #api: ReadApi;
  readonly #sink: ChartSink;
  readonly #stop = new AbortController();
  readonly #stream: FollowStream;
  #series = new BarSeries();
  /** Bars since a snapshot began whose page is not here yet; they belong to the series that replaces this one. */
  #sinceFresh: BarSeries | undefined;
  #wasLive = false;
  /** Whether a page is in the series, so that it can be shown. */
  #isLoaded = false;
  #older: OlderState = olderUnknown;

  constructor(selection: ChartSelection, api: ReadApi, sink: ChartSink) {
    this.#selection = selection;
    this.#api = api;
    this.#sink = sink;
    this.#stream = new FollowStream(streamAddress(selection), {
      onEvent: (name, data) => this.#onEvent(name, data),
      onFresh: () => {
        this.#sinceFresh = new BarSeries();
      },
      onState: (state) => sink.onState(state),
    });
    void this.#readEarly();
  }

  get stream(): FollowStream {
    return this.#stream;
  }

  close(): void {
    this.#stop.abort();
    this.#stream.close();
  }

  /** Tells the index of the leftmost bar on the screen; reads older bars where they are near. */
  onVisible(firstVisible: number): void {
    const { bars, isFull } = this.#series;
    if (!wantsOlder(this.#older, firstVisible, bars.length, isFull, performance.now())) return;
    this.#older = { ...this.#older, isReading: true };
    void this.#readOlder(bars[0]?.startSec ?? 0);
  }

  #onEvent(name: string, data: unknown): void {
    if (name === 'bars') {
      const { bars, unread } = readBars(data);
      if (unread > 0) this.#sink.onProblem(`${unread} bars of the stream could not be read.`);
      this.#take(bars.filter((bar) => isOf(bar, this.#selection)));
    } else if (name === 'snapshot_end') {
      // What was read before the stream was there may lack what happened in between.
      if (this.#sinceFresh !== undefined) void this.#readAfterSnapshot(this.#sinceFresh, this.#wasLive);
      this.#wasLive = true;
    }
  }

  #take(bars: readonly ViewBar[]): void {
    if (bars.length === 0) return;
    this.#sinceFresh?.merge(bars);
    const merged = this.#series.merge(bars);
    // Before the first page there is no place for a bar to stand.
    if (this.#isLoaded) this.#sink.onMerged(this.#series, merged);
  }

  /** The first page at once, so that there is something to see. It closes no gap: the stream may begin after it. */
  async #readEarly(): Promise<void> {
    try {
      const page = await this.#api.readNewestBars(this.#selection, newestPage, undefined, this.#stop.signal);
      if (!this.#stop.signal.aborted) this.#takeNewest(page);
    } catch (error) {
      this.#tellOf('Bars', error);
    }
  }

  /** The newest page once the stream is live; tries again until it is there or another snapshot begins. */
  async #readAfterSnapshot(since: BarSeries, isReplacing: boolean): Promise<void> {
    while (!this.#stop.signal.aborted && since === this.#sinceFresh) {
      try {
        const page = await this.#api.readNewestBars(this.#selection, newestPage, undefined, this.#stop.signal);
        if (since !== this.#sinceFresh || this.#stop.signal.aborted) return;
        this.#sinceFresh = undefined;
        if (isReplacing) this.#replaceBy(since);
        this.#takeNewest(page);
      } catch (error) {
        this.#tellOf('Bars', error);
        await pause(retryMs, this.#stop.signal);
      }
    }
  }

  #replaceBy(since: BarSeries): void {
    this.#series = since;
    this.#older = olderUnknown;
    this.#isLoaded = false;
  }

  #takeNewest({ bars, isLast }: BarPage): void {
    const merged = this.#series.merge(bars);
    if (this.#isLoaded) {
      this.#sink.onMerged(this.#series, merged);
      return;
    }
    this.#isLoaded = true;
    this.#older = afterPage(isLast);
    this.#sink.onLoaded(this.#series);
  }

  async #readOlder(endSec: number): Promise<void> {
    const series = this.#series;
    try {
      const page = await this.#api.readNewestBars(this.#selection, olderPage, endSec, this.#stop.signal);
      // The series was replaced meanwhile; this page belongs to the one before.
      if (series !== this.#series) return;
      this.#older = afterPage(page.isLast);
      if (page.bars.length > 0) this.#sink.onMerged(series, series.merge(page.bars));
    } catch (error) {
      if (this.#stop.signal.aborted || series !== this.#series) return;
      this.#older = afterFailure(this.#older, performance.now());
      this.#tellOf('Older bars', error);
    }
  }

  #tellOf(what: string, error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#sink.onProblem(`${what} of ${this.#selection.symbol} could not be read: ${reason}.`);
  }
}

function streamAddress({ dataset, symbol, interval, profile }: ChartSelection): string {
  const query = new URLSearchParams({
    // Names in the list are encoded once more, so that they may hold commas and slashes.
    symbols: `${encodeURIComponent(dataset)}/${encodeURIComponent(symbol)}`,
    intervals: interval,
    profile,
    forming: 'true',
  });
  return `/v1/stream?${query}`;
}

function isOf(bar: ViewBar, { dataset, symbol, interval, profile }: ChartSelection): boolean {
  return bar.symbol === symbol && bar.dataset === dataset && bar.interval === interval && bar.profile === profile;
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
