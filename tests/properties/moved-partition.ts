/**
 * One partition of a world in which instruments move. In: records of its log, folds of its owners. Out: what they put out and send.
 * Whatever two owners put out or send at one record is compared here: it must be equal, whether it is made at the record or much
 * later, at once or in slices.
 */
import {
  type Bar,
  CountedTape,
  type Emission,
  type FoldConfig,
  type LogRecordInput,
  type Notice,
  PartitionFold,
  type SnapshotInProgress,
  type TapeSegmentOut,
} from '@tapeline/domain';
import { firstDifference, outputTexts, type Random } from '@tapeline/simulation';

type Outcome = {
  readonly texts: readonly string[];
  readonly tape: readonly Uint8Array[];
  /** By place among those of its record, once somebody made them. */
  readonly emissions: (string | undefined)[];
};
/** A snapshot that was kept. */
export type Saved = { readonly snapshot: Uint8Array };
/** What one record sends to one partition, from before it is made on; `place` counts those of the record. */
export type Sending = { readonly emission: Emission; readonly place: number };

/** One partition: its log, its owner, and what came of each record the first time. */
export class MovedPartition {
  readonly config: FoldConfig;
  readonly log: LogRecordInput[] = [];
  readonly outcomes: Outcome[] = [];
  readonly saved: Saved[] = [];
  outbox: Sending[] = [];
  /** Made and on their way, by target in order. */
  made: { readonly to: number; readonly bytes: Uint8Array }[] = [];
  fold: PartitionFold;
  readonly #tape = new CountedTape();
  #writing: { readonly whole: Uint8Array; readonly progress: SnapshotInProgress } | undefined;

  constructor(config: FoldConfig) {
    this.config = config;
    this.fold = PartitionFold.start(config);
  }

  get isBehind(): boolean {
    return this.fold.nextOffset < this.log.length;
  }

  /** A fold from one of the snapshots, or from the first record on, that has read the retained records again. */
  restored(saved: Saved | undefined): PartitionFold {
    if (saved === undefined) return PartitionFold.start(this.config);
    const fold = PartitionFold.restore(this.config, saved.snapshot);
    if ('code' in fold) throw new RangeError(fold.message);
    const again = fold.step(this.log.slice(fold.retainFromOffset, fold.nextOffset), this.#tape);
    if (again.bars.length + again.notices.length + again.emissions.length + this.#tape.take().length > 0)
      throw new RangeError('records that are read again put something out');
    return fold;
  }

  /** Keeps a snapshot of this moment, written at once or in slices while the fold goes on. */
  save(random: Random): void {
    const whole = this.fold.snapshot();
    if (random.chance(0.5)) this.saved.push({ snapshot: whole });
    else if (this.#writing === undefined) this.#writing = { whole, progress: this.fold.beginSnapshot() };
  }

  /** Writes the snapshot on by some `bytes`; it must be what a snapshot of its moment was. */
  write(bytes: number): void {
    if (this.#writing?.progress.work(bytes) !== true) return;
    const { whole, progress } = this.#writing;
    this.#writing = undefined;
    const snapshot = Uint8Array.from(progress.parts.flatMap((part) => [...part]));
    const difference = firstDifference(whole, snapshot);
    if (difference !== undefined) throw new RangeError(`a snapshot in slices: ${difference}`);
    this.saved.push({ snapshot });
  }

  /** Takes another fold for the owner. */
  replace(fold: PartitionFold): void {
    this.#writing?.progress.abandon();
    this.#writing = undefined;
    this.outbox = [];
    this.made = [];
    this.fold = fold;
  }

  /** Applies the next record by this fold; what it brings must be what it brought before. Answers what is new. */
  apply(fold: PartitionFold): { bars: Bar[]; notices: Notice[]; segments: TapeSegmentOut[]; sent: Sending[] } {
    const record = this.log[fold.nextOffset] as LogRecordInput;
    const { bars, notices, emissions } = fold.step([record], this.#tape);
    const segments = this.#tape.take();
    const sent = emissions.map((emission, place) => ({ emission, place }));
    const texts = outputTexts({ bars, notices });
    const outcome: Outcome = {
      texts: [...texts.bars, ...texts.notices],
      tape: segments.map(({ bytes }) => bytes),
      emissions: emissions.map(() => undefined),
    };
    const known = this.outcomes[record.offset];
    if (known === undefined) {
      this.outcomes.push(outcome);
      return { bars, notices, segments, sent };
    }
    const text = (one: Outcome): string =>
      JSON.stringify([one.texts, one.tape.map((bytes) => Buffer.from(bytes).toString('hex')), one.emissions.length]);
    if (text(known) !== text(outcome)) {
      throw new RangeError(
        `record ${record.offset} of partition ${this.config.partition} brought\n${text(known)}\nand then\n${text(outcome)}`,
      );
    }
    return { bars: [], notices: [], segments: [], sent };
  }

  /** Makes what is sent, in slices of some `work` bytes; it must be what anybody made of it. */
  make({ emission, place }: Sending, work: number): readonly Uint8Array[] {
    const { offset, to, isAhead, pieces } = emission;
    const records = [...pieces(work)].filter((piece) => piece !== undefined);
    const text = [to, isAhead, ...records.map((bytes) => Buffer.from(bytes).toString('hex'))].join(' ');
    const { emissions } = this.outcomes[offset] as Outcome;
    emissions[place] ??= text;
    if (emissions[place] !== text) {
      throw new RangeError(
        `record ${offset} of partition ${this.config.partition} sent\n${emissions[place]}\nand then\n${text}`,
      );
    }
    return records;
  }
}
