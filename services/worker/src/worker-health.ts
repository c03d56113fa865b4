/**
 * How a worker is, over all its partitions. In: the state of each, and effects that do not go through. Out: one part of
 * the process's health: failed if any partition is, starting while any recovers, else ready. Law 8: the worst is named.
 */
import type { Health } from '@tapeline/runtime';
import type { PartitionState } from './partition-status.ts';

/** The part of the process's health that the worker is. */
export const healthPart = 'worker';

const worstFirst: readonly PartitionState[] = ['failed', 'held-back', 'recovering', 'stopped', 'running'];

/** The health of all partitions. */
export class WorkerHealth {
  readonly #health: Health;
  readonly #partitions: { state: PartitionState; detail: string }[];

  constructor(health: Health, partitionCount: number) {
    this.#health = health;
    this.#partitions = Array.from({ length: partitionCount }, () => ({ state: 'recovering', detail: 'starting' }));
    this.#tell();
  }

  /** A partition changed; `detail` is for people. */
  set(partition: number, state: PartitionState, detail: string): void {
    this.#partitions[partition] = { state, detail };
    this.#tell();
  }

  #tell(): void {
    for (const state of worstFirst) {
      const partition = this.#partitions.findIndex((one) => one.state === state);
      if (partition < 0) continue;
      const detail = this.#partitions[partition]?.detail ?? '';
      if (state === 'running')
        this.#health.set(healthPart, 'ready', `${this.#partitions.length} partitions are counted`);
      else {
        const word = state === 'recovering' ? 'starting' : 'failed';
        this.#health.set(healthPart, word, `partition ${partition}: ${detail}`);
      }
      return;
    }
  }
}
