/**
 * What a partition puts out, on its way to store and log. In: outputs of steps and chunks, in the fold's order. Out: the same,
 * written: store first, then topics, then what goes to other partitions (O6), for which no later output waits; and up to which
 * record everything is durable (O2). Law 3: nothing counts as durable that could be lost. Law 7: what waits is bounded, in all, for each
 * target, and by what store and topics take within a time; at a bound `room` waits.
 */
import type { Bar, Store, ListedInstrument, TapeChunk, TapeSegmentOut, TickLog, Emission } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { EmissionQueues, waitingBytes } from './emission-queues.ts';
import { barRecords, type LogMark, tapeRecords, type ToldMove } from './output-records.ts';
import type { PatientEffects } from './patient-effects.ts';
import { OutboxWindow } from './outbox-window.ts';

/** What an outbox needs. */
export type OutboxConfig = {
  readonly log: TickLog;
  readonly store: Store;
  readonly partition: number;
  readonly latenessLiveMs: number;
  /** Outputs that wait or are under way, bytes by estimate; what waits for one target may be half of it. */
  readonly bytesMax: number;
  /** What waits for store and topics is to be written within this time, ms, as fast as the last write was. */
  readonly windowMs: number;
  readonly effects: PatientEffects;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  /** Where the outputs that are durable already end. */
  readonly from: LogMark;
  /** Hears of each record that another partition has. */
  readonly sent: (record: Uint8Array) => void;
  /** Hears of an effect that cannot go through; nothing is written after it. */
  readonly failed: (error: unknown) => void;
};

/** Bytes by which bars and instruments are counted, and what frames a segment or chunk. */
const barBytes = 320;
const frameBytes = 160;
/** Rows of one call to the store; bars are many and small, and a store that batches by instrument needs many at once. */
const rowsPerCallMax = 1_000;
const barsPerCallMax = 8_192;
const chunkBytesPerCallMax = 1_048_576;
/** Records of the quarantine that are under way at once; their order says nothing. */
const quarantineAppendsMax = 32;

type Group = {
  readonly instruments: ListedInstrument[];
  readonly bars: Bar[];
  barMark: LogMark;
  /** What came and went, as readers of each topic are told. */
  readonly barMoves: ToldMove[];
  readonly tapeMoves: ToldMove[];
  /** By instrument and first number: a longer chunk takes the place of a shorter one. */
  readonly chunks: Map<string, TapeChunk>;
  readonly segments: TapeSegmentOut[];
  tapeMark: LogMark;
  /** Records for the topic `quarantine`. */
  readonly quarantine: Uint8Array[];
  /** For other partitions. */
  readonly emissions: Emission[];
  bytes: number;
  /** Those of them that store and topics do not take. */
  emissionBytes: number;
  isEmpty: boolean;
  /** Whether readers are told the marks, though nothing else is there to tell. */
  isMarkTold: boolean;
};

type Waiter = { readonly nextOffset: number; readonly resolve: () => void; readonly reject: (error: unknown) => void };

/** The outputs of one partition. */
export class Outbox {
  readonly #config: OutboxConfig;
  #waiting: Group;
  #underWay: Group | undefined;
  #writing: Promise<void> | undefined;
  /** Where the last record of each topic ended. */
  #barMark: LogMark;
  #tapeMark: LogMark;
  /** What is before it is durable in store and topics, and its emissions are in the queues at least. */
  #writtenOffset: number;
  readonly #targetBytesMax: number;
  readonly #window: OutboxWindow;
  readonly #queues: EmissionQueues;
  #failure: { readonly error: unknown } | undefined;
  readonly #waiters = new Set<Waiter>();
  #roomWaiters: (() => void)[] = [];
  #isStopping = false;
  #isDropped = false;

  constructor(config: OutboxConfig) {
    this.#config = config;
    this.#barMark = config.from;
    this.#tapeMark = config.from;
    this.#writtenOffset = config.from.nextOffset;
    this.#waiting = this.#emptyGroup(config.from, config.from);
    this.#targetBytesMax = config.bytesMax / 2;
    this.#window = new OutboxWindow(config.windowMs, config.bytesMax);
    this.#queues = new EmissionQueues({
      ...config,
      targetBytesMax: this.#targetBytesMax,
      went: () => this.#wentOn(),
      failed: (error) => this.#fail(error),
    });
  }

  /** The first record whose outputs are not all durable, those for other partitions among them. */
  get durableOffset(): number {
    return Math.min(this.#writtenOffset, this.#queues.firstOffset);
  }

  /** Bytes that wait or are under way. */
  get bytes(): number {
    return this.#waiting.bytes + (this.#underWay?.bytes ?? 0) + this.#queues.bytes;
  }

  /** What of it waits for other partitions alone, and for how long one of them took nothing, ms. */
  get forOthers(): { readonly bytes: number; readonly waitMs: number } {
    const { bytes, waitMs } = this.#queues;
    return { bytes, waitMs };
  }

  /** Bars and instruments of a step that ended at `mark`, and what came and went in it. */
  addStep(
    instruments: readonly ListedInstrument[],
    bars: readonly Bar[],
    mark: LogMark,
    moved: readonly ToldMove[] = [],
  ): void {
    const group = this.#waiting;
    group.barMoves.push(...moved);
    for (const instrument of instruments) group.instruments.push(instrument);
    for (const bar of bars) group.bars.push(bar);
    group.barMark = mark;
    group.bytes += bars.length * barBytes + instruments.length * frameBytes;
    this.#wake();
  }

  /** What a step that was added, or is added before anything is awaited, sends to other partitions. */
  addEmissions(emissions: readonly Emission[]): void {
    const group = this.#waiting;
    for (const emission of emissions) {
      group.emissions.push(emission);
      const bytes = waitingBytes(emission);
      group.bytes += bytes;
      group.emissionBytes += bytes;
    }
    this.#wake();
  }

  /** Counted ticks up to `mark`, the chunks that they changed, and what came and went among them. */
  addTape(
    chunks: readonly TapeChunk[],
    segments: readonly TapeSegmentOut[],
    mark: LogMark,
    moved: readonly ToldMove[] = [],
  ): void {
    const group = this.#waiting;
    group.tapeMoves.push(...moved);
    for (const chunk of chunks) {
      const key = `${chunk.firstNumber} ${chunk.dataset.length} ${chunk.dataset} ${chunk.symbol}`;
      group.bytes += chunk.bytes.length - (group.chunks.get(key)?.bytes.length ?? -frameBytes);
      group.chunks.set(key, chunk);
    }
    for (const segment of segments) {
      group.segments.push(segment);
      group.bytes += segment.bytes.length + frameBytes;
    }
    group.tapeMark = mark;
    this.#wake();
  }

  /** What could not be used of the records of a step that was added, or is added before anything is awaited. */
  addQuarantine(records: readonly Uint8Array[]): void {
    const group = this.#waiting;
    for (const record of records) {
      group.quarantine.push(record);
      group.bytes += record.length + frameBytes;
    }
    this.#wake();
  }

  /** Tells readers where the partition stands, because retention may have taken the record that said so. */
  addMark(): void {
    this.#waiting.isMarkTold = true;
    this.#wake();
  }

  /** Resolves once there is room for another step, when writing has failed, or after `stopWaiting`. */
  async room(): Promise<void> {
    while (this.#isFull && this.#failure === undefined && !this.#isStopping) {
      await new Promise<void>((resolve) => {
        this.#roomWaiters.push(resolve);
      });
    }
  }

  /** No step follows: whoever waits for room goes on, and what was added is still written. */
  stopWaiting(): void {
    this.#isStopping = true;
    this.#releaseRoom();
  }

  /** Resolves once every output before `nextOffset` is durable; rejects when writing has failed or was abandoned. */
  async durableUpTo(nextOffset: number): Promise<void> {
    if (this.durableOffset >= nextOffset) return;
    if (this.#failure !== undefined) throw this.#failure.error;
    await new Promise<void>((resolve, reject) => {
      this.#waiters.add({ nextOffset, resolve, reject });
    });
  }

  /** Resolves when nothing is being written any more: all is, or writing has failed. */
  async idle(): Promise<void> {
    await this.#writing;
    await this.#queues.idle();
  }

  /** What is under way is written, what waits is not, nor sent to other partitions: somebody else does it. Otherwise as `abandon`. */
  drop(error: unknown): void {
    this.#isDropped = true;
    this.abandon(error);
  }

  /** Who waits will not be served any more. */
  abandon(error: unknown): void {
    this.#failure ??= { error };
    this.#queues.end();
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters.clear();
    this.#releaseRoom();
  }

  #fail(error: unknown): void {
    this.abandon(error);
    this.#config.failed(error);
  }

  get #isFull(): boolean {
    const unwritten = writtenBytes(this.#waiting) + (this.#underWay === undefined ? 0 : writtenBytes(this.#underWay));
    if (unwritten >= this.#window.bytes) return true;
    return this.bytes >= this.#config.bytesMax || this.#queues.fullestBytes >= this.#targetBytesMax;
  }

  #emptyGroup(barMark: LogMark, tapeMark: LogMark): Group {
    return {
      instruments: [],
      bars: [],
      barMark,
      barMoves: [],
      tapeMoves: [],
      chunks: new Map(),
      segments: [],
      tapeMark,
      quarantine: [],
      emissions: [],
      bytes: 0,
      emissionBytes: 0,
      isEmpty: true,
      isMarkTold: false,
    };
  }

  #wake(): void {
    this.#waiting.isEmpty = false;
    if (this.#failure === undefined) this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    try {
      // What is added in one go is written in one go.
      await Promise.resolve();
      while (!this.#waiting.isEmpty && !this.#isDropped) {
        const group = this.#waiting;
        this.#waiting = this.#emptyGroup(group.barMark, group.tapeMark);
        this.#underWay = group;
        const startedMs = this.#config.clock.monotonicMs();
        await this.#write(group);
        this.#window.note(writtenBytes(group), this.#config.clock.monotonicMs() - startedMs);
        this.#underWay = undefined;
        // Whoever gets an instrument now finds everything of it in store and topics.
        this.#queues.add(group.emissions);
        this.#writtenOffset = Math.min(this.#barMark.nextOffset, this.#tapeMark.nextOffset);
        this.#wentOn();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#writing = undefined;
    }
  }

  async #write(group: Group): Promise<void> {
    const { effects, store } = this.#config;
    for (const part of partsOf(group.instruments, rowsPerCallMax)) {
      await effects.run('writing instruments', () => store.writeInstruments(part));
    }
    await Promise.all([this.#writeBars(group), this.#writeTape(group), this.#writeQuarantine(group)]);
  }

  /** Something became durable. */
  #wentOn(): void {
    this.#settleWaiters();
    this.#releaseRoom();
  }

  async #writeBars({ bars, barMark, barMoves: moved, isMarkTold }: Group): Promise<void> {
    const { effects, store, latenessLiveMs } = this.#config;
    for (const part of partsOf(bars, barsPerCallMax)) await effects.run('writing bars', () => store.writeBars(part));
    if (isMarkTold || bars.length > 0 || moved.length > 0 || isNewSecond(this.#barMark, barMark)) {
      const stretch = { from: this.#barMark, to: barMark, moved };
      for (const bytes of barRecords(bars, stretch, latenessLiveMs)) await this.#append('bars', bytes);
    }
    this.#barMark = barMark;
  }

  async #writeTape({ chunks, segments, tapeMark, tapeMoves: moved, isMarkTold }: Group): Promise<void> {
    const { effects, store } = this.#config;
    for (const part of chunkParts([...chunks.values()])) {
      await effects.run('writing ticks', () => store.writeTape(part));
    }
    if (isMarkTold || segments.length > 0 || moved.length > 0 || isNewSecond(this.#tapeMark, tapeMark)) {
      const stretch = { from: this.#tapeMark, to: tapeMark, moved };
      for (const bytes of tapeRecords(segments, stretch)) await this.#append('tape', bytes);
    }
    this.#tapeMark = tapeMark;
  }

  async #writeQuarantine({ quarantine }: Group): Promise<void> {
    for (const part of partsOf(quarantine, quarantineAppendsMax)) {
      await Promise.all(part.map((bytes) => this.#append('quarantine', bytes)));
    }
  }

  /** One at a time but for the quarantine: a record that is tried again must not land after one with a later clock. */
  async #append(topic: 'bars' | 'tape' | 'quarantine', bytes: Uint8Array): Promise<void> {
    const { effects, log, partition } = this.#config;
    await effects.run(`appending to ${topic}`, () => log.append(topic, partition, bytes));
  }

  #settleWaiters(): void {
    const { durableOffset } = this;
    for (const waiter of this.#waiters) {
      if (waiter.nextOffset > durableOffset) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #releaseRoom(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

/** What store and topics take of it. */
function writtenBytes({ bytes, emissionBytes }: Group): number {
  return bytes - emissionBytes;
}

/** Whether readers wait for a record that moves their clock, though it brings nothing else. */
function isNewSecond(before: LogMark, now: LogMark): boolean {
  return Math.floor(now.clockMs / 1000) > Math.floor(before.clockMs / 1000);
}

function* partsOf<Row>(rows: readonly Row[], countMax: number): Generator<readonly Row[]> {
  for (let at = 0; at < rows.length; at += countMax) yield rows.slice(at, at + countMax);
}

function* chunkParts(chunks: readonly TapeChunk[]): Generator<readonly TapeChunk[]> {
  let from = 0;
  let bytes = 0;
  for (const [index, chunk] of chunks.entries()) {
    bytes += chunk.bytes.length;
    if (bytes < chunkBytesPerCallMax && index - from + 1 < rowsPerCallMax) continue;
    yield chunks.slice(from, index + 1);
    from = index + 1;
    bytes = 0;
  }
  if (from < chunks.length) yield chunks.slice(from);
}
