/**
 * What a worker's end costs. In: a stream under a live load with two workers. Out: the time from kill -9, and from SIGTERM,
 * until the other one works on everything and what it put out is as fresh as before. Freshness is how old the newest tick is
 * that is durable in every output.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TimeDomain } from '@tapeline/domain';
import { sendOpenLoop, type DueMessage, wallMs } from '../open-loop.ts';
import { batchTicksMax, generatedTicks, TapeMessages } from '../publish-tape.ts';
import { PublishFailedError, PublishStream } from '../publish-stream.ts';
import { generatedDataset, type TapeTick } from '../tape-publisher.ts';
import { GroupWatch } from './group-watch.ts';
import { type LogPlace, openLog, type StorePlace } from './open-places.ts';
import { ServiceProcess } from './service-process.ts';

/** What to run. */
export type FailoverTask = { readonly log: LogPlace; readonly store: StorePlace; readonly ticksPerSecond: number };

/** What was met. */
export type FailoverMeasure = {
  readonly ticksPerSecond: number;
  /** How old the newest durable tick was before, ms: the median of 50 looks. */
  readonly steadyLagMs: number;
  /** From kill -9 until the other worker has everything and has caught up, s. */
  readonly killSeconds: number;
  /** From SIGTERM until the same, and until the process had ended, ms. */
  readonly termMs: number;
  readonly termExitMs: number;
};

/** As fresh as before: not more than this above the lag of before, ms. */
const freshMs = 250;
const steadyLooks = 50;
const lookEveryMs = 20;
const balanceMsMax = 60_000;
const takeOverMsMax = 60_000;
const batchMs = 10;
/** The load lasts for all steps at their slowest; it is cut when they are done. */
const loadSecondsMax = 400;
const leadMs = 1_500;

/** A group that did not come to rest. */
export class FailoverFailedError extends Error {
  override name = 'FailoverFailedError';
}

/** Runs both ends, one after the other, under one load. */
export async function measureFailover({ log: place, store, ticksPerSecond }: FailoverTask): Promise<FailoverMeasure> {
  const log = await openLog(place);
  const started: ServiceProcess[] = [];
  const start = async (name: 'ingest' | 'worker'): Promise<ServiceProcess> => {
    const service = await ServiceProcess.start(name, place, store);
    started.push(service);
    return service;
  };
  try {
    const [ingest, first, second] = [await start('ingest'), await start('worker'), await start('worker')];
    const load = await LiveLoad.begin(ingest.grpc, ticksPerSecond);
    const steadyLagMs = await balanced(new GroupWatch(log, [first.grpc, second.grpc]));
    const killSeconds =
      (await takenOver(new GroupWatch(log, [second.grpc]), steadyLagMs, () => first.end('SIGKILL'))).ms / 1_000;
    const third = await start('worker');
    await balanced(new GroupWatch(log, [second.grpc, third.grpc]));
    const term = await takenOver(new GroupWatch(log, [second.grpc]), steadyLagMs, () => third.end('SIGTERM'));
    await load.end();
    return { ticksPerSecond, steadyLagMs, killSeconds, termMs: term.ms, termExitMs: term.exitMs };
  } finally {
    await Promise.allSettled(started.map((service) => service.end('SIGKILL')));
    await log.close();
  }
}

/** Waits until every worker has a share and all is fresh; answers the median lag then. */
async function balanced(watch: GroupWatch): Promise<number> {
  const deadlineMs = performance.now() + balanceMsMax;
  const lags: number[] = [];
  while (lags.length < steadyLooks) {
    const { owned, isWhole, lagMs } = await watch.look();
    if (isWhole && owned.every((count) => count > 0) && lagMs < 1_000) lags.push(lagMs);
    if (performance.now() > deadlineMs) {
      watch.close();
      throw new FailoverFailedError(`the workers had ${owned.join(' and ')} partitions after ${balanceMsMax} ms`);
    }
    await sleep(lookEveryMs);
  }
  watch.close();
  return lags.toSorted((left, right) => left - right)[Math.floor(steadyLooks / 2)] ?? Number.NaN;
}

/** From the call of `end` until the workers that are watched have everything and are fresh. */
async function takenOver(
  watch: GroupWatch,
  steadyLagMs: number,
  end: () => Promise<number>,
): Promise<{ ms: number; exitMs: number }> {
  // Ends of the log before it are needed to tell how far behind the outputs are.
  for (let look = 0; look < 5; look += 1) await watch.look();
  const beginMs = performance.now();
  const ending = end();
  for (;;) {
    const { isWhole, lagMs } = await watch.look();
    const ms = performance.now() - beginMs;
    if (isWhole && lagMs <= steadyLagMs + freshMs) {
      watch.close();
      return { ms, exitMs: await ending };
    }
    if (ms > takeOverMsMax) {
      watch.close();
      throw new FailoverFailedError(
        `nobody had taken over ${takeOverMsMax} ms after the end of a worker; lag ${lagMs} ms`,
      );
    }
    await sleep(lookEveryMs / 2);
  }
}

type LoadStop = { isAsked: boolean; isOver: boolean };

/** Live ticks at a steady pace, sent when they are due. */
class LiveLoad {
  readonly #stream: PublishStream;
  readonly #stop: LoadStop;
  readonly #sending: Promise<unknown>;
  readonly #failures: unknown[];

  private constructor(stream: PublishStream, messages: Iterable<DueMessage>, stop: LoadStop) {
    this.#stream = stream;
    this.#stop = stop;
    this.#failures = [];
    this.#sending = sendOpenLoop(stream, messages, (error) => this.#failures.push(error));
  }

  static async begin(address: string, ticksPerSecond: number): Promise<LiveLoad> {
    const stop = { isAsked: false, isOver: false };
    const stream = await PublishStream.open(address, { dataset: generatedDataset, timeDomain: TimeDomain.live });
    return new LiveLoad(stream, liveMessages(ticksPerSecond, stop), stop);
  }

  /** Throws `PublishFailedError` when ingest refused anything, or when the load was over before. */
  async end(): Promise<void> {
    this.#stop.isAsked = true;
    await this.#sending;
    await this.#stream.finish();
    if (this.#stop.isOver)
      throw new PublishFailedError(`the load ended after ${loadSecondsMax} s, before it was asked to`);
    if (this.#failures.length === 0) return;
    throw new PublishFailedError('the stream ended under the load', { cause: this.#failures[0] });
  }
}

function* liveMessages(ticksPerSecond: number, stop: LoadStop): Generator<DueMessage> {
  const startMs = Math.ceil(wallMs() + leadMs);
  const next = generatedTicks(startMs, ticksPerSecond);
  const tape = new TapeMessages(TimeDomain.live);
  let tick = next();
  for (let dueMs = startMs + batchMs; dueMs < startMs + loadSecondsMax * 1_000 && !stop.isAsked; dueMs += batchMs) {
    const batch: TapeTick[] = [];
    for (; tick.eventMs < dueMs; tick = next()) batch.push(tick);
    for (let from = 0; from < batch.length; from += batchTicksMax) {
      yield { dueMs, bytes: tape.batch(batch.slice(from, from + batchTicksMax)).bytes };
    }
  }
  stop.isOver = !stop.isAsked;
}
