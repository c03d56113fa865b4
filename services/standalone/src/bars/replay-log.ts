/**
 * The tick log of one run and its fold: the system's own way of a tick, in one process. In: ticks of several files in
 * the order of the merge. Out: revisions of bars and notices. Ticks are gathered in rounds, one block a file; a round
 * of several files never reaches over the end of a bar, so no bar closes before all of its ticks are in.
 */
import {
  type FoldOutput,
  type InstrumentTerms,
  type Interval,
  type LogEntryToWrite,
  PartitionFold,
  type ProfileName,
  encodeLogRecord,
  foldConfigDefaults,
} from '@tapeline/domain';
import type { RecordedTick } from '@tapeline/recordings';
import type { ReplayPublisher } from './replay-publisher.ts';

/** Append time of every record: bars of a replay close by event time alone, and nobody is given up. */
const appendTimeMs = 0;

/** Most ticks of a round; with a few files a block is full long before. */
const roundTicksMax = 20_000;

/** How often, by event time, files say that they are past what they have no ticks for. */
const progressEverySec = 3_600;

/** More than the longest bar, the trading date on which clocks go back. */
const barSecMax = 26 * 3_600;

const retainedBytesMax = 1_073_741_824;

/** What decides the bars of a run. */
export type ReplaySettings = {
  readonly interval: Interval;
  readonly profile: ProfileName;
  readonly horizonMs: number;
};

/** Hears of what the fold puts out, step by step. */
export type OnOutput = (output: FoldOutput) => void;

/** One partition with one fold. */
export class ReplayLog {
  readonly fold: PartitionFold;
  readonly #onOutput: OnOutput;
  readonly #horizonSec: number;
  /** All ends of bars are multiples of it; what is cut by sessions or dates is cut at whole minutes. */
  readonly #bucketSec: number;
  readonly #publishers = new Set<ReplayPublisher>();
  readonly #finished = new Set<ReplayPublisher>();
  readonly #round: ReplayPublisher[] = [];
  #roundTicks = 0;
  #roundBucket = 0;
  #offset = 0;
  #toldSec = -Infinity;

  constructor({ interval, profile, horizonMs }: ReplaySettings, onOutput: OnOutput) {
    const config = {
      intervals: [interval.name],
      profiles: [profile],
      horizonMs,
      retainedBytesMax,
      latenessReplayMs: 0,
    };
    this.fold = PartitionFold.start({ ...foldConfigDefaults, ...config, partition: 0 });
    this.#onOutput = onOutput;
    this.#horizonSec = horizonMs / 1_000;
    this.#bucketSec = interval.alignment === 'epoch' ? interval.seconds : 60;
  }

  /** Adds the next tick of the merge. Answers whether a round was folded before it. */
  add(publisher: ReplayPublisher, tick: RecordedTick, terms: InstrumentTerms): boolean {
    const bucket = Math.floor(tick.eventSec / this.#bucketSec);
    const inRound = publisher.waiting > 0;
    const severalFiles = this.#round.length > (inRound ? 1 : 0);
    const isOver =
      this.#roundTicks >= roundTicksMax ||
      !publisher.hasRoomFor(tick) ||
      (severalFiles && bucket !== this.#roundBucket);
    if (isOver) this.foldRound();
    if (publisher.waiting === 0) this.#round.push(publisher);
    this.#publishers.add(publisher);
    publisher.add(tick, terms);
    this.#roundTicks += 1;
    this.#roundBucket = bucket;
    return isOver;
  }

  /** Appends the round as one record, and folds it. */
  foldRound(): void {
    if (this.#round.length === 0) return;
    this.#append(this.#round.map((publisher) => publisher.takeBlock()));
    this.#round.length = 0;
    this.#roundTicks = 0;
  }

  /** No tick of this file follows. */
  finish(publisher: ReplayPublisher): void {
    this.#finished.add(publisher);
  }

  /**
   * Lets the files say that they are past `lowSec`, the earliest time that is still to come, if an hour has gone by
   * since they last did. Answers whether they did: bars that ended the horizon before it are final then.
   */
  progressTo(lowSec: number): boolean {
    // It goes back where a file is sorted by symbol; the hour counts from there again.
    if (lowSec < this.#toldSec) this.#toldSec = lowSec;
    if (lowSec < this.#toldSec + progressEverySec || lowSec === Infinity) return false;
    this.#toldSec = lowSec;
    this.foldRound();
    const entries: LogEntryToWrite[] = [];
    for (const publisher of this.#publishers) {
      const hasOnlyFinalBars = publisher.lastSec + barSecMax + this.#horizonSec <= lowSec;
      if (this.#finished.has(publisher) && hasOnlyFinalBars) {
        entries.push(...publisher.end());
        this.#publishers.delete(publisher);
      } else entries.push(...publisher.progressTo(lowSec));
    }
    this.#append(entries);
    return true;
  }

  /** Folds what is left, and ends every file: all bars are final then. */
  end(): void {
    this.foldRound();
    this.#append([...this.#publishers].flatMap((publisher) => publisher.end()));
    this.#publishers.clear();
  }

  #append(entries: readonly LogEntryToWrite[]): void {
    if (entries.length === 0) return;
    const bytes = encodeLogRecord(entries);
    this.#onOutput(this.fold.step([{ offset: this.#offset, appendTimeMs, bytes }]));
    this.#offset += 1;
  }
}
