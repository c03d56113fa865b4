/**
 * Whether the operator works, judged by its work. In: controllers. Out: the state of each in a `Health` whose
 * failure should restart the process. Kafka, Cassandra or the API being away is no reason, nor is much work: only what stands still.
 */
import type { Clock, Health } from '@tapeline/runtime';
import type { Controller } from './controller.ts';

/** What is judged, and by which times. */
export type WorkLivenessConfig = {
  readonly health: Health;
  readonly controllers: readonly Controller[];
  readonly clock: Clock;
  /** How much longer than its deadline a reconcile may take before its worker counts as stuck, ms; 60,000 if absent. */
  readonly graceMs?: number;
};

const graceMsDefault = 60_000;

/** Judges now; `isLeading` says whether keys should be taken at all. */
export function judgeWork(config: WorkLivenessConfig, isLeading: boolean): void {
  const { health, controllers, graceMs = graceMsDefault } = config;
  for (const { name, queue, timeoutMs } of controllers) {
    const limitMs = timeoutMs + graceMs;
    const workMs = queue.longestWorkMs();
    const standstillMs = queue.standstillMs();
    if (workMs > limitMs) {
      const seconds = Math.round(workMs / 1_000);
      health.set(name, 'failed', `a reconcile has been under way for ${seconds} s and does not hear its deadline`);
    } else if (isLeading && standstillMs > limitMs) {
      const seconds = Math.round(standstillMs / 1_000);
      health.set(name, 'failed', `keys have been ready for ${seconds} s and no worker takes one`);
    } else {
      health.set(name, 'ready', isLeading ? 'works' : 'stands by');
    }
  }
}
