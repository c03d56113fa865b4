/**
 * Latency under a steady load: from the moment at which a tick is due to be sent to the receipt of the first bar that
 * shows it. In: load, seconds, followed instruments, a market. Out: percentiles over all ticks of the followed
 * instruments. Client and subscriber share a process; the market has its own, one or more.
 */
import { mkdirSync } from 'node:fs';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { TimeDomain } from '@tapeline/domain';
import { BarWatch, WatchedTicks } from './bar-watch.ts';
import { type DueMessage, sendOpenLoop, wallMs } from './open-loop.ts';
import { batchTicksMax, generatedTicks, TapeMessages } from './publish-tape.ts';
import { PublishFailedError, PublishStream } from './publish-stream.ts';
import { type ProcessTaken, StandaloneProcess } from './standalone-process.ts';
import { generatedDataset, type TapeTick } from './tape-publisher.ts';

/** A load. */
export type LatencyLoad = {
  readonly ticksPerSecond: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Ticks of this long go in one batch, ms. */
  readonly batchMs: number;
  readonly symbols: readonly string[];
  /** Instruments that trade; those of every generated tape unless set. */
  readonly instruments?: number;
  /** Whether ticks that show in no bar in time are counted; otherwise they end the load with an error. */
  readonly mayFallBehind?: boolean;
};

/** A load on a standalone market in an empty folder. */
export type LatencyTask = LatencyLoad & { readonly folder: string; readonly nodeArguments?: readonly string[] };

/** A market under load. */
export type LoadedMarket = {
  /** Addresses of gRPC, where ticks are published and where bars are followed. */
  readonly ingest: string;
  readonly query: string;
  /** CPU time and memory of all its processes. */
  taken(): Promise<ProcessTaken>;
};

/** Percentiles, ms. */
export type Percentiles = {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
};

/** What a load met. */
export type LatencyMeasure = {
  readonly ticksPerSecond: number;
  readonly seconds: number;
  /** Ticks whose latency was measured. */
  readonly measuredTicks: number;
  /** Followed ticks that showed in no bar in time, of all that were sent; 0 unless the load may fall behind. */
  readonly unshownTicks: number;
  readonly latencyMs: Percentiles;
  /** How late the sender itself was; it is part of the latency. */
  readonly senderLateMs: Percentiles;
  /** Bars that the subscriber got in a second, warm-up included. */
  readonly barsPerSecond: number;
  /** CPU seconds a second, warm-up included. */
  readonly serverCpuShare: number;
  readonly clientCpuShare: number;
  readonly serverRssBytes: number;
};

/** Time to encode the whole load before it begins, and at least this much besides. */
const encodeTicksPerMs = 250;
const leadMs = 2_000;
/** Into so much of the warming up all of the followed instruments have traded, and their terms are in a store that had just started. */
const followAfterShare = 0.6;
const settleMsMax = 10_000;

/** Runs the load against a new market in `folder`. */
export async function measureLatency(task: LatencyTask): Promise<LatencyMeasure> {
  mkdirSync(task.folder, { recursive: true });
  const market = await StandaloneProcess.start(task.folder, task.nodeArguments);
  try {
    return await runLoad({ ingest: market.grpc, query: market.grpc, taken: () => market.taken() }, task);
  } finally {
    await market.stop();
  }
}

/** Runs the load against a market that nobody has published to. Throws `PublishFailedError`. */
export async function runLoad(market: LoadedMarket, task: LatencyLoad): Promise<LatencyMeasure> {
  const { ticksPerSecond, warmUpSeconds, seconds, symbols } = task;
  const loadSeconds = warmUpSeconds + seconds;
  const startMs = Math.ceil(wallMs() + leadMs + (loadSeconds * ticksPerSecond) / encodeTicksPerMs);
  const latencyUs = createHistogram();
  const ticks = new WatchedTicks(startMs + warmUpSeconds * 1_000, latencyUs);
  const messages = loadMessages(task, startMs, ticks);
  const stream = await PublishStream.open(market.ingest, { dataset: generatedDataset, timeDomain: TimeDomain.live });
  if (wallMs() > startMs) throw new PublishFailedError('encoding the load took longer than was planned for it');
  const failures: unknown[] = [];
  const failed = (error: unknown): void => void failures.push(error);
  const sending = sendOpenLoop(stream, messages, failed);
  // Instruments must be known before they can be followed.
  await sleep(startMs + followAfterShare * warmUpSeconds * 1_000 - wallMs());
  const [serverBefore, clientBefore, beganMs] = [await market.taken(), process.cpuUsage(), wallMs()];
  const watch = new BarWatch(market.query, symbols, ticks, failed);
  await watch.live;
  const senderLateUs = await sending;
  const { user, system } = process.cpuUsage(clientBefore);
  const serverAfter = await market.taken();
  const tookSeconds = (wallMs() - beganMs) / 1_000;
  await allShown(ticks, failures);
  const unshownTicks = ticks.waiting;
  if (unshownTicks > 0 && task.mayFallBehind !== true) {
    throw new PublishFailedError(`${unshownTicks} ticks showed in no bar`);
  }
  await stream.finish();
  await watch.stop();
  return {
    ticksPerSecond,
    seconds,
    measuredTicks: latencyUs.count,
    unshownTicks,
    latencyMs: percentilesMs(latencyUs),
    senderLateMs: percentilesMs(senderLateUs),
    barsPerSecond: watch.bars / tookSeconds,
    serverCpuShare: (serverAfter.cpuSeconds - serverBefore.cpuSeconds) / tookSeconds,
    clientCpuShare: (user + system) / 1e6 / tookSeconds,
    serverRssBytes: serverAfter.rssBytes,
  };
}

/** The whole load, encoded; a batch is due when the time that it holds is over. */
function loadMessages(task: LatencyLoad, startMs: number, watched: WatchedTicks): DueMessage[] {
  const { ticksPerSecond, warmUpSeconds, seconds, batchMs, symbols, instruments } = task;
  const next = generatedTicks(startMs, ticksPerSecond, instruments);
  const endMs = startMs + (warmUpSeconds + seconds) * 1_000;
  const tape = new TapeMessages(TimeDomain.live);
  const followed = new Set(symbols);
  const messages: DueMessage[] = [];
  let tick = next();
  for (let dueMs = startMs + batchMs; dueMs <= endMs; dueMs += batchMs) {
    const batch: TapeTick[] = [];
    for (; tick.eventMs < dueMs; tick = next()) {
      batch.push(tick);
      if (followed.has(tick.symbol)) watched.add(tick.symbol, tick.eventMs, dueMs);
    }
    for (let from = 0; from < batch.length; from += batchTicksMax) {
      messages.push({ dueMs, bytes: tape.batch(batch.slice(from, from + batchTicksMax)).bytes });
    }
  }
  return messages;
}

/** Resolves when all have shown, or when they have had their time. Throws `PublishFailedError` if a stream ended. */
async function allShown(ticks: WatchedTicks, failures: readonly unknown[]): Promise<void> {
  const deadlineMs = wallMs() + settleMsMax;
  while (ticks.waiting > 0) {
    const [failure] = failures;
    if (failure !== undefined) throw new PublishFailedError('a stream ended under the load', { cause: failure });
    if (wallMs() > deadlineMs) return;
    await sleep(20);
  }
}

function percentilesMs(us: RecordableHistogram): Percentiles {
  const at = (percentile: number): number => us.percentile(percentile) / 1_000;
  return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: us.max / 1_000 };
}
