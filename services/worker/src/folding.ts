/**
 * The synchronous side of a partition: records in, outputs into the outbox. In: records in offset order. Out: bars with
 * each step, the tape at a pace, snapshots when asked. Law 1: records go into the fold one by one, so that chunks of the
 * tape are cut by the clock of each record, never by how the records were handed over.
 */
import {
  type Bar,
  CountedTape,
  type LogRecordInput,
  type Notice,
  type PartitionFold,
  type TapeSegmentOut,
} from '@tapeline/domain';
import type { LogMark } from './output-records.ts';
import type { Outbox } from './outbox.ts';
import { SnapshotBuild } from './snapshot-build.ts';
import type { TapeChunks } from './tape-chunks.ts';

/** Segments that wait for the next write of the tape have at most so many bytes, and a step's more. */
const pendingBytesMax = 4_194_304;

/** What folding needs. */
export type FoldingConfig = {
  readonly partition: number;
  readonly fold: PartitionFold;
  readonly chunks: TapeChunks;
  readonly outbox: Outbox;
  /** `TickLog.identity` of `ticks`, for snapshots. */
  readonly logIdentity: string;
  /** Hears of each notice, with its record. */
  readonly notice: (notice: Notice, record: LogRecordInput) => void;
  /** Hears of each instrument whose bars changed, more than once where it changed more than once. */
  readonly changed: (dataset: string, symbol: string) => void;
};

/** One partition's fold with its outputs. */
export class Folding {
  readonly #config: FoldingConfig;
  readonly #counted = new CountedTape();
  /** Counted since the tape was last written. */
  #segments: TapeSegmentOut[] = [];
  #segmentBytes = 0;
  #instruments: number;
  #snapshotOffset: number;
  #tapeOffset: number;
  #build: SnapshotBuild | undefined;

  /** `config.fold` stands where its snapshot left it, or has seen nothing. */
  constructor(config: FoldingConfig) {
    this.#config = config;
    this.#instruments = config.fold.instrumentCount;
    this.#snapshotOffset = config.fold.nextOffset;
    this.#tapeOffset = config.fold.nextOffset;
  }

  /** Folds some records and puts their bars into the outbox. */
  step(records: readonly LogRecordInput[]): void {
    const { fold, outbox } = this.#config;
    const before = fold.nextOffset;
    const bars: Bar[] = [];
    for (const record of records) this.#apply(record, bars);
    // Nothing is put out of records that are read again.
    if (fold.nextOffset === before) return;
    const known = this.#instruments;
    this.#instruments = fold.instrumentCount;
    outbox.addStep(this.#instruments > known ? fold.instruments(known) : [], bars, this.#mark());
    if (this.#segmentBytes >= pendingBytesMax) this.writeTape();
  }

  /** Puts what was counted since the last time into the outbox; answers its bytes. */
  writeTape(): number {
    const { chunks, outbox, fold } = this.#config;
    if (fold.nextOffset === this.#tapeOffset) return 0;
    const changed = chunks.takeChanged();
    outbox.addTape(changed, this.#segments, this.#mark());
    const bytes = changed.reduce((sum, chunk) => sum + chunk.bytes.length, this.#segmentBytes);
    this.#segments = [];
    this.#segmentBytes = 0;
    this.#tapeOffset = fold.nextOffset;
    return bytes;
  }

  /** Whether a snapshot is being written. */
  get isWritingSnapshot(): boolean {
    return this.#build !== undefined;
  }

  /** Fixes what a snapshot of now holds, to be written by `writeSnapshot` while steps go on; false if nothing is new. */
  beginSnapshot(): boolean {
    const { partition, logIdentity, fold, chunks } = this.#config;
    const { nextOffset } = fold;
    if (nextOffset === this.#snapshotOffset || this.#build !== undefined) return this.#build !== undefined;
    // What it covers goes into the outbox before it.
    this.writeTape();
    this.#build = new SnapshotBuild(fold.beginSnapshot(), { partition, nextOffset, logIdentity }, chunks.open());
    this.#snapshotOffset = nextOffset;
    return true;
  }

  /** Writes some of the snapshot that was begun; at its end it goes into the outbox. Answers whether nothing is left. */
  writeSnapshot(): boolean {
    const bytes = this.#build?.work();
    if (this.#build === undefined) return true;
    if (bytes === undefined) return false;
    const { partition, outbox } = this.#config;
    const stored = { partition, nextOffset: this.#snapshotOffset, bytes };
    outbox.addSnapshot({ stored, retainFromOffset: this.#build.retainFromOffset });
    this.#build = undefined;
    return true;
  }

  /** The snapshot that was begun is not wanted any more. */
  abandonSnapshot(): void {
    this.#build?.abandon();
    this.#build = undefined;
  }

  #apply(record: LogRecordInput, bars: Bar[]): void {
    const { fold, chunks, notice, changed } = this.#config;
    const isNew = record.offset >= fold.nextOffset;
    const output = fold.step([record], this.#counted);
    if (!isNew) return;
    const { clockMs } = fold;
    chunks.advance(clockMs);
    for (const segment of this.#counted.take()) {
      chunks.add(segment, clockMs);
      this.#segments.push(segment);
      this.#segmentBytes += segment.bytes.length;
      changed(segment.dataset, segment.symbol);
    }
    for (const bar of output.bars) bars.push(bar);
    for (const one of output.notices) notice(one, record);
  }

  #mark(): LogMark {
    const { clockMs, nextOffset } = this.#config.fold;
    return { clockMs, nextOffset };
  }
}
