/**
 * Whether the operator works, judged by its work. In: controllers and informers. Out: the state of each in a `Health` whose
 * failure should restart the process. Kafka, Cassandra or the API being away is no reason: a restart would not bring them back.
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
  /** How long a key may be ready without a worker taking it, ms; 600,000 if absent. */
  readonly waitMsMax?: number;
};

const graceMsDefault = 60_000;
const waitMsMaxDefault = 600_000;

/** Judges now; `isLeading` says whether keys should be taken at all. */
export function judgeWork(config: WorkLivenessConfig, isLeading: boolean): void {
  const { health, controllers, graceMs = graceMsDefault, waitMsMax = waitMsMaxDefault } = config;
  for (const { name, queue, timeoutMs } of controllers) {
    const workMs = queue.longestWorkMs();
    const waitMs = queue.longestWaitMs();
    if (workMs > timeoutMs + graceMs) {
      const seconds = Math.round(workMs / 1_000);
      health.set(name, 'failed', `a reconcile has been under way for ${seconds} s and does not hear its deadline`);
    } else if (isLeading && waitMs > waitMsMax) {
      const seconds = Math.round(waitMs / 1_000);
      health.set(name, 'failed', `a key has been ready for ${seconds} s and no worker takes it`);
    } else {
      health.set(name, 'ready', isLeading ? 'works' : 'stands by');
    }
  }
}
