/**
 * Somebody who pins instruments here and there without end. In: a coordinator, symbols, how many partitions. Out: each symbol wanted in
 * one partition after the other, until it is stopped; answers that do not come are asked for again.
 */
import { Random } from '@tapeline/simulation';
import type { Coordinator } from './coordinator.ts';
import { pause } from './until.ts';

/** How often pins change, and how many of the symbols with them. */
export type ShuffleWish = {
  readonly seed: number;
  readonly symbols: readonly string[];
  readonly everyMs: number;
  /** Symbols that are pinned elsewhere each time. */
  readonly count: number;
};

/** Pins that change. */
export class Shuffle {
  /** Partitions to pin to; may be raised. */
  partitions: number;
  /** Whom it asks; may be another one after a failover. */
  coordinator: Coordinator;
  readonly #wish: ShuffleWish;
  readonly #random: Random;
  readonly #places: Record<string, number> = {};
  #isOver = false;
  readonly #running: Promise<void>;

  /** Begins. */
  constructor(coordinator: Coordinator, partitions: number, wish: ShuffleWish) {
    this.coordinator = coordinator;
    this.partitions = partitions;
    this.#wish = wish;
    this.#random = new Random(wish.seed);
    this.#running = this.#shuffle();
    void Promise.allSettled([this.#running]);
  }

  /** Pins no more; resolves once the last pins were asked for. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #shuffle(): Promise<void> {
    const { symbols, everyMs, count } = this.#wish;
    while (!this.#isOver) {
      for (let changed = 0; changed < count; changed += 1) {
        this.#places[this.#random.choice(symbols)] = this.#random.int(0, this.partitions - 1);
      }
      // A coordinator that is away hears of the pins that come after.
      await Promise.allSettled([this.coordinator.pin(this.#places)]);
      await pause(everyMs);
    }
  }
}
