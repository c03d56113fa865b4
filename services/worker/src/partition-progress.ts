/**
 * How far a partition is. In: what was recovered, steps, saved snapshots, now and then a look at the log. Out: lag, rate
 * and distances, as metrics and to whoever spreads partitions; and what retention must leave. Nothing here decides outputs.
 */
import type { OffsetRange, PartitionFold } from '@tapeline/domain';
import type { Outbox } from './outbox.ts';
import { PacedTask } from './paced-task.ts';
import type { PartitionStanding } from './partition-standing.ts';
import type { PatientEffects } from './patient-effects.ts';
import { TickRate } from './tick-rate.ts';
import type { PartitionMetrics } from './worker-metrics.ts';
import type { WorkerParts } from './worker-types.ts';

/** How often the end of the log is looked at while records come, ms. */
const lookIntervalMs = 1_000;
/** How often the rate of ticks is noted, ms; it ends some minutes after the last tick, below so many a second. */
const rateIntervalMs = 1_000;
const rateMin = 0.5;

/** What is followed once a partition has recovered. */
type Followed = {
  readonly fold: PartitionFold;
  readonly outbox: Outbox;
  /** Where the log ended when reading began, and, once that was reached, when it was looked at again. */
  caughtUpAt: number;
};

/** What progress needs. */
export type ProgressConfig = {
  readonly parts: Pick<WorkerParts, 'log' | 'clock' | 'ownership'>;
  readonly partition: number;
  readonly metrics: PartitionMetrics;
  readonly standing: PartitionStanding;
  readonly effects: PatientEffects;
  readonly stop: AbortSignal;
  readonly failed: (error: unknown) => void;
};

/** The progress of one partition. */
export class PartitionProgress {
  readonly #config: ProgressConfig;
  readonly #looks: PacedTask;
  readonly #rates: PacedTask;
  /** Once the end was reached it is looked at again: a leader that lags may have told one that was past. */
  readonly #secondLook: PacedTask;
  #hasLookedAgain = false;
  readonly #beganMs: number;
  #readFromMs = 0;
  #followed: Followed | undefined;
  #rate: TickRate | undefined;
  #firstOffset = 0;
  #endOffset = 0;
  /** The first records that restarts from the two snapshots that are kept read again, the older one's first. */
  #retained: readonly [number, number] = [0, 0];

  constructor(config: ProgressConfig) {
    const { parts, stop, failed } = config;
    const { clock } = parts;
    this.#config = config;
    this.#beganMs = clock.monotonicMs();
    this.#looks = new PacedTask({ clock, stop, failed, pauseMs: () => lookIntervalMs, run: () => this.#look() });
    this.#secondLook = new PacedTask({ clock, stop, failed, pauseMs: () => 0, run: () => this.#lookAgain() });
    this.#rates = new PacedTask({ clock, stop, failed, pauseMs: () => rateIntervalMs, run: () => this.#noteRate() });
  }

  /** The partition has recovered, and its log keeps `range`. */
  begin(fold: PartitionFold, outbox: Outbox, range: OffsetRange): void {
    const { counters, clockMs, retainFromOffset } = fold;
    const { clock } = this.#config.parts;
    this.#followed = { fold, outbox, caughtUpAt: range.endOffset };
    this.#firstOffset = range.firstOffset;
    this.#endOffset = range.endOffset;
    this.#retained = [retainFromOffset, retainFromOffset];
    this.#readFromMs = clock.monotonicMs();
    if (clockMs > 0) this.#rate = new TickRate(counters.applied, clock.monotonicMs(), clockMs);
    this.#arm();
  }

  /** Where the log ended when it was last looked at. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** Ticks a second; 0 before recovery. */
  get ticksPerSecond(): number {
    return this.#rate?.perSecond ?? 0;
  }

  /** Records that are not durable in the outputs, and how old the newest counted one is while others wait. */
  lag(): { readonly lagRecords: number; readonly lagMs: number } {
    const { fold, outbox } = this.#followed ?? {};
    const lagRecords = Math.max(0, this.#endOffset - (outbox?.durableOffset ?? 0));
    const behindMs = this.#config.parts.clock.nowMs() - (fold?.clockMs ?? 0);
    return { lagRecords, lagMs: lagRecords > 0 && fold !== undefined ? Math.max(0, behindMs) : 0 };
  }

  /** How long ago the next record to be folded was appended, ms, as far as the log was looked at; 0 = there is none. */
  behindMs(): number {
    const { fold } = this.#followed ?? {};
    if (fold === undefined || fold.nextOffset >= this.#endOffset) return 0;
    return Math.max(0, this.#config.parts.clock.nowMs() - fold.clockMs);
  }

  /** Records were folded, the first of them appended at `firstMs`. */
  stepped(firstMs: number): void {
    // Where nothing was counted before, the log's time begins with its first record.
    this.#rate ??= new TickRate(0, this.#config.parts.clock.monotonicMs(), firstMs);
    this.#arm();
  }

  /** A snapshot was saved that needs records from this one on; answers the first that either kept snapshot needs. */
  saved(retainFromOffset: number): number {
    this.#retained = [this.#retained[1], retainFromOffset];
    return Math.min(...this.#retained);
  }

  /** Tells where the partition stands. */
  tell(): void {
    if (this.#followed === undefined) return;
    const { metrics, parts, partition } = this.#config;
    const { fold, outbox } = this.#followed;
    metrics.position({
      ...this.lag(),
      replayRecords: fold.isRecovering ? fold.nextOffset - fold.retainFromOffset : 0,
      heldBackBytes: outbox.bytes,
      restartRecords: Math.max(0, fold.nextOffset - this.#retained[1]),
      headroomRecords: Math.max(0, Math.min(...this.#retained) - this.#firstOffset),
    });
    metrics.moves.now({
      parked: fold.parked,
      heldTicks: fold.heldTicks,
      ownInstruments: fold.ownInstruments().length,
      forOthers: outbox.forOthers,
    });
    parts.ownership.notePosition(partition, outbox.durableOffset);
  }

  /** Resolves when nothing runs any more, after the stop. */
  async settled(): Promise<void> {
    await Promise.all([this.#looks.settled(), this.#rates.settled(), this.#secondLook.settled()]);
  }

  #arm(): void {
    this.#looks.arm();
    this.#rates.arm();
    this.#noteCaughtUp();
  }

  #noteCaughtUp(): void {
    const { standing, metrics, parts } = this.#config;
    const { fold, caughtUpAt = 0 } = this.#followed ?? {};
    if (!standing.isRecovering || fold === undefined || fold.isRecovering || fold.nextOffset < caughtUpAt) return;
    if (!this.#hasLookedAgain) {
      this.#secondLook.arm();
      return;
    }
    standing.running();
    const nowMs = parts.clock.monotonicMs();
    metrics.recovered(nowMs - this.#beganMs, nowMs - this.#readFromMs);
  }

  async #lookAgain(): Promise<void> {
    if (this.#followed === undefined || this.#hasLookedAgain) return;
    await this.#noteEnd();
    this.#followed.caughtUpAt = this.#endOffset;
    this.#hasLookedAgain = true;
    this.#noteCaughtUp();
  }

  async #noteEnd(): Promise<void> {
    const { parts, partition, effects } = this.#config;
    const range = await effects.run('looking at the log', () => parts.log.range('ticks', partition));
    this.#firstOffset = range.firstOffset;
    this.#endOffset = range.endOffset;
  }

  async #look(): Promise<void> {
    const { standing } = this.#config;
    await this.#noteEnd();
    const { fold, caughtUpAt } = this.#followed ?? {};
    if (standing.isRecovering && fold !== undefined) {
      standing.recovering(`counted up to record ${fold.nextOffset} of ${caughtUpAt}`);
    }
    this.tell();
    if (this.lag().lagRecords > 0) this.#looks.arm();
  }

  #noteRate(): void {
    const { parts, partition } = this.#config;
    if (this.#followed === undefined || this.#rate === undefined) return;
    const { counters, clockMs } = this.#followed.fold;
    this.#rate.note(counters.applied, parts.clock.monotonicMs(), clockMs);
    parts.ownership.noteRate(partition, this.#rate.perSecond);
    if (this.#rate.perSecond >= rateMin) this.#rates.arm();
  }
}
