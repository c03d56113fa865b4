/**
 * How a worker is, over all its partitions. In: the state of each, and effects that do not go through. Out: one part of
 * the process's health: failed if any partition is, starting while any recovers, else ready, also with none owned. Law 8:
 * the worst is named.
 */
import type { Health } from '@tapeline/runtime';
import type { PartitionState } from './partition-status.ts';

/** The part of the process's health that the worker is. */
export const healthPart = 'worker';

const worstFirst: readonly PartitionState[] = ['failed', 'held-back', 'recovering', 'stopped', 'running'];

/** The health of all partitions that are owned. */
export class WorkerHealth {
  readonly #health: Health;
  readonly #partitions = new Map<number, { readonly state: PartitionState; readonly detail: string }>();
  #failure: string | undefined;

  /** Says that the worker owns nothing yet. */
  constructor(health: Health) {
    this.#health = health;
    this.#tell();
  }

  /** A partition was gained, or changed; `detail` is for people. */
  set(partition: number, state: PartitionState, detail: string): void {
    this.#partitions.set(partition, { state, detail });
    this.#tell();
  }

  /** A partition is not owned any more. */
  lost(partition: number): void {
    this.#partitions.delete(partition);
    this.#tell();
  }

  /** The worker as a whole cannot go on. */
  failed(detail: string): void {
    this.#failure = detail;
    this.#tell();
  }

  #tell(): void {
    if (this.#failure !== undefined) {
      this.#health.set(healthPart, 'failed', this.#failure);
      return;
    }
    for (const state of worstFirst) {
      const found = [...this.#partitions].find(([, one]) => one.state === state);
      if (found === undefined) continue;
      const [partition, { detail }] = found;
      if (state === 'running') break;
      const word = state === 'recovering' ? 'starting' : 'failed';
      this.#health.set(healthPart, word, `partition ${partition}: ${detail}`);
      return;
    }
    this.#health.set(healthPart, 'ready', `${this.#partitions.size} partitions are counted`);
  }
}
