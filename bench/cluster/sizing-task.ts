/**
 * What a market takes of a machine under a steady load. In: a load, how many workers, a stream and a keyspace of its own, the
 * processes and the directory of broker and node. Out: cores by process, memory, bytes in the log, how fresh outputs are. All
 * rates are between the two times at which the load asks for what was taken: after the warm-up, and when all was sent.
 */
import { type LatencyLoad, type LatencyMeasure, runLoad } from '../latency-task.ts';
import { type LogBytes, logBytes } from './log-bytes.ts';
import { MarketProcesses, type MarketTaken } from './market-processes.ts';
import { type LogPlace, openLog, type StorePlace } from './open-places.ts';
import { type LagSeen, OutputLag } from './output-lag.ts';
import { processTaken } from './process-taken.ts';

/** The servers, which share the machine. */
export type SizingServers = {
  readonly kafkaPid: number;
  readonly cassandraPid: number;
  /** Of the broker. */
  readonly kafkaDirectory: string;
};

/** What to run. */
export type SizingTask = {
  readonly log: LogPlace;
  readonly store: StorePlace;
  readonly workers: number;
  readonly load: LatencyLoad;
  readonly servers: SizingServers;
};

/** Something of each process of ours. */
export type ByProcess = {
  readonly ingest: number;
  readonly workers: readonly number[];
  readonly query: number;
};

/** What was met. */
export type SizingMeasure = {
  /** Of what the rates are measured over. */
  readonly seconds: number;
  /** That became durable in a second. */
  readonly ticksPerSecond: number;
  /** Revisions of bars in a second, of all intervals and profiles. */
  readonly barsPerSecond: number;
  /** CPU seconds a second; `client` sends the ticks, reads the bars and looks how fresh outputs are. */
  readonly cores: ByProcess & { readonly kafka: number; readonly cassandra: number; readonly client: number };
  /** Resident, in the end. */
  readonly rssBytes: ByProcess;
  /** By topic, divided by ticks. */
  readonly logBytesPerTick: LogBytes;
  readonly outputLag: LagSeen;
  /** From the time at which a tick is due to be sent to the receipt of the first bar that shows it. */
  readonly reader: LatencyMeasure;
  /** Durable since the beginning, warm-up included. */
  readonly ticksTotal: number;
};

/** The load did not ask what was taken, so that nothing is known. */
export class SizingFailedError extends Error {
  override name = 'SizingFailedError';
}

/** Starts the processes, runs the load and ends them. */
export async function measureSizing({ log: place, store, workers, load, servers }: SizingTask): Promise<SizingMeasure> {
  const market = await MarketProcesses.start(place, store, workers);
  const log = await openLog(place);
  try {
    const addresses = market.workers.map(({ grpc }) => grpc);
    const lag = await OutputLag.begin(log, addresses);
    const readings: Reading[] = [];
    const read = async (taken: MarketTaken): Promise<void> => {
      readings.push(await readingOf(market, taken, servers, place.stream));
    };
    const reader = await underWatch(lag, () => runLoad(market.loaded(read), load));
    const [from, to] = readings;
    if (from === undefined || to === undefined) throw new SizingFailedError('the load was not looked at twice');
    const outputLag = lag.between(from.atMs, to.atMs);
    return { ...ratesOf(from, to), outputLag, reader, ticksTotal: await market.ingest.counter(ticksCounter) };
  } finally {
    await market.end();
    await log.close();
  }
}

async function underWatch<Result>(lag: OutputLag, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } finally {
    await lag.end();
  }
}

const ticksCounter = 'tapeline_ingest_ticks_total';
const barsCounter = 'tapeline_worker_bars_total';

/** Everything at one time; CPU time of our own process too. */
type Reading = {
  readonly atMs: number;
  readonly taken: MarketTaken;
  readonly kafkaCpu: number;
  readonly cassandraCpu: number;
  readonly clientCpu: number;
  readonly logBytes: LogBytes;
  readonly ticks: number;
  readonly bars: number;
};

async function readingOf(
  market: MarketProcesses,
  taken: MarketTaken,
  { kafkaPid, cassandraPid, kafkaDirectory }: SizingServers,
  stream: string,
): Promise<Reading> {
  const atMs = performance.now();
  const { user, system } = process.cpuUsage();
  const [kafkaCpu, cassandraCpu] = [kafkaPid, cassandraPid].map((pid) => processTaken(pid).cpuSeconds);
  const bytes = logBytes(kafkaDirectory, stream);
  const bars = await Promise.all(market.workers.map((worker) => worker.counter(barsCounter)));
  return {
    atMs,
    taken,
    kafkaCpu: kafkaCpu ?? Number.NaN,
    cassandraCpu: cassandraCpu ?? Number.NaN,
    clientCpu: (user + system) / 1e6,
    logBytes: bytes,
    ticks: await market.ingest.counter(ticksCounter),
    bars: bars.reduce((sum, each) => sum + each, 0),
  };
}

function ratesOf(from: Reading, to: Reading): Omit<SizingMeasure, 'outputLag' | 'reader' | 'ticksTotal'> {
  const seconds = (to.atMs - from.atMs) / 1_000;
  const ticks = to.ticks - from.ticks;
  const rate = (before: number, after: number): number => (after - before) / seconds;
  const perTick = (topic: keyof LogBytes): number => (to.logBytes[topic] - from.logBytes[topic]) / ticks;
  const [before, after] = [from.taken, to.taken];
  return {
    seconds,
    ticksPerSecond: ticks / seconds,
    barsPerSecond: rate(from.bars, to.bars),
    cores: {
      ingest: rate(before.ingest.cpuSeconds, after.ingest.cpuSeconds),
      workers: after.workers.map(({ cpuSeconds }, index) => rate(before.workers[index]?.cpuSeconds ?? 0, cpuSeconds)),
      query: rate(before.query.cpuSeconds, after.query.cpuSeconds),
      kafka: rate(from.kafkaCpu, to.kafkaCpu),
      cassandra: rate(from.cassandraCpu, to.cassandraCpu),
      client: rate(from.clientCpu, to.clientCpu),
    },
    rssBytes: {
      ingest: after.ingest.rssBytes,
      workers: after.workers.map(({ rssBytes }) => rssBytes),
      query: after.query.rssBytes,
    },
    logBytesPerTick: {
      ticks: perTick('ticks'),
      bars: perTick('bars'),
      tape: perTick('tape'),
      quarantine: perTick('quarantine'),
    },
  };
}
