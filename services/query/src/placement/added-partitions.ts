/**
 * Partitions that are added while the process runs. In: how many the map in force names. Out: both topics read from the first
 * record of each new one, so that no stream misses any.
 */
import { NamedPartitions } from '@tapeline/control';
import { LogError, type TickLog } from '@tapeline/domain';
import type { Clock, Logger, RandomSource } from '@tapeline/runtime';
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
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #asking: NamedPartitions;
  readonly #leave: () => void;

  /** Begins with the map that is known. */
  constructor({ log, control, hubs, clock, random, logger }: AddedPartitionsParts) {
    this.#logger = logger;
    this.#asking = new NamedPartitions({
      log,
      named: () => control.view.placement.partitions,
      used: 0,
      clock,
      random,
      pauseMs,
      stop: this.#stop.signal,
      found: ({ named, error }) => {
        this.#tell(error);
        for (const hub of hubs) hub.grow(named);
      },
      missing: ({ named, there, error }) => {
        this.#tell(error);
        logger.info('the map names partitions that the log does not have yet', { named, there });
      },
      mayPass: (error) => error instanceof LogError,
      failed: (error) => logger.error('added partitions are not read', { error }),
    });
    this.#leave = control.onChange(() => this.#asking.look());
    this.#asking.look();
  }

  /** Follows no more; resolves when the log is not asked any more. */
  async stop(): Promise<void> {
    this.#leave();
    this.#stop.abort();
    await this.#asking.settled();
  }

  #tell(error: unknown): void {
    if (!(error instanceof LogError)) return;
    const { code, message } = error;
    this.#logger.warn('the log does not say how many partitions there are', { code, error: message });
  }
}
