/**
 * Brings a stage to rest. In: its actors. Out: everybody alive has done what was left to do, and nothing is parked or waits for its
 * predecessor; `NoRestError` if that does not come. Time goes on only when nothing else is left, in steps that count as waiting.
 */
import type { MovedActor } from './moved-actors.ts';
import type { MovedStage } from './moved-stage.ts';
import type { Random } from './random.ts';

/** A run that does not come to an end. */
export class NoRestError extends Error {
  override name = 'NoRestError';
}

/** What waits for its predecessor is given up after so long; a delayed publisher is waited for longer (F6, T4). */
const holdMs = 60_000;
/** So much of a step of the clock counts as waiting (rule K3). */
const stepMs = 2_000;
const roundsMax = 10_000;

/** Rest and time of one stage. */
export class StageRest {
  readonly #stage: MovedStage;
  readonly #actors: readonly MovedActor[];
  readonly #random: Random;
  /** Deeds done in calm. */
  deeds = 0;

  constructor(stage: MovedStage, actors: readonly MovedActor[], random: Random) {
    this.#stage = stage;
    this.#actors = actors;
    this.#random = random;
  }

  /** Until nobody has anything left to do. What time settles within a minute, it settles. */
  calm(): void {
    for (let round = 0; ; round += 1) {
      if (round > roundsMax) throw new NoRestError('it does not come to rest');
      if (this.actOnce()) continue;
      const { witnesses } = this.#stage.log;
      // Rule O5: a quiet partition gets Time where it says itself that something waits.
      const waits = witnesses.some(({ fold }) => (fold.waitLeftMs ?? Infinity) <= holdMs);
      if (!waits) return;
      this.#passTime();
    }
  }

  /** Until nobody has anything left to do, without any time. */
  flow(): void {
    for (let round = 0; this.actOnce(); round += 1) {
      if (round > roundsMax) throw new NoRestError('it does not come to rest');
    }
  }

  /** Everybody acts once, in any order; false if nobody did anything. */
  actOnce(): boolean {
    let acted = false;
    for (const actor of this.#random.shuffle(this.#actors)) {
      if (!actor.act(false)) continue;
      this.deeds += 1;
      acted = true;
    }
    return acted;
  }

  /** Lets all partitions wait for so long by their waiting clocks. */
  wait(ms: number): void {
    for (let waitedMs = 0; waitedMs < ms; waitedMs += stepMs) this.#passTime();
  }

  /** Every partition hears what time it is. */
  time(): void {
    const { log } = this.#stage;
    for (let partition = 0; partition < log.partitions; partition += 1) log.appendTime(partition);
  }

  #passTime(): void {
    // Where the clock had stepped back, the partitions' clocks stand until it is caught up with.
    const { clock, log } = this.#stage;
    clock.advanceTo(log.highestMs);
    clock.advanceBy(stepMs);
    this.time();
  }
}
