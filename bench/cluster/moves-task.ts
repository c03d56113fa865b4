/**
 * What a move costs: the symbol that moves, and all others. In: a stream of its own, a rate to begin with. Out: how long a tick of a
 * moving symbol waited at most, by move; ages of the ticks of others in rounds with moves and in rounds without, one after the other
 * under one load on the same processes. The rate is halved until a time without moves keeps up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TimeDomain } from '@tapeline/domain';
import { type DueMessage, sendOpenLoop, wallMs } from '../open-loop.ts';
import { PublishStream } from '../publish-stream.ts';
import { batchTicksMax, generatedTicks, TapeMessages } from '../publish-tape.ts';
import { symbolOf } from '../tape-generator.ts';
import { generatedDataset, type TapeTick } from '../tape-publisher.ts';
import { MovesLead } from './moves-lead.ts';
import type { LogPlace, StorePlace } from './open-places.ts';
import { ServiceProcess } from './service-process.ts';
import { TapeAges } from './tape-ages.ts';

/** What to run. */
export type MovesTask = {
  readonly log: LogPlace;
  readonly store: StorePlace;
  /** To how many partitions the stream grows before the load. */
  readonly grownTo: number;
  readonly ingests: number;
  readonly workers: number;
  readonly ticksPerSecond: number;
  /** Seconds of each round, and rounds of each kind. */
  readonly roundSeconds: number;
  readonly rounds: number;
};

/** Ages of ticks of symbols that stay, ms. */
export type OthersAges = { readonly p50Ms: number; readonly p99Ms: number; readonly ticks: number };

/** What was met. */
export type MovesMeasure = {
  readonly ticksPerSecondAsked: number;
  /** The highest one tried that a time without moves keeps up with. */
  readonly ticksPerSecond: number;
  readonly moves: number;
  /** The longest that a tick of the moving symbol waited until it was durable on the tape, by move, ms. */
  readonly pauseMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** From the Move to the arrival by the clocks of the log, as workers tell it, ms: the mean. */
  readonly moveToArrivalMs: number;
  /** Share of moves of which that took 250 ms at most. */
  readonly arrivedSoonShare: number;
  readonly still: readonly OthersAges[];
  readonly moving: readonly OthersAges[];
};

const batchMs = 25;
const leadMs = 500;
const instruments = 100;
const moversCount = 30;
const movedAtOnce = 2;
const moveEveryMs = 2_000;
/** Workers share the new partitions out. */
const sharedOutMs = 15_000;
/** Ten processes and two Java servers compile what they run; on two cores that takes more than a minute. */
const warmUpMs = 90_000;
const tryMs = 8_000;
const calmMs = 3_000;
const growWithinMs = 60_000;
/**
 * A rate is kept up with if ticks are no older than this in the middle of a time without moves, and at its 99th percentile. A pause has the
 * ordinary age in it: where that is near what is asked of a pause, the figure would be of the machine alone.
 */
const keptUp = { p50Ms: 100, p99Ms: 200 };
const rateMin = 500;
/** What the issue asks of a pause; a bound of the workers' histogram. */
const pauseAskedMs = 250;

/** Runs it. Rejects with the errors of services, log and store. */
export async function measureMoves(task: MovesTask): Promise<MovesMeasure> {
  const services: ServiceProcess[] = [];
  const start = async (name: 'ingest' | 'worker'): Promise<ServiceProcess> => {
    const service = await ServiceProcess.start(name, task.log, task.store);
    services.push(service);
    return service;
  };
  try {
    const ingests: ServiceProcess[] = [];
    while (ingests.length < task.ingests) ingests.push(await start('ingest'));
    const workers: ServiceProcess[] = [];
    while (workers.length < task.workers) workers.push(await start('worker'));
    const lead = await MovesLead.open(task.log, task.store);
    try {
      await lead.grow(task.grownTo, growWithinMs);
      await sleep(sharedOutMs);
      return await measured(
        task,
        lead,
        ingests.map(({ grpc }) => grpc),
        workers,
      );
    } finally {
      await lead.close();
    }
  } finally {
    await Promise.allSettled(services.map((service) => service.end('SIGKILL')));
  }
}

async function measured(
  task: MovesTask,
  lead: MovesLead,
  ingests: readonly string[],
  workers: readonly ServiceProcess[],
): Promise<MovesMeasure> {
  const movers = Array.from({ length: moversCount }, (_, at) => symbolOf(at * 3));
  const ages = await TapeAges.begin(lead.backend.log, movers);
  try {
    const { ticksPerSecond, load } = await keptUpLoad(task, ages, ingests);
    const [still, moving]: [OthersAges[], OthersAges[]] = [[], []];
    const pauses: number[] = [];
    const places = new Map<string, number>();
    for (let round = 0; round < task.rounds; round += 1) {
      still.push(await during(ages, () => sleep(task.roundSeconds * 1_000)));
      const before = lead.made.length;
      moving.push(await during(ages, () => moveAbout(task, { lead, movers, places }, round)));
      await arrivals(lead);
      // What was parked is out by then.
      await sleep(calmMs);
      for (const { symbol, publishedMs, arrivedMs } of lead.made.slice(before)) {
        const oldest = ages.oldest(symbol, publishedMs, arrivedMs + calmMs);
        if (oldest !== undefined) pauses.push(oldest);
      }
      ages.takeOthers();
    }
    await load.end();
    const [sum = 0, count = 0] = await Promise.all(['sum', 'count'].map((part) => pauseCounter(workers, part)));
    const soon = await pauseCounter(workers, 'bucket', `le="${pauseAskedMs / 1_000}"`);
    return {
      ticksPerSecondAsked: task.ticksPerSecond,
      ticksPerSecond,
      moves: pauses.length,
      pauseMs: { p50: quantile(pauses, 0.5), p99: quantile(pauses, 0.99), max: quantile(pauses, 1) },
      moveToArrivalMs: (sum / Math.max(1, count)) * 1_000,
      arrivedSoonShare: soon / Math.max(1, count),
      still,
      moving,
    };
  } finally {
    await ages.close();
  }
}

async function pauseCounter(workers: readonly ServiceProcess[], part: string, label?: string): Promise<number> {
  const name = `tapeline_worker_move_pause_seconds_${part}`;
  const each = await Promise.all(workers.map((worker) => worker.counter(name, label)));
  return each.reduce((sum, value) => sum + value, 0);
}

/** The load at the highest rate that is kept up with, which goes on. */
async function keptUpLoad(
  task: MovesTask,
  ages: TapeAges,
  ingests: readonly string[],
): Promise<{ readonly ticksPerSecond: number; readonly load: LiveLoad }> {
  // A rate tried first would say how long compiling takes.
  const first = await LiveLoad.begin(ingests, Math.floor(task.ticksPerSecond / 2));
  await sleep(warmUpMs);
  await first.end();
  for (let rate = task.ticksPerSecond; ; rate = Math.floor(rate / 2)) {
    const load = await LiveLoad.begin(ingests, rate);
    await sleep(tryMs);
    const { p50Ms, p99Ms } = await during(ages, () => sleep(tryMs));
    process.stderr.write(`bench: ${rate} ticks a second without moves: p50 ${p50Ms} ms, p99 ${p99Ms} ms\n`);
    if ((p50Ms <= keptUp.p50Ms && p99Ms <= keptUp.p99Ms) || rate < 2 * rateMin) return { ticksPerSecond: rate, load };
    await load.end();
    await sleep(calmMs);
  }
}

async function during(ages: TapeAges, work: () => Promise<unknown>): Promise<OthersAges> {
  ages.takeOthers();
  await work();
  const seen = ages.takeOthers();
  return { p50Ms: seen.percentile(50) / 1_000, p99Ms: seen.percentile(99) / 1_000, ticks: seen.count };
}

type Movers = {
  readonly lead: MovesLead;
  readonly movers: readonly string[];
  /** Where those that moved are wanted, over all rounds: a pin that is taken back is a move. */
  readonly places: Map<string, number>;
};

/** Some of the movers go to the next partition, again and again. */
async function moveAbout(
  { roundSeconds, grownTo }: MovesTask,
  { lead, movers, places }: Movers,
  round: number,
): Promise<void> {
  const endMs = performance.now() + roundSeconds * 1_000;
  for (let step = 0; performance.now() < endMs; step += 1) {
    for (let moved = 0; moved < movedAtOnce; moved += 1) {
      const symbol = movers[(step * movedAtOnce + moved) % movers.length] ?? '';
      places.set(symbol, (round * 5 + step * 3 + moved) % grownTo);
    }
    lead.pin(Array.from(places, ([symbol, partition]) => ({ dataset: generatedDataset, symbol, partition })));
    await sleep(Math.min(moveEveryMs, Math.max(0, endMs - performance.now())));
  }
}

async function arrivals(lead: MovesLead): Promise<void> {
  for (let waitedMs = 0; lead.underWay > 0 && waitedMs < growWithinMs; waitedMs += 100) await sleep(100);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Live ticks at a steady pace, sent when they are due, each symbol by one ingest. */
class LiveLoad {
  readonly #stop = { isAsked: false };
  readonly #streams: readonly PublishStream[];
  readonly #sending: Promise<unknown>;

  private constructor(streams: readonly PublishStream[], ticksPerSecond: number) {
    this.#streams = streams;
    const startMs = Math.ceil(wallMs() + leadMs);
    const share = { startMs, ticksPerSecond, count: streams.length, stop: this.#stop };
    this.#sending = Promise.all(
      streams.map((stream, index) =>
        // What was not sent is not settled either, which \`finish\` tells; a wait for room that the end cuts short is no loss.
        sendOpenLoop(stream, messagesOf({ ...share, index }), () => undefined),
      ),
    );
  }

  static async begin(addresses: readonly string[], ticksPerSecond: number): Promise<LiveLoad> {
    const options = { dataset: generatedDataset, timeDomain: TimeDomain.live };
    const streams = await Promise.all(addresses.map((address) => PublishStream.open(address, options)));
    return new LiveLoad(streams, ticksPerSecond);
  }

  /** Resolves when everything that was sent is settled. Throws `PublishFailedError`. */
  async end(): Promise<void> {
    this.#stop.isAsked = true;
    await this.#sending;
    await Promise.all(this.#streams.map((stream) => stream.finish()));
  }
}

type Share = {
  readonly startMs: number;
  readonly ticksPerSecond: number;
  readonly index: number;
  readonly count: number;
  readonly stop: { readonly isAsked: boolean };
};

/** The part of the tape that one stream sends: every so-manieth symbol as it first appears. */
function* messagesOf({ startMs, ticksPerSecond, index, count, stop }: Share): Generator<DueMessage> {
  const next = generatedTicks(startMs, ticksPerSecond, instruments);
  const tape = new TapeMessages(TimeDomain.live);
  const order = new Map<string, number>();
  const isOurs = ({ symbol }: TapeTick): boolean => {
    const place = order.get(symbol) ?? order.size;
    order.set(symbol, place);
    return place % count === index;
  };
  let tick = next();
  for (let dueMs = startMs + batchMs; !stop.isAsked; dueMs += batchMs) {
    const batch: TapeTick[] = [];
    for (; tick.eventMs < dueMs; tick = next()) if (isOurs(tick)) batch.push(tick);
    for (let from = 0; from < batch.length; from += batchTicksMax) {
      yield { dueMs, bytes: tape.batch(batch.slice(from, from + batchTicksMax)).bytes };
    }
  }
}
