/**
 * Partitions that are added while a worker runs. In: how many the map names. Out: the log asked until it has them, and then told to
 * whoever shares partitions out. The newest map counts, and one that names fewer changes nothing.
 */
import { type AskedPartitions, NamedPartitions } from '@tapeline/control';
import { LogError, type Ownership, type TickLog } from '@tapeline/domain';
import type { Clock, Logger, RandomSource } from '@tapeline/runtime';
import { isTransient } from './patient-effects.ts';

/** What following needs. */
export type AddedPartitionsConfig = {
  readonly log: Pick<TickLog, 'basePartitions' | 'partitionCount' | 'refreshPartitions'>;
  readonly ownership: Pick<Ownership, 'usePartitions'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** When it fires the log is not asked any more. */
  readonly stop: AbortSignal;
  /** The log has more than before. */
  readonly found?: () => void;
  /** Hears why the log could not be asked; the next map asks again. */
  readonly failed: (error: unknown) => void;
};

const pauseMs = { firstMs: 50, maxMs: 5_000 };
const what = 'looking for added partitions';

/** The partitions of one stream. */
export class AddedPartitions {
  readonly #config: AddedPartitionsConfig;
  readonly #asking: NamedPartitions;
  #named: number;
  #isWaiting = false;

  constructor(config: AddedPartitionsConfig) {
    const { log, clock, random, stop, failed } = config;
    this.#config = config;
    this.#named = log.basePartitions;
    this.#asking = new NamedPartitions({
      log,
      named: () => this.#named,
      used: log.basePartitions,
      clock,
      random,
      pauseMs,
      stop,
      found: ({ named }) => this.#use(named),
      missing: (asked) => this.#wait(asked),
      mayPass: isTransient,
      failed,
    });
  }

  /** The map in force, or what others give this worker, has so many; fewer than before changes nothing. */
  name(partitions: number): void {
    this.#named = Math.max(this.#named, partitions);
    this.#asking.look();
  }

  /** Resolves when the log is not asked any more. */
  async settled(): Promise<void> {
    await this.#asking.settled();
  }

  #use(named: number): void {
    const { ownership, logger, found } = this.#config;
    if (this.#isWaiting) logger.info('goes on', { what });
    this.#isWaiting = false;
    ownership.usePartitions(named);
    found?.();
  }

  #wait({ named, there, error }: AskedPartitions): void {
    const message = `the map names ${named} partitions and the log has ${there}; they are looked for again`;
    this.#isWaiting = true;
    this.#config.logger.warn('waits for the log', { what, error: error ?? new LogError('LOG_UNAVAILABLE', message) });
  }
}
