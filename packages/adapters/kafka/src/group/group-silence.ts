/**
 * Says how long the group has not confirmed this worker. In: when it last did. Out: seconds as a gauge, one warning for each
 * silence, a sentence beside readiness. The worker stays ready: what it has it still works on, and in a process that also
 * answers queries an unready worker would take those away too.
 */
import type { Health, Logger } from '@tapeline/runtime';
import type { GroupMetrics } from './group-metrics.ts';

/** What it tells with. */
export type GroupSilenceOptions = {
  readonly groupId: string;
  /** Silence after which others may have the partitions, ms; up to it nothing is said. */
  readonly sessionTimeoutMs: number;
  readonly monotonicMs: () => number;
  /** When the group last confirmed us, by the same clock. */
  readonly contactMs: () => number;
  readonly metrics: Pick<GroupMetrics, 'silenceSeconds' | 'silences'>;
  readonly logger: Logger;
  readonly health?: Health;
};

/** The part of the process's health that the group is. */
export const groupHealthPart = 'worker group';

/** Tells; `look` is called every now and then. */
export class GroupSilence {
  readonly #options: GroupSilenceOptions;
  #isSilent = false;

  constructor(options: GroupSilenceOptions) {
    this.#options = options;
  }

  /** Says what has changed since the last look. */
  look(): void {
    const { groupId, sessionTimeoutMs, monotonicMs, contactMs, metrics, logger, health } = this.#options;
    const silentMs = monotonicMs() - contactMs();
    metrics.silenceSeconds.set(silentMs / 1_000);
    const isSilent = silentMs > sessionTimeoutMs;
    if (isSilent === this.#isSilent) return;
    this.#isSilent = isSilent;
    if (!isSilent) {
      logger.info('the worker group answers again', { groupId });
      health?.set(groupHealthPart, 'ready', 'answers again');
      return;
    }
    metrics.silences.add();
    const kept = 'what this worker owns is kept until another one has it';
    logger.warn(`the worker group does not answer; ${kept}`, { groupId });
    const fact = `has not answered for more than ${sessionTimeoutMs / 1_000} s`;
    health?.set(groupHealthPart, 'ready', `${fact}; ${kept}`);
  }
}
