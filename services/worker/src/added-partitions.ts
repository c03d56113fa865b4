/**
 * Partitions that are added while a worker runs. In: how many the map names. Out: the log asked until it has them, and then told to
 * whoever shares partitions out. A map may be read before the log's own answer has what it names, so the log is asked with
 * patience; the newest map counts.
 */
import { LogError, type Ownership, type TickLog } from '@tapeline/domain';
import { PartitionEndedError } from './partition-ended-error.ts';
import type { PatientEffects } from './patient-effects.ts';

/** What following needs. */
export type AddedPartitionsConfig = {
  readonly log: Pick<TickLog, 'basePartitions' | 'partitionCount' | 'refreshPartitions'>;
  readonly ownership: Pick<Ownership, 'usePartitions'>;
  readonly effects: PatientEffects;
  /** The log has more than before. */
  readonly found?: () => void;
  /** Hears why the log could not be asked; the next map asks again. */
  readonly failed: (error: unknown) => void;
};

/** The partitions of one stream. */
export class AddedPartitions {
  readonly #config: AddedPartitionsConfig;
  #named: number;
  #used: number;
  #asking: Promise<void> | undefined;

  constructor(config: AddedPartitionsConfig) {
    this.#config = config;
    this.#named = config.log.basePartitions;
    this.#used = this.#named;
  }

  /** The map in force, or what others give this worker, has so many; fewer than before changes nothing. */
  name(partitions: number): void {
    this.#named = Math.max(this.#named, partitions);
    if (this.#named > this.#used) this.#asking ??= this.#ask();
  }

  /** Resolves when the log is not asked any more. */
  async settled(): Promise<void> {
    await this.#asking;
  }

  async #ask(): Promise<void> {
    const { effects, ownership, failed, found } = this.#config;
    try {
      while (this.#used < this.#named) {
        const named = this.#named;
        await effects.run('looking for added partitions', () => this.#find(named));
        this.#used = named;
        ownership.usePartitions(named);
        found?.();
      }
    } catch (error) {
      if (!(error instanceof PartitionEndedError)) failed(error);
    } finally {
      this.#asking = undefined;
    }
  }

  async #find(named: number): Promise<void> {
    const { log } = this.#config;
    if (log.partitionCount >= named) return;
    const there = await log.refreshPartitions();
    if (there >= named) return;
    const message = `the map names ${named} partitions and the log has ${there}; they are looked for again`;
    throw new LogError('LOG_UNAVAILABLE', message);
  }
}
