/**
 * One partition through everything that happens to who owns it. In: whether it is ours. Out: one loop at a time while it
 * is; a new one begins only after the one before has ended, and after a pause where somebody else took its snapshots.
 * Law 5: two owners do no harm, so a claim is fought for with patience and never in haste.
 */
import { systemRandom } from '@tapeline/runtime';
import { PartitionEndedError } from './partition-ended-error.ts';
import { type LoopsShare, PartitionLoop } from './partition-loop.ts';
import type { PartitionStatus } from './partition-status.ts';
import type { WorkerHealth } from './worker-health.ts';
import { failureOf, type WorkerFailedError, type WorkerParts } from './worker-types.ts';

/** Pause before a lost claim is made again, ms: drawn between the two, so that two workers do not take turns for long. */
const claimPauseMsMin = 1_000;
const claimPauseMsMax = 5_000;

/** What a tenancy needs. */
export type TenancyConfig = {
  readonly parts: WorkerParts;
  readonly shared: LoopsShare;
  readonly partition: number;
  readonly health: WorkerHealth;
  readonly failed: (error: WorkerFailedError) => void;
};

/** The tenancy of one partition. */
export class PartitionTenancy {
  readonly #config: TenancyConfig;
  #isOurs = false;
  #isStopped = false;
  #loop: PartitionLoop | undefined;
  /** Why there is no loop at work, for people. */
  #pause: string | undefined;
  #turning: Promise<void> | undefined;
  /** Fires when the partition is lost. */
  #lost = new AbortController();
  /** Called when a loop began, or none will. */
  #waiters: (() => void)[] = [];

  constructor(config: TenancyConfig) {
    this.#config = config;
  }

  /** Whether the partition is owned now. */
  get isOurs(): boolean {
    return this.#isOurs;
  }

  /** The partition is ours. */
  gain(): void {
    if (this.#isOurs || this.#isStopped) return;
    this.#isOurs = true;
    this.#lost = new AbortController();
    const { health, partition } = this.#config;
    health.set(partition, 'recovering', 'was gained');
    this.#turning ??= this.#turns();
  }

  /** It is not: resolves once nothing of it is under way any more. */
  async lose(): Promise<void> {
    this.#isOurs = false;
    this.#lost.abort();
    await this.#turning;
  }

  /** Ends for good what is under way; the partition still counts as owned. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#lost.abort();
    await this.#turning;
  }

  /** See `Worker.caughtUp`; resolves also when the partition is lost. */
  async caughtUp(): Promise<void> {
    let endOffset: number | undefined;
    while (this.#isOurs && !this.#isStopped) {
      const loop = this.#loop;
      try {
        if (loop !== undefined && this.#pause === undefined) {
          endOffset ??= await loop.endNow();
          await loop.durableUpTo(endOffset);
          return;
        }
      } catch (error) {
        if (!(error instanceof PartitionEndedError)) throw error;
      }
      if (this.#turning !== undefined && this.#loop === loop) await this.#nextLoop();
    }
    if (this.#isStopped) throw failureOf(this.#config.partition, 'the worker was stopped');
  }

  /** See `Worker.status`. */
  status(): PartitionStatus {
    const status = this.#loop?.status() ?? nothingYet(this.#config.partition);
    return this.#pause === undefined ? status : { ...status, state: 'recovering', detail: this.#pause };
  }

  /** See `Worker.servesForming`. */
  servesForming(dataset: string, symbol: string): boolean {
    return this.#isOurs && this.#pause === undefined && this.#loop?.hasInstrument(dataset, symbol) === true;
  }

  /** Ticks a second; 0 while it is not counted here. */
  get ticksPerSecond(): number {
    return this.#isOurs && this.#pause === undefined ? (this.#loop?.ticksPerSecond ?? 0) : 0;
  }

  async #turns(): Promise<void> {
    while (this.#isOurs && !this.#isStopped) {
      const lost = this.#lost.signal;
      let hasLostClaim = false;
      const ended = new Promise<void>((resolve) => {
        lost.addEventListener('abort', () => resolve(), { once: true });
        this.#begin(() => {
          hasLostClaim = true;
          resolve();
        });
      });
      await ended;
      if (hasLostClaim) this.#config.parts.ownership.noteClaimLost(this.#config.partition);
      if (!this.#isStopped) this.#say('what was under way ends');
      await this.#loop?.stop();
      if (hasLostClaim && !lost.aborted) await this.#rest(lost);
    }
    this.#turning = undefined;
    if (this.#isStopped) this.#pause = undefined;
    else {
      this.#loop = undefined;
      this.#config.health.lost(this.#config.partition);
    }
    this.#wake();
  }

  #begin(claimLost: () => void): void {
    const { parts, shared, partition, health, failed } = this.#config;
    this.#pause = undefined;
    const standing = (state: PartitionStatus['state'], detail: string): void => {
      if (this.#pause === undefined) health.set(partition, state, detail);
    };
    this.#loop = new PartitionLoop(parts, shared, partition, { standing, failed, claimLost });
    this.#loop.start();
    this.#wake();
  }

  async #rest(lost: AbortSignal): Promise<void> {
    const { clock, random = systemRandom } = this.#config.parts;
    const ms = Math.round(claimPauseMsMin + random.next() * (claimPauseMsMax - claimPauseMsMin));
    this.#say(`another worker took its snapshots over; claimed again in ${ms} ms`);
    await clock.sleep(ms, lost);
  }

  #say(pause: string): void {
    this.#pause = pause;
    this.#config.health.set(this.#config.partition, 'recovering', pause);
  }

  async #nextLoop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}

function nothingYet(partition: number): PartitionStatus {
  return {
    partition,
    state: 'recovering',
    detail: 'was gained',
    clockMs: 0,
    nextOffset: 0,
    endOffset: 0,
    lagRecords: 0,
    lagMs: 0,
    ticks: 0,
    bars: 0,
    problems: [],
  };
}
