/**
 * The market at a glance, live. In: the server's instruments and the stream of their days. Out: changed rows to whoever
 * paints, and the watermark. An instrument that appears while the page is open appears in the list.
 */
import { type InstrumentName, type ReadApi, readInstrumentNames } from './data/read-api.ts';
import { readBars } from './data/view-bar.ts';
import { type RowChange, WatchRows } from './data/watch-rows.ts';
import { FollowStream } from './stream/follow-stream.ts';
import type { StreamState } from './stream/stream-state.ts';

/** Who paints the list. */
export type WatchSink = {
  onRows(): void;
  onChange(change: RowChange): void;
  /** Seconds since the Unix epoch; null where the log has no clock yet. */
  onWatermark(sec: number | null): void;
  onState(state: StreamState): void;
  onProblem(text: string): void;
};

/** Follows all instruments for as long as the page lives. */
export class WatchFeed {
  readonly rows: WatchRows = new WatchRows();
  readonly stream: FollowStream;
  readonly #api: ReadApi;
  readonly #sink: WatchSink;

  constructor(api: ReadApi, sink: WatchSink) {
    this.#api = api;
    this.#sink = sink;
    this.stream = new FollowStream('/v1/stream?symbols=*&intervals=1d&profile=all&forming=true', {
      onEvent: (name, data) => this.#onEvent(name, data),
      onFresh: () => void this.#readInstruments(),
      onState: (state) => sink.onState(state),
    });
  }

  async #readInstruments(): Promise<void> {
    try {
      await this.#api.readInstruments((page) => this.#add(page), new AbortController().signal);
      this.#sink.onRows();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#sink.onProblem(`The list of instruments could not be read: ${text}.`);
    }
  }

  #onEvent(name: string, data: unknown): void {
    if (name === 'bars') this.#takeBars(data);
    else if (name === 'instruments') this.#add(readInstrumentNames(data));
    else if (name === 'heartbeat') {
      const { watermark } = data as { readonly watermark?: unknown };
      this.#sink.onWatermark(typeof watermark === 'string' ? Date.parse(watermark) / 1_000 : null);
    }
  }

  #takeBars(data: unknown): void {
    const { bars, unread } = readBars(data);
    if (unread > 0) this.#sink.onProblem(`${unread} bars of the stream could not be read.`);
    this.#add(bars);
    for (const bar of bars) {
      const change = this.rows.applyDay(bar);
      if (change !== undefined) this.#sink.onChange(change);
    }
  }

  #add(names: readonly InstrumentName[]): void {
    let isNew = false;
    for (const { dataset, symbol } of names) isNew = this.rows.add(dataset, symbol) || isNew;
    if (isNew) this.#sink.onRows();
  }
}
