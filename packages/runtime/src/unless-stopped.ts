/**
 * A start that hears the stop. In: the work of a start, the stop of the process. Out: what the work answers, or an error at
 * the stop, whatever the work hangs on. Law 7: a process that was asked to stop stops; what comes late is undone.
 */
import type { Logger } from './logger.ts';

/** The start was given up because the process shall end; the message says so. */
export class StartStoppedError extends Error {
  override name = 'StartStoppedError';
}

/** What a start is given up by. */
export type StartStop = {
  readonly stop: AbortSignal;
  readonly logger: Logger;
};

/**
 * What `work` answers. Rejects with `StartStoppedError` as soon as `stop` fires, also if it has fired already; `undo` then
 * gets what the work answers later, and an error of either is told at level debug.
 */
export async function unlessStopped<Value>(
  work: Promise<Value>,
  { stop, logger }: StartStop,
  undo: (late: Value) => Promise<void> | void,
): Promise<Value> {
  const settled = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(new StartStoppedError('stopped while it started'));
    if (stop.aborted) giveUp();
    stop.addEventListener('abort', giveUp, { signal: settled.signal });
  });
  try {
    return await Promise.race([stopped, work]);
  } catch (error) {
    if (error instanceof StartStoppedError) {
      void work.then(undo).catch((reason: unknown) => {
        logger.debug('a start that was given up ended with an error', { error: reason });
      });
    }
    throw error;
  } finally {
    settled.abort();
  }
}
