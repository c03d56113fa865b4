/**
 * A query process on the simulated log and store. In: bars and ticks as workers would leave them. Out: its handlers,
 * called as gRPC calls them, and its HTTP port. Workers write the store before the topic; the rig can do one alone.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Bar,
  homePartition,
  type InstrumentTerms,
  type Store,
  type StoredInstrument,
  type TickLog,
} from '@tapeline/domain';
import type { GrpcCall, RpcError } from '@tapeline/grpc';
import {
  type PlacementSource,
  type Query,
  type QueryConfig,
  queryConfigDefaults,
  type StatusJson,
  startQuery,
} from '@tapeline/query';
import { type Clock, createHealth, createMetrics, type Health, silentLogger, systemClock } from '@tapeline/runtime';
import { SimulatedFormingBars, SimulatedLog, SimulatedStore, VirtualClock } from '@tapeline/simulation';
import { barToWire, wireMarket, wireOutput, wireQuery } from '@tapeline/wire';
import { exampleBar } from '../../services/query/test-kit/example-bar.ts';

const startMs = 1_381_239_000_000;
const nsPerMs = 1_000_000n;

/** Terms of instruments where a test does not say others. */
export const terms: InstrumentTerms = {
  priceExponent: -4,
  sizeExponent: 0,
  calendar: '24/7',
  currency: 'USD',
  tickSize: 100,
};

/** A bar of SPY in 1m and all, where a test does not say otherwise. */
export function barOf(startSec: number, changes: Partial<Bar> = {}): Bar {
  return exampleBar({ ...changes, startSec });
}

/** What a rig is made with. */
export type RigOptions = {
  readonly partitions?: number;
  readonly config?: Partial<QueryConfig>;
  readonly clock?: Clock;
  readonly webRoot?: string;
  readonly retentionMs?: number;
  readonly status?: () => StatusJson;
  /** What the query process reads in place of the store. */
  readonly storeSeen?: (store: SimulatedStore) => Store;
  /** What it reads in place of the log. */
  readonly logSeen?: (log: SimulatedLog) => TickLog;
  readonly control?: PlacementSource;
};

/** The status that a rig tells. */
export const rigStatus: StatusJson = {
  version: '0',
  startedAt: '2013-10-08T13:30:00Z',
  dataDir: '/data',
  limits: [],
  ticksPerSecond: 0,
  ticksTotal: 0,
  barsTotal: 0,
  lagMs: 0,
  feeds: [],
  partitions: [],
};

/** A query process under test. */
export class QueryRig {
  readonly log: SimulatedLog;
  readonly store: SimulatedStore = new SimulatedStore();
  readonly forming: SimulatedFormingBars = new SimulatedFormingBars();
  readonly time: VirtualClock = new VirtualClock(startMs);
  readonly health: Health = createHealth();
  readonly #options: RigOptions;
  #query: Query | undefined;

  private constructor(options: RigOptions) {
    this.#options = options;
    const { partitions = 2, retentionMs } = options;
    this.log = new SimulatedLog({
      clock: this.time,
      partitions,
      ...(retentionMs === undefined ? {} : { retentionMs }),
    });
  }

  /** A rig with SPY and QQQ of the dataset `d`. */
  static async start(options: RigOptions = {}): Promise<QueryRig> {
    const rig = new QueryRig(options);
    await rig.addInstruments([{ symbol: 'SPY' }, { symbol: 'QQQ' }]);
    await rig.startQuery();
    return rig;
  }

  /** Another query process on the same log and store, in place of the one before. */
  async startQuery(): Promise<void> {
    const { clock = systemClock, config, webRoot, status, storeSeen, logSeen, control } = this.#options;
    this.#query = await startQuery({
      log: logSeen?.(this.log) ?? this.log,
      store: storeSeen?.(this.store) ?? this.store,
      forming: this.forming,
      clock,
      logger: silentLogger,
      metrics: createMetrics({ ofProcess: false }),
      health: this.health,
      config: { ...queryConfigDefaults, httpPort: 0, heartbeatMs: 100, ...config },
      status: status ?? (() => rigStatus),
      ...(control === undefined ? {} : { control }),
      ...(webRoot === undefined ? {} : { webRoot }),
    });
  }

  /** The process. */
  get query(): Query {
    if (this.#query === undefined) throw new Error('the query process was not started');
    return this.#query;
  }

  /** The URL of a path. */
  url(path: string): string {
    return `http://127.0.0.1:${this.query.httpPort}${path}`;
  }

  async addInstruments(
    instruments: readonly (Partial<StoredInstrument> & { readonly symbol: string })[],
  ): Promise<void> {
    await this.store.writeInstruments(instruments.map((instrument) => ({ dataset: 'd', terms, ...instrument })));
  }

  /** Puts bars out as a worker does: into the store, then into the topic. All are of one instrument. */
  async putBars(bars: readonly Bar[], clockSec: number = 0): Promise<void> {
    await this.store.writeBars(bars);
    await this.tellBars(bars, clockSec);
  }

  /** Puts bars into the topic alone. */
  async tellBars(bars: readonly Bar[], clockSec: number = 0, partition: number = this.homeOf(bars[0])): Promise<void> {
    const bytes = barRecord(bars, clockSec);
    await this.log.append('bars', partition, bytes);
    // Who waits for records has this one a turn later, so what a test asks next is asked of a query that knows it.
    await nextTurn();
  }

  homeOf(instrument: { readonly dataset: string; readonly symbol: string } = { dataset: 'd', symbol: 'SPY' }): number {
    return homePartition(instrument.dataset, instrument.symbol, this.log.basePartitions);
  }

  streamBars(request: Partial<wireQuery.StreamBarsRequest> = {}): BarReader {
    const call = new TestCall();
    const full = wireQuery.StreamBarsRequest.fromPartial({
      instruments: [{ dataset: 'd', symbol: 'SPY' }],
      intervals: ['1m'],
      profiles: ['all'],
      ...request,
    });
    return new BarReader(this.query.service.streamBars(full, call), call);
  }

  async getBars(request: Partial<wireQuery.GetBarsRequest> = {}): Promise<wireQuery.GetBarsResponse> {
    const full = wireQuery.GetBarsRequest.fromPartial({
      instrument: { dataset: 'd', symbol: 'SPY' },
      interval: '1m',
      profile: 'all',
      ...request,
    });
    return this.query.service.getBars(full, new TestCall());
  }

  async stop(): Promise<void> {
    await this.query.stop(1_000);
  }
}

/** Which instruments left a partition and came to it. */
export type Moved = Pick<wireOutput.BarRecord, 'departures' | 'arrivals'>;

const noMoves: Moved = { departures: [], arrivals: [] };

/** The bytes of a record of bars; the lateness is 2 s. */
export function barRecord(bars: readonly Bar[], clockSec: number, moved: Partial<Moved> = {}): Uint8Array {
  return wireOutput.BarRecord.encode({
    ...noMoves,
    ...moved,
    bars: bars.map(barToWire),
    clockTimeNs: BigInt(clockSec * 1_000) * nsPerMs,
    nextOffset: 0n,
    latenessMs: 2_000n,
  }).finish();
}

/** A call as gRPC makes it. */
export class TestCall implements GrpcCall {
  readonly #gone = new AbortController();
  readonly signal: AbortSignal = this.#gone.signal;
  readonly peer = 'test';
  readonly metadata: ReadonlyMap<string, string> = new Map();
  /** With what the service ended the call while nobody read. */
  aborted: RpcError | undefined;

  abort(error: RpcError): void {
    this.aborted ??= error;
    this.#gone.abort(error);
  }

  /** The caller goes away. */
  cancel(): void {
    this.#gone.abort();
  }
}

type BarsAndSigns = NonNullable<wireQuery.StreamBarsResponse['event']>;

/** Reads a stream of bars event by event. */
export class BarReader {
  readonly call: TestCall;
  readonly #events: AsyncIterator<unknown>;
  /** The token of the last event that had one. */
  token = '';

  constructor(events: AsyncIterable<unknown>, call: TestCall) {
    this.#events = events[Symbol.asyncIterator]();
    this.call = call;
  }

  /** The next event; rejects with the error that ends the stream. */
  async next(): Promise<BarsAndSigns> {
    const step = await this.#events.next();
    if (step.done === true) throw new Error('the stream ended without an error');
    const { event } = decoded(step.value);
    if (event === undefined) throw new Error('an event without content');
    if ('resumeToken' in event.value) this.token = event.value.resumeToken;
    return event;
  }

  /** The bytes of the next response that was encoded before. */
  async raw(): Promise<Uint8Array> {
    for (;;) {
      const step = await this.#events.next();
      const response: unknown = step.value;
      if (typeof response === 'object' && response !== null && 'bytes' in response) return response.bytes as Uint8Array;
    }
  }

  /** The next event that is no heartbeat and, unless they are asked for, no end of a bucket. */
  async nextOf<Kind extends BarsAndSigns['$case']>(kind: Kind): Promise<Extract<BarsAndSigns, { $case: Kind }>> {
    for (;;) {
      const event = await this.next();
      if (event.$case === kind) return event as Extract<BarsAndSigns, { $case: Kind }>;
      if (event.$case === 'bars' || event.$case === 'snapshotEnd')
        throw new Error(`${event.$case} came before ${kind}`);
    }
  }

  /** Bars up to the end of the snapshot. */
  async snapshot(): Promise<wireMarket.Bar[]> {
    const bars: wireMarket.Bar[] = [];
    for (;;) {
      const event = await this.next();
      if (event.$case === 'bars') bars.push(...event.value.bars);
      else if (event.$case === 'snapshotEnd') return bars;
      else throw new Error(`${event.$case} came before the end of the snapshot`);
    }
  }

  /** As many bars as asked for, whatever the events between them. */
  async bars(count: number): Promise<wireMarket.Bar[]> {
    const bars: wireMarket.Bar[] = [];
    while (bars.length < count) bars.push(...(await this.nextOf('bars')).value.bars);
    return bars;
  }

  /** The reader goes away. */
  async leave(): Promise<void> {
    this.call.cancel();
    await this.#events.return?.();
  }
}

/** A response, whether it was encoded before or not. */
export function decoded(response: unknown): wireQuery.StreamBarsResponse {
  const isEncoded = typeof response === 'object' && response !== null && 'bytes' in response;
  if (isEncoded) return wireQuery.StreamBarsResponse.decode(response.bytes as Uint8Array);
  // What is not encoded goes through the codec too, as it does on its way to a reader.
  const message = response as wireQuery.StreamBarsResponse;
  return wireQuery.StreamBarsResponse.decode(wireQuery.StreamBarsResponse.encode(message).finish());
}

/** What is compared of bars: start, revision, state. */
export function shortOf(bars: readonly wireMarket.Bar[]): string[] {
  return bars.map(
    (bar) =>
      `${bar.instrument?.symbol} ${bar.interval} ${bar.startTimeNs / 1_000_000_000n} r${bar.revision} ${stateNames[bar.state]}`,
  );
}

const stateNames: Readonly<Record<number, string>> = {
  [wireMarket.BarState.BAR_STATE_FORMING]: 'forming',
  [wireMarket.BarState.BAR_STATE_CLOSED]: 'closed',
  [wireMarket.BarState.BAR_STATE_REVISED]: 'revised',
};

/** The error of a call that has to fail. */
export async function failure(call: Promise<unknown>): Promise<RpcError> {
  try {
    await call;
  } catch (error) {
    return error as RpcError;
  }
  throw new Error('the call did not fail');
}
