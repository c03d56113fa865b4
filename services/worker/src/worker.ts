/**
 * The worker: one loop for each partition that it owns. In: a log, a store, who owns what, where forming bars go, a
 * configuration. Out: bars and tape of every partition of its own, written and appended, until it is stopped. Law 5: a
 * second worker on the same partitions does the same and harms nothing.
 */
import { systemRandom } from '@tapeline/runtime';
import { AddedPartitions } from './added-partitions.ts';
import { MarketPace } from './market-pace.ts';
import type { LoopsShare } from './partition-loop.ts';
import { PartitionTenancy } from './partition-tenancy.ts';
import { RecoveryTurns } from './recovery-turns.ts';
import { WorkerHealth } from './worker-health.ts';
import {
  failureOf,
  type Worker,
  type WorkerFailedError,
  workerFailure,
  type WorkerParts,
  type WorkerTotals,
} from './worker-types.ts';

/** After so many times `quietMs` without a publisher's record in any partition the market is at rest. */
const restAfterQuiets = 5;
/** Giving the partitions back may take so much of the time for a stop on top of it. */
const leaveShare = 0.1;

const ownedGauge = ['tapeline_worker_partitions', 'Partitions that this worker owns.'] as const;
const waitingGauge = ['tapeline_worker_recoveries_waiting', 'Partitions that wait for their turn to recover.'] as const;

/** Starts at once; recovery goes on behind, see `caughtUp` and `failed`. Throws `RangeError` for an interval that is none. */
export function startWorker(parts: WorkerParts): Worker {
  const owned = new OwnedPartitions(parts);
  return {
    failed: owned.failed,
    caughtUp: () => owned.caughtUp(),
    status: () => owned.tenancies().map((tenancy) => tenancy.status()),
    totals: () => owned.totals(),
    servesForming: (partition, dataset, symbol) => owned.servesForming(partition, dataset, symbol),
    stop: () => owned.stop(),
  };
}

/** Every partition that the worker owned so far, and which ones it owns now. */
class OwnedPartitions {
  readonly failed: Promise<never>;
  readonly #parts: WorkerParts;
  readonly #health: WorkerHealth;
  readonly #shared: LoopsShare;
  readonly #tenancies = new Map<number, PartitionTenancy>();
  readonly #unfollow: () => void;
  readonly #unfollowMap: () => void;
  readonly #added: AddedPartitions;
  /** What was given last, with partitions that the log does not know yet. */
  #given: readonly number[] = [];
  /** Fires when nothing new is owned any more. */
  readonly #stopping = new AbortController();
  #ticks = 0;
  #bars = 0;
  #fail: (error: WorkerFailedError) => void = () => undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: WorkerParts) {
    const { clock, config, ownership, logger, metrics } = parts;
    this.#parts = parts;
    this.#health = new WorkerHealth(parts.health);
    this.#shared = {
      pace: new MarketPace(clock, config.quietMs * restAfterQuiets),
      turns: new RecoveryTurns(clock, (waiting) => metrics.gauge(...waitingGauge).set(waiting)),
      count: (ticks, bars) => {
        this.#ticks += ticks;
        this.#bars += bars;
      },
    };
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    // Health and status say it too; nobody has to listen to `failed`.
    this.failed.catch((error: unknown) => logger.error('the worker cannot go on', { error }));
    ownership.failed.catch((error: unknown) => {
      const failure = workerFailure(error);
      this.#health.failed(failure.message);
      this.#fail(failure);
    });
    const count = metrics.gauge(...ownedGauge);
    this.#added = this.#addedPartitions();
    this.#unfollow = ownership.follow((partitions) => {
      count.set(partitions.length);
      this.#given = partitions;
      this.#ownGiven();
    });
    this.#unfollowMap = parts.control?.followPartitions((partitions) => this.#added.name(partitions)) ?? nothing;
  }

  servesForming(partition: number, dataset: string, symbol: string): boolean {
    return this.#tenancies.get(partition)?.servesForming(dataset, symbol) === true;
  }

  /** Those that are owned now, ascending. */
  tenancies(): PartitionTenancy[] {
    return [...this.#tenancies]
      .filter(([, tenancy]) => tenancy.isOurs)
      .sort(([left], [right]) => left - right)
      .map(([, tenancy]) => tenancy);
  }

  async caughtUp(): Promise<void> {
    if (this.#stopped !== undefined) throw failureOf(0, 'the worker was stopped');
    await Promise.all(this.tenancies().map((tenancy) => tenancy.caughtUp()));
  }

  totals(): WorkerTotals {
    const ticksPerSecond = this.tenancies().reduce((sum, tenancy) => sum + tenancy.ticksPerSecond, 0);
    return { ticks: this.#ticks, bars: this.#bars, ticksPerSecond };
  }

  async stop(): Promise<void> {
    this.#stopped ??= this.#end();
    await this.#stopped;
  }

  #addedPartitions(): AddedPartitions {
    const { log, ownership, clock, random = systemRandom, logger } = this.#parts;
    return new AddedPartitions({
      log,
      ownership,
      clock,
      random,
      logger,
      stop: this.#stopping.signal,
      found: () => this.#ownGiven(),
      failed: (error) => logger.error('added partitions are not used', { error }),
    });
  }

  /** A worker that starts may be given partitions by others who have read a map that names them, before its log was asked. */
  #ownGiven(): void {
    const { partitionCount } = this.#parts.log;
    this.#own(new Set(this.#given.filter((partition) => partition < partitionCount)));
    this.#added.name(1 + Math.max(-1, ...this.#given));
  }

  #own(partitions: ReadonlySet<number>): void {
    if (this.#stopped !== undefined) return;
    for (const [partition, tenancy] of this.#tenancies) {
      if (!partitions.has(partition) && tenancy.isOurs) void this.#lose(partition, tenancy);
    }
    for (const partition of partitions) this.#tenancyOf(partition).gain();
  }

  async #lose(partition: number, tenancy: PartitionTenancy): Promise<void> {
    const { logger, clock } = this.#parts;
    logger.info('partition is lost', { partition });
    const startedMs = clock.monotonicMs();
    await tenancy.lose();
    logger.info('partition has ended', { partition, tookMs: Math.round(clock.monotonicMs() - startedMs) });
  }

  #tenancyOf(partition: number): PartitionTenancy {
    let tenancy = this.#tenancies.get(partition);
    if (tenancy === undefined) {
      tenancy = new PartitionTenancy({
        parts: this.#parts,
        shared: this.#shared,
        partition,
        health: this.#health,
        failed: (error) => this.#fail(error),
      });
      this.#tenancies.set(partition, tenancy);
    }
    return tenancy;
  }

  async #end(): Promise<void> {
    this.#unfollow();
    this.#unfollowMap();
    this.#stopping.abort();
    await Promise.all([...this.#tenancies.values()].map((tenancy) => tenancy.stop()));
    const { ownership, clock, config, logger, metrics } = this.#parts;
    const over = new AbortController();
    const left = ownership.leave().catch((error: unknown) => logger.warn('partitions were not given back', { error }));
    metrics.gauge(...ownedGauge).set(0);
    await Promise.race([left, clock.sleep(config.stopWaitMs * leaveShare, over.signal)]);
    over.abort();
  }
}

function nothing(): void {}
