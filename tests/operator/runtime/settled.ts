/**
 * Waits for what happens by itself. In: a condition. Out: a promise of its truth, or an error that says what it waited for. Time on a
 * clock by hand moves while it waits, step by step.
 */
import type { ManualClock } from '@tapeline/runtime';

/** Moves `clock` in steps until `isSo`, for at most `withinMs` of its time; rejects with `what` if it is not so by then. */
export async function until(
  clock: ManualClock,
  what: string,
  isSo: () => boolean,
  { withinMs = 120_000, stepMs = 50 }: { readonly withinMs?: number; readonly stepMs?: number } = {},
): Promise<void> {
  const endMs = clock.monotonicMs() + withinMs;
  while (!isSo()) {
    if (clock.monotonicMs() >= endMs) throw new Error(`after ${withinMs} ms still not so: ${what}`);
    await clock.advance(stepMs);
  }
}
