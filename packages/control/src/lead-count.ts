/**
 * How many partitions there are, asked now and then: others may add some. In: time. Out: nothing; the log of ticks knows it afterwards.
 * Nothing waits for the answer, one question at most is open, and one that fails is asked again at its time.
 */
import type { TickLog } from '@tapeline/domain';
import type { Logger } from '@tapeline/runtime';

/** How often the number of partitions is asked for, ms. */
const countEveryMs = 10_000;

/** Asks a log of ticks. */
export class PartitionCounting {
  readonly #ticks: Pick<TickLog, 'refreshPartitions'>;
  readonly #logger: Logger;
  readonly #answered: () => void;
  #askAtMs = 0;
  #isAsking = false;

  /** `answered` hears of each end of a question. */
  constructor(ticks: Pick<TickLog, 'refreshPartitions'>, logger: Logger, answered: () => void) {
    this.#ticks = ticks;
    this.#logger = logger;
    this.#answered = answered;
  }

  /** Asks if it is time to. */
  look(nowMs: number): void {
    if (this.#isAsking || nowMs < this.#askAtMs) return;
    this.#askAtMs = nowMs + countEveryMs;
    void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    try {
      await this.#ticks.refreshPartitions();
    } catch (error) {
      this.#logger.debug('the log does not say how many partitions there are', { error });
    }
    this.#isAsking = false;
    this.#answered();
  }
}
