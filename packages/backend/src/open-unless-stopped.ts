/**
 * A start on log and store that hears the stop. In: how to open, the stop of the process. Out: an open backend, or an error at
 * the stop, whatever the opening hangs on; only work under the lock on migrations is waited for, since others wait for that
 * lock. Law 7: that wait is bounded.
 */
import { drainWithin, StartStoppedError, unlessStopped } from '@tapeline/runtime';
import type { Backend, BackendParts } from './backend.ts';

/** How long work that must not be cut may keep the process after the stop, ms. */
const beforeEndMsMax = 5_000;

/** Opens it; what opens after the stop is closed. Rejects as `open` does, and with `StartStoppedError` at the stop. */
export async function openUnlessStopped(
  open: (parts: BackendParts) => Promise<Backend>,
  parts: BackendParts & { readonly stop: AbortSignal },
): Promise<Backend> {
  const { clock, logger } = parts;
  // Work follows upon work, so the last one alone may be under way.
  let last: Promise<unknown> = Promise.resolve();
  const opening = open({ ...parts, beforeEnd: (work) => void (last = work) });
  try {
    return await unlessStopped(opening, parts, (late) => late.close());
  } catch (error) {
    if (error instanceof StartStoppedError) {
      const steps = [{ name: 'migration', run: async () => void (await Promise.allSettled([last])) }];
      await drainWithin({ graceMs: beforeEndMsMax, clock, log: logger, steps });
    }
    throw error;
  }
}
