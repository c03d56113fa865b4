/**
 * Partitions that are added while the process runs. In: how many the map in force names. Out: both topics read from the first
 * record of each new one, so that no stream misses any. A map may be read before the log's own answer has what it names, so the
 * log is asked again until it has.
 */
import { LogError, type TickLog } from '@tapeline/domain';
import { Backoff, type Clock, type Logger, type RandomSource } from '@tapeline/runtime';
import type { PlacementSource } from './placement-source.ts';

/** What following needs. */
export type AddedPartitionsParts = {
  readonly log: Pick<TickLog, 'partitionCount' | 'refreshPartitions'>;
  readonly control: Pick<PlacementSource, 'view' | 'onChange'>;
  readonly hubs: readonly { grow(partitionCount: number): void }[];
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
};

const pauseMs = { firstMs: 50, maxMs: 5_000 };

/** Follows the number of partitions. */
export class AddedPartitions {
  readonly #parts: AddedPartitionsParts;
  readonly #stop = new AbortController();
  readonly #leave: () => void;
  #grownTo = 0;
  #asking: Promise<void> | undefined;

  /** Begins with the map that is known. */
  constructor(parts: AddedPartitionsParts) {
    this.#parts = parts;
    this.#leave = parts.control.onChange(() => this.#look());
    this.#look();
  }

  /** Follows no more; resolves when the log is not asked any more. */
  async stop(): Promise<void> {
    this.#leave();
    this.#stop.abort();
    await this.#asking;
  }

  #look(): void {
    if (this.#stop.signal.aborted || this.#parts.control.view.placement.partitions <= this.#grownTo) return;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
      // A map may have come after the last look.
      this.#look();
    });
  }

  async #ask(): Promise<void> {
    const { log, control, hubs, clock, random, logger } = this.#parts;
    const backoff = new Backoff({ ...pauseMs, random });
    while (!this.#stop.signal.aborted) {
      const named = control.view.placement.partitions;
      if (named <= this.#grownTo) break;
      try {
        if (log.partitionCount < named) await log.refreshPartitions();
      } catch (error) {
        if (!(error instanceof LogError)) throw error;
        logger.warn('the log does not say how many partitions there are', { code: error.code, error: error.message });
      }
      if (log.partitionCount >= named) {
        for (const hub of hubs) hub.grow(named);
        this.#grownTo = named;
      } else {
        logger.info('the map names partitions that the log does not have yet', { named, there: log.partitionCount });
        await clock.sleep(backoff.nextMs(), this.#stop.signal);
      }
    }
  }
}
