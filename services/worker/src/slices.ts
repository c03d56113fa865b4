/**
 * Long work in slices, between which the process has its turn at everything else. In: work that goes on a little at each
 * call. Out: what it answers once it is done.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@tapeline/runtime';

/** How long one slice takes, ms. */
const sliceMs = 5;

/** Calls `work` until it answers something, for one slice at most; `undefined` if it has more to do. */
export function oneSlice<Result>(
  clock: Pick<Clock, 'monotonicMs'>,
  work: () => Result | undefined,
): Result | undefined {
  const endMs = clock.monotonicMs() + sliceMs;
  for (;;) {
    const result = work();
    if (result !== undefined || clock.monotonicMs() >= endMs) return result;
  }
}

/** Calls `work` until it answers something, slice by slice; `undefined` if `stop` fires before. */
export async function inSlices<Result>(
  clock: Pick<Clock, 'monotonicMs'>,
  stop: AbortSignal,
  work: () => Result | undefined,
): Promise<Result | undefined> {
  while (!stop.aborted) {
    const result = oneSlice(clock, work);
    if (result !== undefined) return result;
    await nextTurn();
  }
  return undefined;
}
