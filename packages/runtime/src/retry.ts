/**
 * Tries again what time can cure. In: an operation and which of its errors pass by themselves. Out: its value, or its
 * last error. Law 7: the number of tries and the waits are bounded, and a stop ends them.
 */
import { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { RandomSource } from './random.ts';

/** Bounds of the tries, and what they need. */
export type RetryConfig = {
  /** How often at most, the first time included; from 1. */
  readonly attemptsMax: number;
  /** Upper limit of the first wait, ms. */
  readonly firstMs: number;
  /** Upper limit of every wait, ms. */
  readonly maxMs: number;
  /** Whether an error may pass by itself; every other ends the tries. */
  readonly retryIf: (error: unknown) => boolean;
  /** Told before each wait, for a log line. */
  readonly onRetry?: (error: unknown, attempt: number, waitMs: number) => void;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** When it fires there is no further try. */
  readonly signal?: AbortSignal;
};

/** Runs `operation` until it succeeds; rejects with its last error at the bound, at a stop or if it cannot pass. */
export async function retry<Value>(
  operation: (attempt: number) => Promise<Value>,
  config: RetryConfig,
): Promise<Value> {
  if (!(config.attemptsMax >= 1)) throw new RangeError(`attemptsMax is ${config.attemptsMax}; give 1 or more`);
  const backoff = new Backoff(config);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await operation(attempt);
    } catch (error) {
      if (attempt >= config.attemptsMax || isStopped(config) || !config.retryIf(error)) throw error;
      const waitMs = backoff.nextMs();
      config.onRetry?.(error, attempt, waitMs);
      await config.clock.sleep(waitMs, config.signal);
      if (isStopped(config)) throw error;
    }
  }
}

function isStopped(config: RetryConfig): boolean {
  return config.signal?.aborted === true;
}
