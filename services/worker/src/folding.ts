/**
 * The synchronous side of a partition: records in, outputs into the outbox. In: records in offset order. Out: bars with
 * each step and what goes to other partitions, the tape at a pace if it is kept, snapshots to be saved when asked. Law 1: chunks of
 * the tape are cut by the clock of each record and where an instrument leaves, never by how the records were handed over.
 */
import {
  CountedTape,
  homePartition,
  type LogRecordInput,
  type Notice,
  type PartitionFold,
  type ListedInstrument,
  type TapeSegmentOut,
  type StepOfMove,
  type FoldOutput,
} from '@tapeline/domain';
import { CountedInstruments } from './counted-instruments.ts';
import type { InstrumentRates } from './instrument-rates.ts';
import { type LogMark, type ToldMove, toldMoves } from './output-records.ts';
import type { Outbox } from './outbox.ts';
import { SnapshotBuild } from './snapshot-build.ts';
import type { SnapshotSaves } from './snapshot-saves.ts';
import type { TapeChunks } from './tape-chunks.ts';

/** Segments that wait for the next write of the tape have at most so many bytes, and a step's more. */
const pendingBytesMax = 4_194_304;

/** What is needed of a fold. */
export type FoldToStep = Pick<
  PartitionFold,
  'nextOffset' | 'clockMs' | 'parked' | 'instrumentCount' | 'beginSnapshot'
> & {
  instruments(from: number): ReturnType<PartitionFold['instruments']>;
  step(...given: Parameters<PartitionFold['step']>): FoldOutput;
};

/** What folding needs. */
export type FoldingConfig = {
  readonly partition: number;
  /** Partitions that the stream was made with, over which instruments have their homes. */
  readonly basePartitions: number;
  readonly fold: FoldToStep;
  readonly chunks: TapeChunks;
  readonly outbox: Outbox;
  readonly saves: SnapshotSaves;
  /** See `WorkerConfig.tape`. */
  readonly tape: 'on' | 'off';
  /** `TickLog.identity` of `ticks`, for snapshots. */
  readonly logIdentity: string;
  /** Hears of each notice, with its record. */
  readonly notice: (notice: Notice, record: LogRecordInput) => void;
  /** Counts what is counted. */
  readonly rates: InstrumentRates;
  /** Hears of each instrument whose bars changed, more than once where it changed more than once. */
  readonly changed: (dataset: string, symbol: string) => void;
  /** Hears of what came and went with a step, in order, once its outputs are in the outbox. */
  readonly moved: (steps: readonly StepOfMove[]) => void;
};

const nobody: readonly ToldMove[] = [];

/** One partition's fold with its outputs. */
export class Folding {
  readonly #config: FoldingConfig;
  readonly #counted = new CountedTape();
  readonly #named: CountedInstruments;
  /** Counted since the tape was last written. */
  #segments: TapeSegmentOut[] = [];
  #segmentBytes = 0;
  #tapeMoves: ToldMove[] = [];
  #instruments: number;
  #snapshotOffset: number;
  #tapeOffset: number;
  #build: SnapshotBuild | undefined;

  /** `config.fold` stands where its snapshot left it, or has seen nothing. */
  constructor(config: FoldingConfig) {
    this.#config = config;
    this.#named = new CountedInstruments(config.rates);
    this.#instruments = config.fold.instrumentCount;
    this.#snapshotOffset = config.fold.nextOffset;
    this.#tapeOffset = config.fold.nextOffset;
  }

  /** Folds some records and puts what comes of them into the outbox. */
  step(records: readonly LogRecordInput[]): void {
    const { fold, outbox, tape } = this.#config;
    const { nextOffset, clockMs } = fold;
    this.#named.beginStep(records);
    const output = fold.step(records, tape === 'on' ? this.#counted : this.#named);
    const { bars, notices, emissions, moved: steps } = output;
    // Nothing is put out of records that are read again.
    if (fold.nextOffset === nextOffset) return;
    const moved = steps.length === 0 ? nobody : toldMoves(steps, records, clockMs);
    this.#tapeMoves.push(...moved);
    if (tape === 'on') this.#takeSegments(records, { nextOffset, clockMs }, moved);
    else this.#tellChanged(this.#named.takeChanged());
    this.#tellNotices(notices, records);
    const known = this.#instruments;
    this.#instruments = fold.instrumentCount;
    outbox.addStep(this.#instruments > known ? this.#newInstruments(known) : [], bars, this.#mark(), moved);
    if (emissions.length > 0) outbox.addEmissions(emissions);
    // All of an instrument is put out before it is elsewhere (O6), and what is sent on is durable only with the tape before it.
    if (this.#segmentBytes >= pendingBytesMax || emissions.length > 0) this.writeTape();
    // Readers of the tape wait for its clock though there is nothing in it.
    if (tape === 'off') this.#moveTape();
    if (steps.length > 0) this.#config.moved(steps);
  }

  /** Puts what was counted since the last time into the outbox; answers its bytes. */
  writeTape(): number {
    const { fold } = this.#config;
    return fold.nextOffset === this.#tapeOffset ? 0 : this.#moveTape();
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

  /** Writes some of the snapshot that was begun; at its end it goes to be saved. Answers whether nothing is left. */
  writeSnapshot(): boolean {
    const bytes = this.#build?.work();
    if (this.#build === undefined) return true;
    if (bytes === undefined) return false;
    const { partition, saves } = this.#config;
    const stored = { partition, nextOffset: this.#snapshotOffset, bytes };
    saves.add({ stored, retainFromOffset: this.#build.retainFromOffset });
    this.#build = undefined;
    return true;
  }

  /** The snapshot that was begun is not wanted any more. */
  abandonSnapshot(): void {
    this.#build?.abandon();
    this.#build = undefined;
  }

  /** Cuts what the step counted into chunks, at the clock that each record left; `before` is where the step began. */
  #takeSegments(
    records: readonly LogRecordInput[],
    before: { readonly nextOffset: number; readonly clockMs: number },
    moved: readonly ToldMove[],
  ): void {
    const { chunks, rates } = this.#config;
    const segments = this.#counted.take();
    let [at, movedAt, nowMs] = [0, 0, before.clockMs];
    for (const { offset, appendTimeMs } of records) {
      if (offset < before.nextOffset) continue;
      if (appendTimeMs > nowMs) {
        nowMs = appendTimeMs;
        chunks.advance(nowMs);
        rates.advance(nowMs);
      }
      for (let segment = segments[at]; segment?.offset === offset; segment = segments[at]) {
        at += 1;
        chunks.add(segment, nowMs);
        rates.count(segment.dataset, segment.symbol, segment.count);
        this.#segments.push(segment);
        this.#segmentBytes += segment.bytes.length;
      }
      for (let one = moved[movedAt]; one?.offset === offset; one = moved[movedAt]) {
        movedAt += 1;
        if (one.step === 'left') chunks.end(one.dataset, one.symbol);
      }
    }
    this.#tellChanged(segments);
  }

  #tellChanged(instruments: Iterable<{ readonly dataset: string; readonly symbol: string }>): void {
    const { changed } = this.#config;
    for (const { dataset, symbol } of instruments) changed(dataset, symbol);
  }

  /** Notices come in the order of their records. */
  #tellNotices(notices: readonly Notice[], records: readonly LogRecordInput[]): void {
    let at = 0;
    for (const notice of notices) {
      while (records[at] !== undefined && (records[at] as LogRecordInput).offset < notice.offset) at += 1;
      const record = records[at];
      if (record !== undefined) this.#config.notice(notice, record);
    }
  }

  /**
   * Instruments from that place on. What began here and does not live at home is pinned here, which a store made anew learns from the
   * log. One that moved before its first tick is listed without a place: where it began is not known here, and the row of a moved
   * instrument says it.
   */
  #newInstruments(from: number): readonly ListedInstrument[] {
    const { fold, partition, basePartitions } = this.#config;
    return fold.instruments(from).map(({ epoch, ...one }) => {
      if (epoch > 0) return one;
      const isHome = homePartition(one.dataset, one.symbol, basePartitions) === partition;
      return isHome ? { ...one, seenIn: partition } : { ...one, pin: partition, seenIn: partition };
    });
  }

  #moveTape(): number {
    const { chunks, outbox, fold } = this.#config;
    const changed = chunks.takeChanged();
    outbox.addTape(changed, this.#segments, this.#mark(), this.#tapeMoves);
    const bytes = changed.reduce((sum, chunk) => sum + chunk.bytes.length, this.#segmentBytes);
    this.#segments = [];
    this.#segmentBytes = 0;
    this.#tapeMoves = [];
    this.#tapeOffset = fold.nextOffset;
    return bytes;
  }

  #mark(): LogMark {
    const { clockMs, nextOffset } = this.#config.fold;
    return { clockMs, nextOffset };
  }
}
