/**
 * The feed of the simulated exchange. In: its settings, a clock. Out: ticks as they happen, and once the hours before. A
 * new live publisher every run. Law 7: where the sink is slow the market waits, and beyond 5 s it goes on where the clock
 * is, with a marked gap.
 */
import type { Feed, FeedEnd, FeedListener, FeedSink } from '@tapeline/domain';
import type { Clock, Logger, RandomSource } from '@tapeline/runtime';
import { FeedReport } from '../publish/feed-report.ts';
import { type FeedStop, feedStop } from '../publish/feed-stop.ts';
import { LivePublisher } from '../publish/live-publisher.ts';
import { GraceOverError } from '../publish/sink-faults.ts';
import type { PublisherParts } from '../publish/tick-publisher.ts';
import type { ReplayRegister } from '../replay-register.ts';
import { beginBackfill, sparingLive } from './backfill.ts';
import { recipeOf } from './backfill-recipe.ts';
import { SimulatedExchange } from './simulated-exchange.ts';

/** What the simulator needs. */
export type SimulatorConfig = {
  readonly dataset: string;
  readonly seed: number;
  /** Ticks a second on average. */
  readonly rate: number;
  readonly symbols?: readonly string[] | undefined;
  /** History before the first start, ms; 0 = none. */
  readonly backfillMs: number;
  readonly register: ReplayRegister;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
};

const turnMs = 20;
const turnUs = turnMs * 1_000;
const usPerSec = 1_000_000;
/** How far the market may lag behind the clock, or stand ahead of it. */
const lagUsMax = 5 * usPerSec;

/** The simulator as a feed. */
export class SimulatorFeed implements Feed {
  readonly name = 'simulator';
  readonly #config: SimulatorConfig;

  constructor(config: SimulatorConfig) {
    this.#config = config;
  }

  async run(sink: FeedSink, listener: FeedListener, stop: Promise<void>): Promise<FeedEnd> {
    const { clock, random, logger, register, dataset, rate, backfillMs } = this.#config;
    const report = new FeedReport(listener, logger);
    const stops = feedStop(stop, clock);
    const parts = { sink, clock, random, report, stop: stops };
    const startUs = Math.floor(clock.nowMs() / 1_000) * usPerSec;
    const wanted = backfillMs === 0 ? 'none' : recipeOf(this.#config, backfillMs, startUs);
    const past = { ...parts, register, logger, dataset };
    try {
      report.status('connecting', 'opens its publishers');
      const history = await sparingLive(past, () => beginBackfill(past, wanted));
      const both = [this.#runLive(parts, startUs), sparingLive(past, async () => history?.())];
      for (const part of both) part.catch(() => stops.ask());
      const endings = await Promise.allSettled(both);
      for (const ending of endings) if (ending.status === 'rejected') throw ending.reason;
      report.status('ended', `stopped; ${rate} ticks/s were simulated`);
      return report.end();
    } finally {
      stops.release();
    }
  }

  async #runLive(parts: PublisherParts, startUs: number): Promise<void> {
    const { report, stop, clock } = parts;
    const { dataset, rate } = this.#config;
    const publisher = new LivePublisher(parts, dataset, 'simulator');
    let exchange = this.#exchange(startUs);
    try {
      while (!stop.asked.aborted) {
        const fromUs = exchange.nowUs;
        const nowUs = Math.floor(clock.nowMs() * 1_000);
        if (Math.abs(nowUs - fromUs) > lagUsMax) {
          exchange = this.#exchange(nowUs);
          tellSkip(report, dataset, fromUs, nowUs);
        }
        await runTo(exchange, nowUs, publisher, stop);
        report.status('live', `simulates ${rate} ticks/s on average`);
        await clock.sleep(turnMs, stop.asked);
      }
    } catch (error) {
      if (!(error instanceof GraceOverError)) throw error;
    }
    await publisher.close();
  }

  #exchange(startUs: number): SimulatedExchange {
    const { seed, rate, symbols } = this.#config;
    return new SimulatedExchange({ seed, startUs, rate, sizeFactor: 1, symbols });
  }
}

/** Runs the market up to now in turns, so that no more than one turn's ticks wait for the sink. */
async function runTo(
  exchange: SimulatedExchange,
  nowUs: number,
  publisher: LivePublisher,
  stop: FeedStop,
): Promise<void> {
  while (exchange.nowUs < nowUs && !stop.asked.aborted) {
    exchange.advance(Math.min(nowUs, exchange.nowUs + turnUs), (row) => publisher.offer(row));
    await publisher.flush();
  }
}

function tellSkip(report: FeedReport, dataset: string, fromUs: number, nowUs: number): void {
  const isBack = nowUs < fromUs;
  const seconds = Math.round(Math.abs(nowUs - fromUs) / usPerSec);
  const reason = isBack
    ? `the clock was set back by ${seconds} s; the market goes on where the clock is`
    : `the process or its log stood still for ${seconds} s; the market goes on where the clock is`;
  const [lowUs, highUs] = isBack ? [nowUs, fromUs] : [fromUs, nowUs];
  report.gap({ dataset, fromNs: BigInt(lowUs) * 1_000n, toNs: BigInt(highUs) * 1_000n, reason });
}
