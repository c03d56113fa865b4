/**
 * How far partitions are counted, told to Kafka for those who watch lag from outside. In: positions, now and then. Out:
 * committed offsets of the group, at most every few seconds. Nothing depends on them, so a coordinator that cannot take
 * them, or takes long, is left alone for a minute; what is newest then is committed then.
 */
import type { Counter, Logger } from '@tapeline/runtime';

/** What it commits with. */
export type PositionCommitsOptions = {
  /** `false`: not now, for a reason that passes soon. */
  readonly commit: (positions: ReadonlyMap<number, number>) => Promise<boolean>;
  /** Partitions that are ours now; positions of others are forgotten. */
  readonly owned: () => readonly number[];
  /** A clock that never runs backwards, ms. */
  readonly monotonicMs: () => number;
  readonly failures: Counter;
  readonly logger: Logger;
};

/** No commit for so long after one that failed or was slow, ms. */
export const commitPauseMs = 60_000;
/** A commit that takes longer is slow, ms: a broker that is well takes some 10. */
export const slowCommitMs = 1_000;

/** Positions that wait for their commit, the newest of each partition of ours. */
export class PositionCommits {
  readonly #options: PositionCommitsOptions;
  readonly #waiting = new Map<number, number>();
  #notBeforeMs = -Infinity;

  constructor(options: PositionCommitsOptions) {
    this.#options = options;
  }

  /** As `Ownership.notePosition`. */
  note(partition: number, nextOffset: number): void {
    if (!Number.isSafeInteger(nextOffset) || nextOffset < 0) return;
    // A partition that is not ours would wait here for ever.
    if (this.#options.owned().includes(partition)) this.#waiting.set(partition, nextOffset);
  }

  /** Commits what waits, outside a pause. Never rejects. */
  async flush(): Promise<void> {
    const { monotonicMs, commit, failures } = this.#options;
    const startMs = monotonicMs();
    if (startMs < this.#notBeforeMs) return;
    const positions = this.#take();
    if (positions.size === 0) return;
    try {
      if (!(await commit(positions))) this.#keep(positions);
      const tookMs = monotonicMs() - startMs;
      if (tookMs > slowCommitMs) this.#pause('telling positions to Kafka takes long', { tookMs: Math.round(tookMs) });
    } catch (error) {
      this.#keep(positions);
      failures.add();
      this.#pause('positions were not told to Kafka, so lag looks higher than it is', { error });
    }
  }

  #pause(event: string, fields: Readonly<Record<string, unknown>>): void {
    const { monotonicMs, logger } = this.#options;
    this.#notBeforeMs = monotonicMs() + commitPauseMs;
    logger.warn(event, { ...fields, nextInMs: commitPauseMs });
  }

  #take(): ReadonlyMap<number, number> {
    const owned = new Set(this.#options.owned());
    const positions = new Map([...this.#waiting].filter(([partition]) => owned.has(partition)));
    this.#waiting.clear();
    return positions;
  }

  /** Whatever was noted in the meantime is newer. */
  #keep(positions: ReadonlyMap<number, number>): void {
    for (const [partition, offset] of positions) {
      if (!this.#waiting.has(partition)) this.note(partition, offset);
    }
  }
}
