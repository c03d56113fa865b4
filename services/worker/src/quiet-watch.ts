/**
 * Appends a Time record when a partition is quiet and bars wait for its clock. In: when records came. Out: records that
 * carry nothing but their append time. Law 2: the log's clock alone closes bars; the clock here only decides when to ask
 * for its time, and it asks again as long as something waits, so no process's clock stalls or rushes a bar.
 */
import { encodeLogRecord, type PartitionFold } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { PacedTask } from './paced-task.ts';

/** While a bar waits, the log's time is asked for at least so often, whatever the clocks say, ms. */
const askMsMax = 30_000;

/** What the watch needs. */
export type QuietWatchConfig = {
  readonly fold: Pick<PartitionFold, 'clockMs' | 'dueMs'>;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly quietMs: number;
  /** Whether every record that the log had has been folded and the next one is waited for. */
  readonly isWaiting: () => boolean;
  /** Appends to the partition's `ticks`. */
  readonly append: (bytes: Uint8Array) => Promise<unknown>;
  readonly failed: (error: unknown) => void;
};

/** The watch of one partition. */
export class QuietWatch {
  readonly #config: QuietWatchConfig;
  readonly #task: PacedTask;
  #lastRecordMs: number;
  /** The log's time is not known before it was asked for once: the newest record may be of long ago. */
  #hasAsked = false;

  constructor(config: QuietWatchConfig) {
    this.#config = config;
    this.#lastRecordMs = config.clock.monotonicMs();
    const { clock, stop, quietMs, failed } = config;
    this.#task = new PacedTask({ clock, stop, failed, pauseMs: () => quietMs, run: () => this.#look() });
  }

  /** Records came, or reading began. */
  noteRecords(): void {
    this.#lastRecordMs = this.#config.clock.monotonicMs();
    this.#task.arm();
  }

  /** Resolves when nothing runs any more, after the stop. */
  async settled(): Promise<void> {
    await this.#task.settled();
  }

  async #look(): Promise<void> {
    const { fold, clock, quietMs, isWaiting, append } = this.#config;
    const { dueMs } = fold;
    if (dueMs === undefined) return;
    const passedMs = clock.monotonicMs() - this.#lastRecordMs;
    const isQuiet = passedMs >= quietMs && isWaiting();
    if (isQuiet && (!this.#hasAsked || fold.clockMs + passedMs >= dueMs || passedMs >= askMsMax)) {
      this.#hasAsked = true;
      await append(encodeLogRecord([{ kind: 'time' }]));
    }
    this.#task.arm();
  }
}
