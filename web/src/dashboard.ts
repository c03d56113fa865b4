/**
 * The dashboard: feeds on one side, views on the other. In: what the streams bring and what a person does. Out: the page.
 * Rules are elsewhere, in data/ and stream/; here they are only wired.
 */
import { ChartFeed } from './chart-feed.ts';
import { type Incident, type IncidentTone, incidentsBetween, withIncident } from './data/incidents.ts';
import { ReadApi } from './data/read-api.ts';
import {
  addressOf,
  type ChartSelection,
  type IntervalName,
  type ProfileChoice,
  readAddress,
} from './data/selection.ts';
import type { ServerStatus } from './data/server-status.ts';
import { dateText } from './data/time-text.ts';
import { instrumentKey, type ViewBar } from './data/view-bar.ts';
import { firstRow } from './data/watch-order.ts';
import type { WatchRow } from './data/watch-rows.ts';
import type { BarSeries, Merged } from './data/bar-series.ts';
import { connectionView, healedText } from './stream/connection-text.ts';
import type { StreamState } from './stream/stream-state.ts';
import { ChartView } from './view/chart-view.ts';
import { byId } from './view/element.ts';
import { prepareEmpty, showEmpty } from './view/empty-view.ts';
import { oncePerFrame } from './view/frame.ts';
import { PlacementView } from './view/placement-view.ts';
import { ReportView } from './view/report-view.ts';
import { TitleView } from './view/title-view.ts';
import { showConnection, showStatus, showWatermark } from './view/top-view.ts';
import { WatchView } from './view/watch-view.ts';
import { WatchFeed } from './watch-feed.ts';

const statusEveryMs = 2_000;
/** Keys that are held down go through a list faster than charts can be read. */
const openAfterMs = 120;
/** A hidden page holds connections that other pages of this browser need. */
const pauseAfterMs = 60_000;

/** The page as a whole. */
export class Dashboard {
  readonly #api = new ReadApi((address, init) => fetch(address, init));
  readonly #title = new TitleView(
    (interval) => this.#choose({ interval: interval as IntervalName }),
    (profile) => this.#choose({ profile: profile as ProfileChoice }),
  );
  readonly #chart = new ChartView(byId('chart'), {
    onVisible: (firstVisible) => this.#chartFeed?.onVisible(firstVisible),
    onPointer: (bar) => {
      this.#pointed = bar;
      this.#repaint();
    },
  });
  readonly #watchFeed = new WatchFeed(this.#api, {
    onRows: () => this.#onRows(),
    onChange: (change) => {
      this.#watch.onChange(change);
      if (change.row.key === this.#selectedKey()) this.#repaint();
    },
    onWatermark: showWatermark,
    onState: () => this.#onStream(),
    onProblem: (text) => this.#tell('bad', text),
  });
  readonly #watch = new WatchView(this.#watchFeed.rows, (row) => this.#pick(row));
  readonly #report = new ReportView(() => ({
    connection: connectionView(this.#streams(), performance.now()),
    status: this.#status,
    incidents: this.#incidents,
  }));
  readonly #placement = new PlacementView();
  readonly #repaint = oncePerFrame(() => this.#paint());
  #chartFeed: ChartFeed | undefined;
  #series: BarSeries | undefined;
  #selection: ChartSelection | undefined;
  #pointed: ViewBar | undefined;
  #revisedNote = '';
  #status: ServerStatus | undefined;
  #incidents: readonly Incident[] = [];
  #openTimer: ReturnType<typeof setTimeout> | undefined;
  #pauseTimer: ReturnType<typeof setTimeout> | undefined;
  #isCutTold = false;

  /** The bars of the chart, for whoever looks at the page from its console. */
  bars(): readonly ViewBar[] {
    return this.#series?.bars ?? [];
  }

  /** Begins; to be called once. */
  start(): void {
    prepareEmpty();
    byId('connection').addEventListener('click', () => this.#hurry());
    addEventListener('online', () => this.#hurry());
    addEventListener('hashchange', () => this.#onAddress());
    document.addEventListener('visibilitychange', () => this.#onVisibility());
    this.#onAddress();
    this.#placement.start();
    void this.#pollStatus();
    this.#repaint();
  }

  #onAddress(): void {
    const selection = readAddress(location.hash);
    if (selection !== undefined && addressOf(selection) !== this.#address()) this.#open(selection);
  }

  #onRows(): void {
    this.#watch.onRows();
    showEmpty(this.#watchFeed.rows.size === 0, this.#status?.grpcPort ?? Number.NaN);
    const first = firstRow(this.#watchFeed.rows.rows);
    if (this.#selection !== undefined || first === undefined) return;
    // Nobody chose: the first instrument by the minute, also where its first minutes are still to come.
    this.#open({ dataset: first.dataset, symbol: first.symbol, interval: '1m', profile: 'all' });
  }

  #pick({ dataset, symbol }: WatchRow): void {
    this.#choose({ dataset, symbol });
  }

  #choose(part: Partial<ChartSelection>): void {
    if (this.#selection === undefined) return;
    const selection = { ...this.#selection, ...part };
    this.#selection = selection;
    this.#title.showSelection(selection);
    this.#repaint();
    clearTimeout(this.#openTimer);
    this.#openTimer = setTimeout(() => this.#open(selection), openAfterMs);
  }

  #open(selection: ChartSelection): void {
    clearTimeout(this.#openTimer);
    this.#chartFeed?.close();
    this.#selection = selection;
    this.#series = undefined;
    this.#pointed = undefined;
    this.#revisedNote = '';
    history.replaceState(null, '', addressOf(selection));
    this.#title.showSelection(selection);
    this.#title.showNote('Reading bars');
    this.#chart.clear();
    this.#watch.select(instrumentKey(selection.dataset, selection.symbol));
    this.#chartFeed = new ChartFeed(selection, this.#api, {
      onLoaded: (series) => this.#onLoaded(series),
      onMerged: (series, merged) => this.#onMerged(series, merged),
      onState: () => this.#onStream(),
      onProblem: (text) => this.#tell('bad', text),
    });
    this.#repaint();
  }

  #onLoaded(series: BarSeries): void {
    this.#series = series;
    this.#chart.show(series);
    this.#repaint();
  }

  #onMerged(series: BarSeries, merged: Merged): void {
    this.#chart.update(series, merged);
    const revised = merged.revised.at(-1);
    if (revised !== undefined) {
      this.#revisedNote = `Revised: the bar of ${new Date(revised.startSec * 1_000).toISOString().slice(11, 19)}, revision ${revised.revision}`;
    }
    this.#repaint();
  }

  #paint(): void {
    const bars = this.#series?.bars ?? [];
    const last = bars.at(-1);
    const row = this.#watchFeed.rows.get(this.#selectedKey());
    // The pointer may rest on a bar that was revised meanwhile.
    const pointed = this.#pointed === undefined ? undefined : this.#series?.at(this.#pointed.startSec);
    this.#title.showPrice(row);
    this.#title.showBar(pointed ?? last, this.#chart.decimals);
    if (this.#series !== undefined) {
      this.#title.showNote(bars.length === 0 ? 'No bar yet in this interval and profile.' : '');
    }
    const first = bars[0];
    const from =
      first === undefined
        ? ''
        : `${bars.length} ${bars.length === 1 ? 'bar' : 'bars'} since ${dateText(first.startSec)}`;
    this.#title.showFacts([from, this.#revisedNote].filter((text) => text !== '').join(' · '));
    showConnection(connectionView(this.#streams(), performance.now()));
    this.#report.paint();
  }

  /** Both streams are cut at once when the server goes: one line for the cut, one for its end. */
  #onStream(): void {
    const streams = this.#streams();
    const cut = streams.find(({ cutAtMs }) => cutAtMs !== undefined);
    if (cut !== undefined && !this.#isCutTold) {
      this.#isCutTold = true;
      this.#tell('bad', `Cut: ${cut.reason}.`);
    } else if (cut === undefined && this.#isCutTold) {
      this.#isCutTold = false;
      this.#tell('good', healedText(streams));
    }
    this.#repaint();
  }

  #tell(tone: IncidentTone, text: string): void {
    this.#incidents = withIncident(this.#incidents, Date.now(), tone, text);
    this.#repaint();
  }

  async #pollStatus(): Promise<void> {
    try {
      const status = await this.#api.readStatus(AbortSignal.timeout(statusEveryMs * 2));
      for (const { tone, text } of incidentsBetween(this.#status, status)) this.#tell(tone, text);
      this.#status = status;
      showStatus(status);
      showEmpty(this.#watchFeed.rows.size === 0 && this.#watchFeed.stream.state.phase === 'live', status.grpcPort);
    } catch {
      // The light in the header says that the server is away; old figures beside it would be a lie.
      showStatus(undefined);
    }
    this.#repaint();
    setTimeout(() => void this.#pollStatus(), document.hidden ? statusEveryMs * 10 : statusEveryMs);
  }

  #hurry(): void {
    this.#watchFeed.stream.wish('hurry');
    this.#chartFeed?.stream.wish('hurry');
  }

  #onVisibility(): void {
    clearTimeout(this.#pauseTimer);
    const wish = (kind: 'pause' | 'wake'): void => {
      this.#watchFeed.stream.wish(kind);
      this.#chartFeed?.stream.wish(kind);
    };
    if (document.hidden) this.#pauseTimer = setTimeout(() => wish('pause'), pauseAfterMs);
    else wish('wake');
  }

  #streams(): StreamState[] {
    const chart = this.#chartFeed?.stream.state;
    return chart === undefined ? [this.#watchFeed.stream.state] : [this.#watchFeed.stream.state, chart];
  }

  #selectedKey(): string {
    return this.#selection === undefined ? '' : instrumentKey(this.#selection.dataset, this.#selection.symbol);
  }

  #address(): string {
    return this.#chartFeed === undefined || this.#selection === undefined ? '' : addressOf(this.#selection);
  }
}
