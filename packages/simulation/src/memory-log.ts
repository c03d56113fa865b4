/**
 * A tick log in memory. In: records' bytes for a partition. Out: an offset and the append time at once, and the records
 * from any offset that is still kept. Never a silent reset: an offset that is gone or not there yet is answered as
 * such, because going on elsewhere would lose or repeat ticks (law 1).
 */
import type { Appended, LogRecordInput } from '@tapeline/domain';
import type { VirtualClock } from './virtual-clock.ts';

/** Why nothing could be read. `firstOffset` is the oldest record kept, `endOffset` the one that comes next. */
export type ReadProblem = {
  readonly code: 'OFFSET_BELOW_RETENTION' | 'OFFSET_BEYOND_END' | 'PARTITION_UNKNOWN';
  readonly partition: number;
  readonly offset: number;
  readonly firstOffset: number;
  readonly endOffset: number;
  readonly message: string;
};

/** What a log is made with. */
export type MemoryLogOptions = {
  readonly clock: VirtualClock;
  /** How many partitions, 1 or more. */
  readonly partitions: number;
  /** Records older than this leave when one is appended, ms; absent = nothing leaves. */
  readonly retentionMs?: number;
};

type Partition = { firstOffset: number; pinnedOffset: number; records: LogRecordInput[] };

/** Partitions of records, each one total order. */
export class MemoryLog {
  readonly #clock: VirtualClock;
  readonly #retentionMs: number;
  readonly #partitions: Partition[];

  /** Throws `RangeError` for less than one partition. */
  constructor(options: MemoryLogOptions) {
    const { clock, partitions, retentionMs = Infinity } = options;
    if (!(partitions >= 1)) throw new RangeError(`a log has 1 partition or more, not ${partitions}`);
    this.#clock = clock;
    this.#retentionMs = retentionMs;
    this.#partitions = Array.from({ length: partitions }, newPartition);
  }

  /** How many partitions there are. */
  get partitionCount(): number {
    return this.#partitions.length;
  }

  /** Adds empty partitions until there are `count`; where there are more nothing happens. */
  grow(count: number): void {
    while (this.#partitions.length < count) this.#partitions.push(newPartition());
  }

  /**
   * Appends a record; the bytes are copied, so that nobody changes the log afterwards. Throws `RangeError` for a
   * partition that does not exist.
   */
  append(partition: number, bytes: Uint8Array): Appended {
    const target = this.#partitionAt(partition);
    const offset = target.firstOffset + target.records.length;
    const appendTimeMs = this.#clock.nowMs;
    target.records.push({ offset, appendTimeMs, bytes: Uint8Array.from(bytes) });
    this.#retain(target);
    return { offset, appendTimeMs };
  }

  /** At most `recordsMax` records from `offset` on, none at the end; or why there is no such place. */
  read(partition: number, offset: number, recordsMax: number = Infinity): readonly LogRecordInput[] | ReadProblem {
    const from = this.#partitions[partition];
    if (from === undefined) return problem('PARTITION_UNKNOWN', partition, offset, 0, 0);
    const { firstOffset, records } = from;
    const endOffset = firstOffset + records.length;
    if (offset < firstOffset) return problem('OFFSET_BELOW_RETENTION', partition, offset, firstOffset, endOffset);
    if (offset > endOffset) return problem('OFFSET_BEYOND_END', partition, offset, firstOffset, endOffset);
    return records.slice(offset - firstOffset, Math.min(records.length, offset - firstOffset + recordsMax));
  }

  /** The offsets that are kept. Throws `RangeError` for a partition that does not exist. */
  range(partition: number): { readonly firstOffset: number; readonly endOffset: number } {
    const { firstOffset, records } = this.#partitionAt(partition);
    return { firstOffset, endOffset: firstOffset + records.length };
  }

  /** Records from this offset on stay whatever their age; Infinity = none stays for that. */
  pin(partition: number, offset: number): void {
    this.#partitionAt(partition).pinnedOffset = offset;
  }

  /** Lets go of what is too old now, in every partition. */
  retain(): void {
    for (const partition of this.#partitions) this.#retain(partition);
  }

  #partitionAt(partition: number): Partition {
    const found = this.#partitions[partition];
    if (found === undefined) throw new RangeError(`there is no partition ${partition} of ${this.#partitions.length}`);
    return found;
  }

  #retain(target: Partition): void {
    const oldestMs = this.#clock.nowMs - this.#retentionMs;
    const goneMax = Math.min(target.records.length, target.pinnedOffset - target.firstOffset);
    let gone = 0;
    while (gone < goneMax && (target.records[gone] as LogRecordInput).appendTimeMs < oldestMs) gone += 1;
    target.records.splice(0, gone);
    target.firstOffset += gone;
  }
}

function newPartition(): Partition {
  return { firstOffset: 0, pinnedOffset: Infinity, records: [] };
}

function problem(
  code: ReadProblem['code'],
  partition: number,
  offset: number,
  firstOffset: number,
  endOffset: number,
): ReadProblem {
  const message =
    code === 'PARTITION_UNKNOWN'
      ? `there is no partition ${partition}`
      : `partition ${partition} keeps offsets ${firstOffset} to ${endOffset - 1}, so nothing can be read from ${offset}: ` +
        (code === 'OFFSET_BELOW_RETENTION' ? 'take a newer snapshot' : 'the reader is ahead of the log');
  return { code, partition, offset, firstOffset, endOffset, message };
}
