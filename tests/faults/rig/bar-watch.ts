/**
 * A subscriber that sees everything that the server sends, repeats included. In: the address of query, instruments. Out:
 * revisions by bar as they came, over any number of connections with the resume token; the oracles: revisions never go back
 * (law 5), and what came last is what the store has, so nothing was left out (law 8).
 */
import type { Bar } from '@tapeline/domain';
import { connectGrpc, RpcError } from '@tapeline/grpc';
import { errorDetails, type wireMarket, wireQuery } from '@tapeline/wire';
import { loadDataset } from './load.ts';
import { pause } from './until.ts';

const { methods, fullName } = wireQuery.QueryServiceDefinition;
const shownMax = 8;
const retryMs = 250;
const formingState = 1;

/** What is followed. */
export type WatchWish = {
  readonly address: string;
  readonly symbols: readonly string[];
  readonly intervals?: readonly string[];
};

/** Follows until it is closed. */
export class BarWatch {
  /** Revisions that were lower than one before, in words; at most a few. */
  readonly stepsBack: string[] = [];
  readonly breaks: string[] = [];
  readonly #newest = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #startNs = BigInt(Date.now() - 60_000) * 1_000_000n;
  readonly #done: Promise<void>;
  #resumeToken = '';
  #lastNewMs = performance.now();
  #longestMs = 0;

  constructor(wish: WatchWish) {
    this.#done = this.#follow(wish);
    // A defect is told by `close`.
    void Promise.allSettled([this.#done]);
  }

  /** The newest revision by bar, `symbol interval profile startSec`. */
  get newest(): ReadonlyMap<string, number> {
    return this.#newest;
  }

  /** The longest time in which no bar came, ms; the present one included. */
  get longestSilenceMs(): number {
    return Math.round(Math.max(this.#longestMs, performance.now() - this.#lastNewMs));
  }

  /** Takes a bar in, as a stream brought it. */
  take(bar: Pick<wireMarket.Bar, 'instrument' | 'interval' | 'profile' | 'startTimeNs' | 'revision' | 'state'>): void {
    if (bar.state === formingState) return;
    const key = `${bar.instrument?.symbol} ${bar.interval} ${bar.profile} ${bar.startTimeNs / 1_000_000_000n}`;
    const [revision, before] = [Number(bar.revision), this.#newest.get(key) ?? 0];
    if (revision < before && this.stepsBack.length < shownMax) {
      this.stepsBack.push(`${key} came with revision ${revision} after ${before}`);
    }
    if (revision <= before) return;
    this.#newest.set(key, revision);
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastNewMs);
    this.#lastNewMs = nowMs;
  }

  /** Bars of the store whose newest revision did not come, in words. */
  gaps(rows: readonly Bar[]): string[] {
    const gaps: string[] = [];
    for (const { symbol, interval, profile, startSec, revision } of rows) {
      const key = `${symbol} ${interval} ${profile} ${startSec}`;
      const seen = this.#newest.get(key);
      if (seen !== revision)
        gaps.push(`${key} is of revision ${revision} in the store, the stream brought ${seen ?? 'none'}`);
    }
    return gaps.length <= shownMax ? gaps : [...gaps.slice(0, shownMax), `and ${gaps.length - shownMax} more`];
  }

  /** Ends the stream; rejects if it met what no new try can cure. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #follow({ address, symbols, intervals = ['1s', '5s'] }: WatchWish): Promise<void> {
    const { signal } = this.#stop;
    const instruments = symbols.map((symbol) => ({ dataset: loadDataset, symbol }));
    while (!signal.aborted) {
      const channel = connectGrpc({ address, errorCodec: errorDetails });
      try {
        const request = wireQuery.StreamBarsRequest.fromPartial({
          instruments,
          intervals: [...intervals],
          profiles: ['all', 'sip'],
          startTimeNs: this.#startNs,
          resumeToken: this.#resumeToken,
        });
        for await (const { event } of channel.serverStream(methods.streamBars, fullName, request, { signal })) {
          if (event?.$case === 'bars') for (const bar of event.value.bars) this.take(bar);
          if (event?.$case === 'snapshotEnd' || event?.$case === 'heartbeat')
            this.#resumeToken = event.value.resumeToken;
        }
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        if (!signal.aborted) this.breaks.push(`${error.status} ${error.reason} ${error.message}`);
        if (error.status === 'INVALID_ARGUMENT') throw error;
      } finally {
        channel.close();
      }
      await pause(signal.aborted ? 0 : retryMs);
    }
  }
}
