/**
 * A partition whose log a test writes down record by record. In: entries with append times in ms from `scriptBaseSec`.
 * Out: the fold's bars, notices and tape, and what it shows of one bar. `restart` goes on from a snapshot as a worker does.
 */
import type { Bar } from '../src/bars/bar.ts';
import type { Emission } from '../src/fold/emissions.ts';
import type { StepOfMove } from '../src/fold/step-of-move.ts';
import {
  type FoldConfig,
  foldConfigDefaults,
  type FoldOutput,
  type LogRecordInput,
  type Notice,
} from '../src/fold/fold-types.ts';
import { PartitionFold } from '../src/fold/partition-fold.ts';
import { encodeLogRecord, type LogEntryToWrite } from '../src/log/log-record.ts';
import { CountedTape } from '../src/tape-output/counted-tape.ts';
import { decodeTapeRecord, encodeTapeRecord, type TapeSegment } from '../src/tape-output/tape-record.ts';
import type { TapeSegmentOut } from '../src/tape-output/tape-segment.ts';
import { scriptBaseSec } from './scripted-publisher.ts';

/** A record that holds nothing but its append time. */
export const timeOnly: LogEntryToWrite = { kind: 'time' };

/** One partition and everything that its fold has put out. */
export class ScriptedTape {
  readonly config: FoldConfig;
  readonly records: LogRecordInput[] = [];
  readonly bars: Bar[] = [];
  readonly notices: Notice[] = [];
  readonly emissions: Emission[] = [];
  /** Steps of moves so far. */
  readonly moved: StepOfMove[] = [];
  /** What was counted, as it goes out. */
  readonly counted: TapeSegmentOut[] = [];
  fold: PartitionFold;
  readonly #sink = new CountedTape();

  /** A fold of 1 s bars of every trade, closed without lateness, revised for a minute, unless `config` says otherwise. */
  constructor(config: Partial<FoldConfig> = {}) {
    const plain = {
      intervals: ['1s'],
      profiles: ['all'] as const,
      latenessLiveMs: 0,
      latenessReplayMs: 0,
      horizonMs: 60_000,
    };
    this.config = { ...foldConfigDefaults, partition: 0, ...plain, ...config };
    this.fold = PartitionFold.start(this.config);
  }

  /** Appends one record, folds it, and answers what it put out. */
  append(atMs: number, ...entries: readonly LogEntryToWrite[]): FoldOutput {
    return this.appendBytes(atMs, encodeLogRecord(entries));
  }

  /** The same with a record that was made elsewhere. */
  appendBytes(atMs: number, bytes: Uint8Array): FoldOutput {
    const record = { offset: this.records.length, appendTimeMs: scriptBaseSec * 1000 + atMs, bytes };
    this.records.push(record);
    const output = this.fold.step([record], this.#sink);
    this.counted.push(...this.#sink.take());
    this.bars.push(...output.bars);
    this.notices.push(...output.notices);
    this.emissions.push(...output.emissions);
    this.moved.push(...output.moved);
    return output;
  }

  /** Lets log time pass up to `toMs` by records 2 s apart, each of which counts fully as waiting (rule K3). */
  pass(toMs: number): void {
    const lastMs = (this.records.at(-1)?.appendTimeMs ?? scriptBaseSec * 1000) - scriptBaseSec * 1000;
    for (let ms = lastMs + 2_000; ms < toMs; ms += 2_000) this.append(ms, timeOnly);
    this.append(toMs, timeOnly);
  }

  /** Goes on from the fold's own snapshot, and reads again what recovery reads again. */
  restart(): void {
    const restored = PartitionFold.restore(this.config, this.fold.snapshot());
    if ('code' in restored) throw new Error(restored.message);
    restored.step(this.records.slice(restored.retainFromOffset), this.#sink);
    this.fold = restored;
  }

  /** The newest revision of the bar that starts at `startMs`; `undefined` if it never closed. */
  bar(startMs: number, interval = '1s', profile = 'all'): Bar | undefined {
    const startSec = scriptBaseSec + startMs / 1000;
    return this.bars.findLast(
      (bar) => bar.startSec === startSec && bar.interval === interval && bar.profile === profile,
    );
  }

  /** Open, high, low, close and volume of that bar. */
  values(startMs: number, interval = '1s', profile = 'all'): (number | null)[] | undefined {
    const bar = this.bar(startMs, interval, profile);
    return bar === undefined ? undefined : [bar.open, bar.high, bar.low, bar.close, Number(bar.volume)];
  }

  /** The segments of the canonical tape so far, read back from their bytes. */
  get segments(): readonly TapeSegment[] {
    return decodeTapeRecord(encodeTapeRecord(this.counted)).segments;
  }

  /** Codes of all notices so far. */
  get codes(): string[] {
    return this.notices.map(({ code }) => code);
  }
}
