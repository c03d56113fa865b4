/**
 * Time as a seam. In: nothing. Out: the time of day, a time that never runs backwards, and waiting. Law 2: whoever
 * needs a clock takes this as an argument, so that a test moves time by hand.
 */

/** A clock and its timer. */
export type Clock = {
  /** Unix time, ms. It follows corrections of the machine's clock, also backwards. */
  nowMs(): number;
  /** Unix time, ns, in steps of 1 ms. */
  nowNs(): bigint;
  /** Time since some fixed moment, ms, with fractions; it never runs backwards. For durations and deadlines. */
  monotonicMs(): number;
  /**
   * Waits `ms` ms (0 to 2,147,483,647; less than 0 is 0). Resolves early, without an error, when `stop` fires: look at
   * `stop.aborted` afterwards. Rejects with `RangeError` if `ms` is more or is no number.
   */
  sleep(ms: number, stop?: AbortSignal): Promise<void>;
};

/** The longest wait of one `sleep`, ms: what a timer of Node holds, 24.8 days. */
export const sleepMsMax: number = 2_147_483_647;

/** Refuses a wait that no timer holds. */
export function checkSleep(ms: number): void {
  if (ms <= sleepMsMax) return;
  throw new RangeError(`sleep of ${ms} ms is no wait from 0 to ${sleepMsMax} ms; wait in parts`);
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  nowNs: () => BigInt(Date.now()) * 1_000_000n,
  monotonicMs: () => performance.now(),
  sleep: sleepBySystem,
};

async function sleepBySystem(ms: number, stop?: AbortSignal): Promise<void> {
  checkSleep(ms);
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
