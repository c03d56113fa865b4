/**
 * Time and chance as the client needs them. In: the machine's. Out: two seams that a test moves by hand. Nothing that is
 * published depends on them: they space tries and batches, and tell when an id is old.
 */

/** A clock and its timer. */
export type ClientClock = {
  /** Unix time, ns. */
  nowNs(): bigint;
  /** Time since some fixed moment, ms; it never runs backwards. */
  monotonicMs(): number;
  /** Waits `ms` ms; resolves early, without an error, when `stop` fires. */
  sleep(ms: number, stop?: AbortSignal): Promise<void>;
};

/** The machine's clock. */
export const machineClock: ClientClock = {
  nowNs: () => BigInt(Date.now()) * 1_000_000n,
  monotonicMs: () => performance.now(),
  sleep: sleepByMachine,
};

async function sleepByMachine(ms: number, stop?: AbortSignal): Promise<void> {
  if (stop?.aborted === true) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stop?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, ms));
    stop?.addEventListener('abort', end, { once: true });
  });
}

/** Uniform in [0, 1). */
export type ClientRandom = { next(): number };

/** The machine's randomness; good enough to keep many clients from coming back in step. */
export const machineRandom: ClientRandom = { next: () => Math.random() };

/** Waits between tries: a random one below a limit that doubles up to a maximum. */
export class RetryWaits {
  readonly #bounds: RetryBounds;
  #limitMs: number;

  constructor(bounds: RetryBounds) {
    this.#bounds = bounds;
    this.#limitMs = bounds.firstMs;
  }

  /** The next wait, whole ms. */
  nextMs(): number {
    const waitMs = Math.round(this.#bounds.random.next() * this.#limitMs);
    this.#limitMs = Math.min(this.#limitMs * 2, this.#bounds.maxMs);
    return waitMs;
  }

  /** After a success: the next wait is short again. */
  reset(): void {
    this.#limitMs = this.#bounds.firstMs;
  }
}

/** Limits of waits, ms, with 0 < firstMs <= maxMs. */
export type RetryBounds = { readonly firstMs: number; readonly maxMs: number; readonly random: ClientRandom };
