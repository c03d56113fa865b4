/**
 * How far partitions are counted, told to Kafka for those who watch lag from outside. In: positions, now and then. Out:
 * committed offsets of the group, at most every few seconds. Nothing depends on them: a failure is counted and said, and
 * the next round commits what is newest then.
 */
import type { Counter, Logger } from '@tapeline/runtime';

/** What it commits with. */
export type PositionCommitsOptions = {
  readonly commit: (positions: ReadonlyMap<number, number>) => Promise<void>;
  /** Partitions that are ours now; positions of others are forgotten. */
  readonly owned: () => readonly number[];
  readonly failures: Counter;
  readonly logger: Logger;
};

/** Positions that wait for their commit, the newest of each partition of ours. */
export class PositionCommits {
  readonly #options: PositionCommitsOptions;
  readonly #waiting = new Map<number, number>();

  constructor(options: PositionCommitsOptions) {
    this.#options = options;
  }

  /** As `Ownership.notePosition`. */
  note(partition: number, nextOffset: number): void {
    if (!Number.isSafeInteger(nextOffset) || nextOffset < 0) return;
    // A partition that is not ours would wait here for ever.
    if (this.#options.owned().includes(partition)) this.#waiting.set(partition, nextOffset);
  }

  /** Commits what waits. Never rejects. */
  async flush(): Promise<void> {
    const owned = new Set(this.#options.owned());
    const positions = new Map([...this.#waiting].filter(([partition]) => owned.has(partition)));
    this.#waiting.clear();
    if (positions.size === 0) return;
    try {
      await this.#options.commit(positions);
    } catch (error) {
      this.#options.failures.add();
      this.#options.logger.warn('positions were not told to Kafka, so lag looks higher than it is', { error });
    }
  }
}
