/**
 * One worker, as a query process listens to it. In: an address, and which instruments are wanted. Out: its forming bars,
 * for as long as it is there: a broken stream is opened again after a growing pause, with every want sent anew. Law 7: what
 * waits to be said is at most one word for each instrument.
 */
import type { Bar } from '@tapeline/domain';
import { type ClientTls, connectGrpc, type DuplexCall, type ErrorCodec, type GrpcChannel } from '@tapeline/grpc';
import { Backoff, type Clock, type RandomSource } from '@tapeline/runtime';
import { barFromWire, wireWorker } from '@tapeline/wire';
import type { InstrumentName } from '../requests/request-fields.ts';

/** Instruments of one message, as the contract has it. */
const wantsPerMessageMax = 1_000;
/** Pauses before a broken stream is opened again, ms. */
const firstPauseMs = 100;
const pauseMsMax = 5_000;
/** A worker that gives no sign of life for so long together is taken for lost, ms. */
const keepaliveMs = 5_000;
const keepaliveTimeoutMs = 3_000;
const statusDeadlineMs = 1_000;

const { WorkerServiceDefinition } = wireWorker;
const { watchForming, getWorkerStatus } = WorkerServiceDefinition.methods;

type Watching = DuplexCall<wireWorker.WatchFormingRequest, wireWorker.WatchFormingResponse>;

/** What a link needs. */
export type RemoteFormingLinkConfig = {
  readonly address: string;
  readonly errorCodec: ErrorCodec;
  readonly tls?: ClientTls;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Everything that is wanted now, by key. */
  readonly wanted: ReadonlyMap<string, InstrumentName>;
  /** Hears the bars of one instrument as they stand now. */
  readonly hear: (bars: readonly Bar[]) => void;
  /** A stream broke, and why. */
  readonly broken: (error: unknown) => void;
  /** A bar could not be read. */
  readonly unreadable: (message: string) => void;
};

/** The link to one worker; it begins at once. */
export class RemoteFormingLink {
  readonly #config: RemoteFormingLinkConfig;
  readonly #channel: GrpcChannel;
  readonly #stop = new AbortController();
  readonly #backoff: Backoff;
  readonly #running: Promise<void>;
  /** What the worker was told is wanted, and what has to be looked at again. */
  readonly #told = new Map<string, InstrumentName>();
  readonly #changed = new Map<string, InstrumentName>();
  #wake: () => void = () => undefined;

  constructor(config: RemoteFormingLinkConfig) {
    const { address, errorCodec, tls, random } = config;
    this.#config = config;
    this.#channel = connectGrpc({
      address,
      errorCodec,
      keepaliveMs,
      keepaliveTimeoutMs,
      ...(tls === undefined ? {} : { tls }),
    });
    this.#backoff = new Backoff({ firstMs: firstPauseMs, maxMs: pauseMsMax, random });
    this.#running = this.#run();
  }

  /** Whether an instrument is wanted has changed. */
  change(key: string, name: InstrumentName): void {
    this.#changed.set(key, name);
    this.#wake();
  }

  /** How the worker does. Rejects with `RpcError`, after a second where it does not answer. */
  async status(): Promise<wireWorker.GetWorkerStatusResponse> {
    const options = { deadlineMs: statusDeadlineMs, signal: this.#stop.signal };
    return this.#channel.unary(getWorkerStatus, WorkerServiceDefinition.fullName, {}, options);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#channel.close();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, broken } = this.#config;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#watch();
      } catch (error) {
        if (!signal.aborted) broken(error);
      }
      await clock.sleep(this.#backoff.nextMs(), signal);
    }
  }

  async #watch(): Promise<void> {
    const { wanted } = this.#config;
    const { signal } = this.#stop;
    const call = this.#channel.duplex(watchForming, WorkerServiceDefinition.fullName, { signal });
    const over = new AbortController();
    this.#told.clear();
    this.#changed.clear();
    for (const [key, name] of wanted) this.#changed.set(key, name);
    // What ends it ends the responses too, and is told there.
    const telling = Promise.allSettled([this.#tell(call, over.signal)]);
    try {
      for await (const { bars } of call.responses) {
        this.#backoff.reset();
        this.#hear(bars);
      }
    } finally {
      over.abort();
      call.cancel();
      this.#wake();
      await telling;
    }
  }

  async #tell(call: Watching, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const request = this.#request();
      if (request === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      await call.send(request);
    }
  }

  #request(): wireWorker.WatchFormingRequest | undefined {
    const want: InstrumentName[] = [];
    const unwant: InstrumentName[] = [];
    for (const [key, name] of this.#changed) {
      if (want.length >= wantsPerMessageMax || unwant.length >= wantsPerMessageMax) break;
      this.#changed.delete(key);
      const isWanted = this.#config.wanted.has(key);
      if (isWanted === this.#told.has(key)) continue;
      if (isWanted) this.#told.set(key, name);
      else this.#told.delete(key);
      (isWanted ? want : unwant).push({ dataset: name.dataset, symbol: name.symbol });
    }
    return want.length + unwant.length === 0 ? undefined : { want, unwant };
  }

  #hear(wire: wireWorker.WatchFormingResponse['bars']): void {
    const { hear, unreadable } = this.#config;
    let bars: Bar[] = [];
    for (const one of wire) {
      const bar = barFromWire(one);
      if ('code' in bar) {
        unreadable(bar.message);
        continue;
      }
      const [first] = bars;
      if (first !== undefined && (first.dataset !== bar.dataset || first.symbol !== bar.symbol)) {
        hear(bars);
        bars = [];
      }
      bars.push(bar);
    }
    if (bars.length > 0) hear(bars);
  }
}
