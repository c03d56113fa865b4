/**
 * Makes snapshots of a running partition at a pace. In: that something changed. Out: a snapshot a pause later, made in
 * slices between which steps and other partitions have their turn, and handed to whoever saves it. Law 7: while one is on
 * its way to the store none is begun, so what is due meanwhile goes into the next one.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@tapeline/runtime';
import type { Folding } from './folding.ts';
import { PacedTask } from './paced-task.ts';
import { oneSlice } from './slices.ts';
import type { SnapshotSaves } from './snapshot-saves.ts';

/** Making snapshots takes a twentieth of the time at most. */
const pauseFactor = 20;

/** What the rounds need. */
export type SnapshotRoundsConfig = {
  readonly folding: Folding;
  readonly saves: SnapshotSaves;
  readonly clock: Clock;
  /** Ends the pace; one that is being made then is still made. */
  readonly stop: AbortSignal;
  readonly intervalMs: number;
  /** Whether nothing is wanted of the partition any more, not even one that was begun. */
  readonly isGivenUp: () => boolean;
  readonly failed: (error: unknown) => void;
};

/** The snapshots of one partition, one after the other. */
export class SnapshotRounds {
  readonly #config: SnapshotRoundsConfig;
  readonly #paced: PacedTask;
  #tookMs = 0;

  constructor(config: SnapshotRoundsConfig) {
    const { clock, stop, intervalMs, failed } = config;
    this.#config = config;
    this.#paced = new PacedTask({
      clock,
      stop,
      pauseMs: () => Math.max(intervalMs, this.#tookMs * pauseFactor),
      run: () => this.#round(),
      failed,
    });
  }

  /** How long the slices of the last one took together, ms. */
  get tookMs(): number {
    return this.#tookMs;
  }

  /** Something changed. */
  arm(): void {
    this.#paced.arm();
  }

  /** Resolves when no round runs any more, after the stop. */
  async settled(): Promise<void> {
    await this.#paced.settled();
  }

  /** Makes one of what is there now, if it is new, and hands it on. */
  async make(): Promise<void> {
    const { folding, clock, isGivenUp } = this.#config;
    let tookMs = 0;
    for (let isDone = false; !isDone;) {
      const startedMs = clock.monotonicMs();
      isDone = !folding.beginSnapshot() || oneSlice(clock, () => folding.writeSnapshot() || undefined) === true;
      tookMs += clock.monotonicMs() - startedMs;
      this.#tookMs = tookMs;
      if (!isDone) await nextTurn();
      if (!isGivenUp()) continue;
      folding.abandonSnapshot();
      return;
    }
  }

  async #round(): Promise<void> {
    // While store or log are away, none is made in vain.
    if (this.#config.saves.isBusy) this.arm();
    else await this.make();
  }
}
