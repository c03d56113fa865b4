/**
 * A start that waits for what is not there yet. In: how to open, how long to wait. Out: an open backend, or the last problem once
 * the time has passed. Who makes servers, topics and tables may be later than who works on them: health and log say for what it
 * waits. A log that was replaced is not waited for, as no time cures that.
 */
import { LogError } from '@tapeline/domain';
import { Backoff } from '@tapeline/runtime';
import { type Backend, type BackendParts, isBackendProblem } from './backend.ts';

const firstMs = 250;
const maxMs = 3_000;

/** Opens it; at most `waitMs` pass between the first try and the last one's beginning. Rejects as `open` does. */
export async function waitForServers(
  open: () => Promise<Backend>,
  waitMs: number,
  { clock, random, logger, health, stop }: BackendParts,
): Promise<Backend> {
  const isStopped = (): boolean => stop?.aborted === true;
  const backoff = new Backoff({ firstMs, maxMs, random });
  const begunMs = clock.monotonicMs();
  let told: string | undefined;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const waitedMs = clock.monotonicMs() - begunMs;
      if (!(error instanceof Error) || !mayPass(error) || waitedMs >= waitMs || isStopped()) throw error;
      health.set('backend', 'starting', `waits: ${error.message}`);
      // Once for each reason, however often it is tried.
      if (told !== error.message) logger.warn('waits for log and store', { reason: error.message, waitMs });
      told = error.message;
      await clock.sleep(Math.max(firstMs, backoff.nextMs()), stop);
      // A try that begins after the stop would be cut in the middle, with the lock on migrations in its hand.
      if (isStopped()) throw error;
    }
  }
}

function mayPass(error: Error): boolean {
  return isBackendProblem(error) && !(error instanceof LogError && error.code === 'LOG_REPLACED');
}
