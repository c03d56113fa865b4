/**
 * How often something may happen to each of many. In: keys and the time. Out: yes or no. Law 7: `keysMax` keys are remembered; of
 * more, the one that was asked for the longest ago is forgotten and starts full again. Pure.
 */

/** A bucket holds `burst` and gains one each `everyMs` ms. */
export type TokenBucketsConfig = { readonly burst: number; readonly everyMs: number; readonly keysMax: number };

type Bucket = { tokens: number; filledMs: number };

/** A bucket for each key. */
export class TokenBuckets {
  readonly #config: TokenBucketsConfig;
  readonly #buckets = new Map<string, Bucket>();

  constructor(config: TokenBucketsConfig) {
    this.#config = config;
  }

  /** Takes one if there is one. `nowMs` never goes back. */
  take(key: string, nowMs: number): boolean {
    const { burst, everyMs, keysMax } = this.#config;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, filledMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.filledMs) / everyMs);
    bucket.filledMs = nowMs;
    // Put in again, so that the map's order is that of the last asking.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= keysMax) break;
      this.#buckets.delete(oldest);
    }
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
