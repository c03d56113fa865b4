/**
 * The log of a world in which instruments move, with a witness for each partition and the reference beside it. In: records of
 * writers, coordinators and owners. Out: offsets. A witness is a fold that reads every record at once and never fails: what it
 * emits is what any owner must emit. The reference is one partition that has every landing of the writers once, in their order.
 */
import {
  type Bar,
  CountedTape,
  encodeLogRecord,
  type FoldConfig,
  type LogEntryToWrite,
  type LogRecordInput,
  type Notice,
  PartitionFold,
  type TapeSegmentOut,
} from '@tapeline/domain';
import { MemoryLog } from './memory-log.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What a fold has put out. */
export class FoldAccount {
  readonly fold: PartitionFold;
  readonly bars: Bar[] = [];
  readonly notices: Notice[] = [];
  readonly segments: TapeSegmentOut[] = [];
  /** Records for other partitions by `emissionKey`. */
  readonly emissions: Map<string, readonly Uint8Array[]> = new Map();
  readonly #tape = new CountedTape();

  constructor(config: FoldConfig) {
    this.fold = PartitionFold.start(config);
  }

  /** Reads records. */
  step(records: readonly LogRecordInput[]): void {
    const { bars, notices, emissions } = this.fold.step(records, this.#tape);
    this.bars.push(...bars);
    this.notices.push(...notices);
    this.segments.push(...this.#tape.take());
    for (const { offset, to, records: written } of emissions) this.emissions.set(emissionKey(offset, to), written());
  }
}

/** What names what a partition sends to another because of one record. */
export function emissionKey(offset: number, to: number): string {
  return `${offset} to ${to}`;
}

/** How the log is made. */
export type MovedLogOptions = {
  readonly clock: VirtualClock;
  readonly partitions: number;
  /** The configuration that all owners have, but for the partition, which is put in, and the homes. */
  readonly config: FoldConfig;
  readonly basePartitions: number;
  readonly retentionMs?: number;
};

/** Partitions, their witnesses, the reference. */
export class MovedLog {
  readonly clock: VirtualClock;
  readonly log: MemoryLog;
  readonly witnesses: readonly FoldAccount[];
  readonly #config: FoldConfig;
  readonly #reference: LogRecordInput[] = [];
  /** Highest append time so far, ms. */
  highestMs = 0;

  constructor({ clock, partitions, config, basePartitions, retentionMs }: MovedLogOptions) {
    this.clock = clock;
    this.#config = config;
    this.log = new MemoryLog({ clock, partitions, ...(retentionMs === undefined ? {} : { retentionMs }) });
    this.witnesses = Array.from({ length: partitions }, (_, partition) => {
      return new FoldAccount({ ...config, partition, basePartitions });
    });
  }

  /** How many partitions there are. */
  get partitions(): number {
    return this.witnesses.length;
  }

  /** Appends what a writer sends: it stands in the reference too, but for Origins, which one partition does not need. */
  appendLanding(partition: number, entries: readonly LogEntryToWrite[]): void {
    this.append(partition, encodeLogRecord(entries));
    this.#addToReference(entries.filter(({ kind }) => kind !== 'origin'));
  }

  /** Appends that time goes on. */
  appendTime(partition: number): void {
    this.append(partition, encodeLogRecord([{ kind: 'time' }]));
    this.#addToReference([{ kind: 'time' }]);
  }

  /** Appends a record that only the protocol of moves needs. */
  append(partition: number, bytes: Uint8Array): void {
    const { offset } = this.log.append(partition, bytes);
    this.highestMs = Math.max(this.highestMs, this.clock.nowMs);
    const read = this.log.read(partition, offset, 1);
    if ('code' in read) throw new RangeError(read.message);
    this.witness(partition).step(read);
  }

  /** The witness of a partition. */
  witness(partition: number): FoldAccount {
    const found = this.witnesses[partition];
    if (found === undefined) throw new RangeError(`there is no partition ${partition}`);
    return found;
  }

  /** The offset after the last record of a partition. */
  endOf(partition: number): number {
    return this.log.range(partition).endOffset;
  }

  /** The same landings on one partition by one fold, which owns all it meets. */
  reference(): FoldAccount {
    const account = new FoldAccount({ ...this.#config, partition: 0 });
    account.step(this.#reference);
    return account;
  }

  #addToReference(entries: readonly LogEntryToWrite[]): void {
    const offset = this.#reference.length;
    this.#reference.push({ offset, appendTimeMs: this.clock.nowMs, bytes: encodeLogRecord(entries) });
  }
}
