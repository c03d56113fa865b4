/**
 * How long to wait before the next try. In: how often it was asked since the last success. Out: a random wait below a
 * limit that doubles up to a maximum (full jitter), so that many who lost one server do not come back in step.
 */
import type { RandomSource } from './random.ts';

/** Bounds of the wait. */
export type BackoffConfig = {
  /** Upper limit of the first wait, ms, above 0. */
  readonly firstMs: number;
  /** Upper limit of every wait, ms, at least `firstMs`. */
  readonly maxMs: number;
  readonly random: RandomSource;
};

/** The waits of one connection. */
export class Backoff {
  readonly #config: BackoffConfig;
  #limitMs: number;

  /** `RangeError` if the bounds contradict each other. */
  constructor(config: BackoffConfig) {
    if (!(config.firstMs > 0 && config.firstMs <= config.maxMs)) {
      throw new RangeError(`a backoff from ${config.firstMs} to ${config.maxMs} ms; give 0 < firstMs <= maxMs`);
    }
    this.#config = config;
    this.#limitMs = config.firstMs;
  }

  /** The next wait, ms, an integer in [0, limit]. */
  nextMs(): number {
    const waitMs = Math.round(this.#config.random.next() * this.#limitMs);
    this.#limitMs = Math.min(this.#limitMs * 2, this.#config.maxMs);
    return waitMs;
  }

  /** After a success: the next wait is short again. */
  reset(): void {
    this.#limitMs = this.#config.firstMs;
  }
}
