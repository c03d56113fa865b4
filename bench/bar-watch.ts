/**
 * Tells when ticks first show in bars. In: for each followed instrument and second when its ticks were due, in their
 * order; updates of its forming and closed bars. Out: a latency for every tick. A bar that holds n trades shows the first
 * n ticks of its second, for one publisher's ticks of one instrument are counted in their order.
 */
import type { RecordableHistogram } from 'node:perf_hooks';
import { connectGrpc, type GrpcChannel } from '@tapeline/grpc';
import { errorDetails, wireQuery } from '@tapeline/wire';
import { wallMs } from './open-loop.ts';
import { generatedDataset } from './tape-publisher.ts';

/** Ticks of one instrument in one second: when each was due, and how many have shown. */
export type WatchedSecond = { readonly dueMs: number[]; shown: number };

/** Ticks that are waited for, by symbol and start of their second. */
export class WatchedTicks {
  readonly #seconds = new Map<string, WatchedSecond>();
  readonly #fromMs: number;
  readonly #latencyUs: RecordableHistogram;
  #waiting = 0;

  /** Ticks due before `fromMs` are not measured: they warm up. Those of seconds that end before it are not even waited for. */
  constructor(fromMs: number, latencyUs: RecordableHistogram) {
    this.#fromMs = fromMs;
    this.#latencyUs = latencyUs;
  }

  /** Ticks that have not shown. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The next tick of its instrument, in the order in which they are published. */
  add(symbol: string, eventMs: number, dueMs: number): void {
    const startSec = Math.floor(eventMs / 1_000);
    if ((startSec + 1) * 1_000 <= this.#fromMs) return;
    const key = `${symbol} ${startSec}`;
    const second = this.#seconds.get(key);
    if (second === undefined) this.#seconds.set(key, { dueMs: [dueMs], shown: 0 });
    else second.dueMs.push(dueMs);
    this.#waiting += 1;
  }

  /** A bar of a second with `trades` trades came at `nowMs`. */
  show(symbol: string, startSec: number, trades: number, nowMs: number): void {
    const second = this.#seconds.get(`${symbol} ${startSec}`);
    if (second === undefined) return;
    for (; second.shown < Math.min(trades, second.dueMs.length); second.shown += 1) {
      this.#waiting -= 1;
      const dueMs = second.dueMs[second.shown] as number;
      if (dueMs >= this.#fromMs) this.#latencyUs.record(Math.max(1, Math.round((nowMs - dueMs) * 1_000)));
    }
  }
}

/** A subscriber of bars of a second, profile `all`, forming ones too. */
export class BarWatch {
  readonly #channel: GrpcChannel;
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>;
  /** Resolves when the snapshot has come: from then on everything is live. */
  readonly live: Promise<void>;
  #bars = 0;

  /** `failed` hears what ended the subscription, if anything but `stop` did. */
  constructor(address: string, symbols: readonly string[], ticks: WatchedTicks, failed: (error: unknown) => void) {
    this.#channel = connectGrpc({ address, errorCodec: errorDetails });
    let isLive = (): void => undefined;
    this.live = new Promise((resolve) => (isLive = resolve));
    this.#reading = this.#read(symbols, ticks, isLive);
    this.#reading.catch((error: unknown) => {
      failed(error);
      isLive();
    });
  }

  /** Bars that came, forming and closed. */
  get bars(): number {
    return this.#bars;
  }

  /** Ends the subscription. Throws what ended it before. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
    this.#channel.close();
  }

  async #read(symbols: readonly string[], ticks: WatchedTicks, isLive: () => void): Promise<void> {
    const { methods, fullName } = wireQuery.QueryServiceDefinition;
    const request = {
      instruments: symbols.map((symbol) => ({ dataset: generatedDataset, symbol })),
      intervals: ['1s'],
      profiles: ['all'],
      includeForming: true,
      resumeToken: '',
    };
    try {
      const { signal } = this.#stop;
      for await (const { event } of this.#channel.serverStream(methods.streamBars, fullName, request, { signal })) {
        if (event?.$case === 'snapshotEnd') isLive();
        if (event?.$case !== 'bars') continue;
        const nowMs = wallMs();
        for (const { instrument, startTimeNs, trades } of event.value.bars) {
          ticks.show(instrument?.symbol ?? '', Number(startTimeNs / 1_000_000_000n), Number(trades), nowMs);
        }
        this.#bars += event.value.bars.length;
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }
}
