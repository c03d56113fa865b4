/**
 * The way down. In: the steps of an orderly end (stop intake, drain, close) and a time. Out: which of them did not end in
 * that time or failed. Law 7: a process that was asked to stop stops, whatever hangs.
 */
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/** One step; `name` says what it does, for the log. */
export type DrainStep = { readonly name: string; run(): Promise<void> | void };

/** The steps in order and the time for all of them, ms; `graceMs` is 0 to 2,147,483,647. */
export type DrainConfig = {
  readonly graceMs: number;
  readonly steps: readonly DrainStep[];
  readonly clock: Clock;
  readonly log: Logger;
};

/** Names of the steps that failed, and of those that had not ended when the time was over. */
export type DrainReport = { readonly failed: readonly string[]; readonly unfinished: readonly string[] };

/** Runs the steps one after the other; one that fails is logged and the next still runs. Never rejects for a step. */
export async function drainWithin({ graceMs, steps, clock, log }: DrainConfig): Promise<DrainReport> {
  const failed: string[] = [];
  const unfinished = new Set(steps.map(({ name }) => name));
  const over = new AbortController();
  const run = async (): Promise<void> => {
    for (const step of steps) {
      // What hung past the time and comes back later starts nothing more.
      if (over.signal.aborted) return;
      try {
        await step.run();
      } catch (error) {
        failed.push(step.name);
        log.error('a step of the shutdown failed', { step: step.name, error });
      }
      if (!over.signal.aborted) unfinished.delete(step.name);
    }
  };
  const stopTimer = new AbortController();
  const timer = clock.sleep(graceMs, stopTimer.signal);
  await Promise.race([run(), timer]);
  over.abort();
  stopTimer.abort();
  await timer;
  if (unfinished.size > 0) log.warn('the time for the shutdown is over', { graceMs, unfinished: [...unfinished] });
  return { failed: [...failed], unfinished: [...unfinished] };
}
