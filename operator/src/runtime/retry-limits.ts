/**
 * How long a key that failed waits. In: keys and the time. Out: waits: per key doubling from 5 ms to 1,000 s, and over all keys
 * ten a second after a burst of a hundred, whichever is longer, as controller-runtime has it. Pure; a key is kept until forgotten.
 */

/** The bounds; what is absent is as above. */
export type RetryLimitsConfig = {
  /** The first wait of a key, ms, above 0. */
  readonly firstMs?: number;
  /** The longest wait of a key, ms. */
  readonly maxMs?: number;
  /** Retries of all keys a second, above 0. */
  readonly perSecond?: number;
  /** Retries of all keys at once, from 1. */
  readonly burst?: number;
};

/** The waits of one queue. */
export class RetryLimits {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #perMs: number;
  readonly #burst: number;
  readonly #failures = new Map<string, number>();
  #tokens: number;
  #filledMs: number | undefined;

  /** `RangeError` if the bounds contradict each other. */
  constructor({ firstMs = 5, maxMs = 1_000_000, perSecond = 10, burst = 100 }: RetryLimitsConfig = {}) {
    if (!(firstMs > 0 && firstMs <= maxMs && perSecond > 0 && burst >= 1)) {
      throw new RangeError(
        `retries from ${firstMs} to ${maxMs} ms, ${perSecond} a second after ${burst}; give 0 < firstMs <= maxMs and rates above 0`,
      );
    }
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#perMs = perSecond / 1_000;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** The wait of a key that failed once more, ms. `nowMs` never goes back. */
  waitMs(key: string, nowMs: number): number {
    const before = this.#failures.get(key) ?? 0;
    this.#failures.set(key, before + 1);
    // 2^30 times 5 ms is far above every maximum; a larger power would only become Infinity.
    const ofKeyMs = Math.min(this.#firstMs * 2 ** Math.min(before, 30), this.#maxMs);
    return Math.max(ofKeyMs, this.#takeToken(nowMs));
  }

  /** How often a key failed since it was forgotten. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** After a success: the key's next wait is the first again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Takes one token, if need be one that comes later; answers when that is. */
  #takeToken(nowMs: number): number {
    const sinceMs = nowMs - (this.#filledMs ?? nowMs);
    this.#filledMs = nowMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, sinceMs) * this.#perMs) - 1;
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs;
  }
}
