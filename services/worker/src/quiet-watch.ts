/**
 * Appends a Time record when a partition is quiet and something waits for its clock, be it that others go on without it.
 * In: when records came. Out: records that carry nothing but their append time. Law 2: the log's clock alone closes bars,
 * declares gaps and gives publishers up; the clock here only decides when to ask for its time, and it asks again as long
 * as something waits, so no process's clock stalls or rushes anything.
 */
import { encodeLogRecord, type PartitionFold, waitedMsPerRecordMax } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { PacedTask } from './paced-task.ts';

/** While a bar waits, the log's time is asked for at least so often, whatever the clocks say, ms. */
const askMsMax = 30_000;
/**
 * A wait of the waiting clock that has over this left has hardly begun, ms. Only a delayed or replay publisher is waited
 * for so long, and one that lives says so every 10 s: it needs no Time records for as long as it does.
 */
const settledMsMax = 590_000;
/** Between Time records for such a wait, ms; a little more than from one sign of life to the next. */
const aliveMsMax = 12_000;

/** What the watch needs. */
export type QuietWatchConfig = {
  readonly fold: Pick<PartitionFold, 'clockMs' | 'dueMs' | 'waitLeftMs'>;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly quietMs: number;
  /** The newest time of the partitions in which publishers write; `undefined` while the market is at rest. */
  readonly pace: { readonly newestMs: number | undefined };
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

  /** Other partitions went on: this one may be behind them. */
  noteOthers(): void {
    this.#task.arm();
  }

  /** Resolves when nothing runs any more, after the stop. */
  async settled(): Promise<void> {
    await this.#task.settled();
  }

  async #look(): Promise<void> {
    const { clock, quietMs, isWaiting, append } = this.#config;
    const passedMs = clock.monotonicMs() - this.#lastRecordMs;
    if (passedMs >= quietMs && isWaiting()) {
      const asksAfterMs = this.#asksAfterMs();
      if (asksAfterMs === undefined) return;
      if (!this.#hasAsked || passedMs >= asksAfterMs) {
        this.#hasAsked = true;
        await append(encodeLogRecord([{ kind: 'time' }]));
      }
    }
    this.#task.arm();
  }

  /** How long after the last record the log is to be asked for its time, ms; `undefined` where nothing waits for it. */
  #asksAfterMs(): number | undefined {
    const { clockMs, dueMs, waitLeftMs } = this.#config.fold;
    if (dueMs === undefined && waitLeftMs === undefined) return this.#isBehind() ? this.#followMs : undefined;
    const untilDueMs = dueMs === undefined ? Infinity : dueMs - clockMs;
    // More often would not help: the waiting clock goes on by no more than this a record, and by all of less.
    const untilWaitedMs = waitLeftMs !== undefined && waitLeftMs <= settledMsMax ? waitedMsPerRecordMax : aliveMsMax;
    const untilMs = Math.min(untilDueMs, waitLeftMs === undefined ? askMsMax : untilWaitedMs, askMsMax);
    return this.#isBehind() ? Math.min(untilMs, this.#followMs) : untilMs;
  }

  /** Between Time records of a partition that follows the others, ms. */
  get #followMs(): number {
    return 2 * this.#config.quietMs;
  }

  /** Whether readers of several partitions wait for this one's clock alone. One without any record keeps nobody waiting. */
  #isBehind(): boolean {
    const { fold, pace, quietMs } = this.#config;
    const { newestMs } = pace;
    return fold.clockMs > 0 && newestMs !== undefined && newestMs - fold.clockMs > quietMs;
  }
}
