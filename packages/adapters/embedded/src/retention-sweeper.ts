/**
 * Retention over time. In: the log and how long it keeps. Out: every few seconds, what is older and below the pins is
 * deleted, in bounded steps between which appends go on. A step that fails is told and tried again at the next time.
 */
import type { Clock, Logger } from '@tapeline/runtime';

/** How often it looks, ms. */
export const sweepEveryMs = 10_000;
/** Steps in one go; what is left waits for the next time. */
export const stepsMax = 1_000;

/** What is swept. */
export type Sweepable = { sweep(cutoffMs: number): Promise<boolean> };

/** Sweeps until `stop` fires. Never rejects. */
export async function sweepUntil(
  stop: AbortSignal,
  parts: { readonly log: Sweepable; readonly retentionMs: number; readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  const { log, retentionMs, clock, logger } = parts;
  while (!stop.aborted) {
    await clock.sleep(sweepEveryMs, stop);
    try {
      const cutoffMs = clock.nowMs() - retentionMs;
      for (let step = 0; step < stepsMax && !stop.aborted && (await log.sweep(cutoffMs)); step += 1);
    } catch (error) {
      logger.warn('old records could not be deleted; it is tried again', { error: String(error) });
    }
  }
}
