/**
 * The log on the main thread. In: records. Out: offsets once a group is on the disk, readers, ranges. The log's thread
 * decides offsets and append times; here are the queue before it, the newest records in memory, and those who wait for
 * new ones. Law 1: a reader sees a record only when it is durable.
 */
import {
  type Appended,
  LogChanges,
  LogError,
  type LogReader,
  type LogRecordInput,
  logRecordBytesMax,
  type LogRetention,
  type OffsetRange,
  type PartitionAdmin,
  streamPartitionsMax,
  type TickLog,
  type TopicName,
} from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { GroupQueue } from './group-queue.ts';
import type { LogCalls, PlaceState } from './log-calls.ts';
import { placeOf, topics } from './log-places.ts';
import { logErrorOf } from './seam-errors.ts';
import { readPlace } from './log-reader.ts';
import { LogTail } from './log-tail.ts';
import type { Quota } from './quota.ts';
import type { ReadCalls } from './read-calls.ts';
import { FailureError } from './sqlite-failure.ts';
import type { ThreadCaller } from './thread-link.ts';

/** Limits of the log; each is a bound with a stated behaviour. */
export const logLimits = {
  /** Bytes of records that wait for the disk; an append beyond is refused as LOG_UNAVAILABLE. */
  waitingBytesMax: 268_435_456,
  /** One transaction. */
  groupBytesMax: 16_777_216,
  groupRecordsMax: 8_192,
  /** What a reader gets at once. */
  readRecordsMax: 1_000,
  readBytesMax: 4_194_304,
  /** Newest records in memory, all places together. */
  tailBytesMax: 67_108_864,
} as const;

/** What each record counts for in the queue besides its bytes. */
const recordOverheadBytes = 256;

type Record = { readonly place: number; readonly bytes: Uint8Array };
type Place = { firstOffset: number; endOffset: number; pinnedOffset: number; readonly changes: LogChanges };

/** What the log stands on. */
export type EmbeddedLogParts = {
  readonly writer: ThreadCaller<LogCalls>;
  readonly reader: ThreadCaller<ReadCalls>;
  readonly clock: Clock;
  readonly quota: Quota;
  /** That the directory was made with. */
  readonly basePartitions: number;
  /** The id that the log was made with. */
  readonly logId: string;
  readonly places: readonly PlaceState[];
  readonly observeCommit: (seconds: number, records: number, bytes: number) => void;
};

/** The log of a data directory. */
export class EmbeddedLog implements TickLog, LogRetention, PartitionAdmin {
  readonly basePartitions: number;
  readonly #parts: EmbeddedLogParts;
  readonly #places: Place[];
  readonly #tail: LogTail;
  readonly #queue: GroupQueue<Record, Appended>;
  #partitionCount: number;
  #closed = false;

  constructor(parts: EmbeddedLogParts) {
    this.basePartitions = parts.basePartitions;
    this.#partitionCount = parts.basePartitions;
    this.#parts = parts;
    this.#places = parts.places.map((place) => ({ ...place, changes: new LogChanges() }));
    this.#tail = new LogTail(parts.places.length, logLimits.tailBytesMax);
    this.#queue = new GroupQueue({
      commit: async (records) => this.#commit(records),
      refusal: (waitingBytes) =>
        new LogError(
          'LOG_UNAVAILABLE',
          `${waitingBytes} bytes wait for the disk already, of ${logLimits.waitingBytesMax} at most; append it again later`,
        ),
      bytesMax: logLimits.waitingBytesMax,
      groupBytesMax: logLimits.groupBytesMax,
      groupItemsMax: logLimits.groupRecordsMax,
    });
  }

  get partitionCount(): number {
    return this.#partitionCount;
  }

  async refreshPartitions(): Promise<number> {
    if (this.#closed) throw closedError();
    this.#partitionCount = this.#partitionsThere;
    return this.#partitionCount;
  }

  async addPartitions(count: number): Promise<number> {
    if (this.#closed) throw closedError();
    if (!Number.isInteger(count) || count < 1 || count > streamPartitionsMax) {
      const limit = `a data directory has 1 to ${streamPartitionsMax} partitions`;
      throw new LogError('PARTITIONS_REFUSED', `${limit}, not ${count}; ask for a number within`);
    }
    const { writer, quota } = this.#parts;
    try {
      const { bytesMax } = quota.logBytesMax();
      const { places, usedBytes } = await writer.call('addPartitions', { count, bytesMax });
      quota.logUses(usedBytes);
      for (const place of places.slice(this.#places.length)) this.#places.push({ ...place, changes: new LogChanges() });
      this.#tail.growTo(this.#places.length);
      return this.#partitionsThere;
    } catch (error) {
      const told = logErrorOf(error, quota);
      if (!(told instanceof LogError) || told.code !== 'LOG_FULL') throw told;
      const fact = `no partitions were added, because ${quota.remedy(isByQuota(error))}`;
      throw new LogError('PARTITIONS_REFUSED', fact, { cause: error });
    }
  }

  async append(topic: TopicName, partition: number, bytes: Uint8Array): Promise<Appended> {
    if (this.#closed) throw closedError();
    const place = this.#placeOf(topic, partition);
    if (bytes.length > logRecordBytesMax) {
      const limit = `a record has ${logRecordBytesMax} bytes at most`;
      throw new LogError('RECORD_TOO_LARGE', `${limit}, and this one has ${bytes.length}: make more records of it`);
    }
    // A copy, so that nobody changes what was appended; readers get this very one from memory.
    const record = { place, bytes: new Uint8Array(bytes) };
    return this.#queue.add(record, bytes.length + recordOverheadBytes);
  }

  open(topic: TopicName, partition: number, offset: number): LogReader {
    if (this.#closed) throw closedError();
    const index = this.#placeOf(topic, partition);
    const place = this.#places[index] as Place;
    return readPlace(
      {
        name: `partition ${partition} of ${topic}`,
        range: () => place,
        load: (from) => this.#load(index, from),
        changes: place.changes,
        isClosed: () => this.#closed,
      },
      offset,
    );
  }

  async range(topic: TopicName, partition: number): Promise<OffsetRange> {
    if (this.#closed) throw closedError();
    const { firstOffset, endOffset } = this.#places[this.#placeOf(topic, partition)] as Place;
    return { firstOffset, endOffset };
  }

  /** All topics came with the directory and go with it. */
  async identity(_topic: TopicName): Promise<string> {
    if (this.#closed) throw closedError();
    return this.#parts.logId;
  }

  pin(topic: TopicName, partition: number, offset: number): void {
    (this.#places[this.#placeOf(topic, partition)] as Place).pinnedOffset = offset;
  }

  /** One bounded step of retention; answers whether there is more to delete. */
  async sweep(cutoffMs: number): Promise<boolean> {
    if (this.#closed) return false;
    const pinnedOffsets = Float64Array.from(this.#places, ({ pinnedOffset }) => pinnedOffset);
    const { firstOffsets, more, usedBytes } = await this.#parts.writer.call('sweep', { cutoffMs, pinnedOffsets });
    this.#parts.quota.logUses(usedBytes);
    // Places that were added meanwhile were not swept.
    for (const [index, place] of this.#places.entries()) place.firstOffset = firstOffsets[index] ?? place.firstOffset;
    return more;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.settled();
    for (const { changes } of this.#places) changes.tell();
  }

  async #commit(records: readonly Record[]): Promise<readonly Appended[]> {
    const { writer, clock, quota, observeCommit } = this.#parts;
    const bytes = slabOf(records);
    const size = bytes.byteLength;
    const places = Int32Array.from(records, ({ place }) => place);
    const lengths = Int32Array.from(records, (record) => record.bytes.length);
    const startMs = clock.monotonicMs();
    const request = { nowMs: Math.floor(clock.nowMs()), places, lengths, bytes, ...quota.logBytesMax() };
    try {
      const answer = await writer.call('append', request, [places.buffer, lengths.buffer, bytes]);
      quota.logUses(answer.usedBytes);
      observeCommit((clock.monotonicMs() - startMs) / 1_000, records.length, size);
      return this.#landed(records, answer.offsets, answer.timesMs);
    } catch (error) {
      throw logErrorOf(error, quota);
    }
  }

  #landed(records: readonly Record[], offsets: Float64Array, timesMs: Float64Array): readonly Appended[] {
    const changed = new Set<Place>();
    const appended = records.map(({ place: index, bytes }, at) => {
      const place = this.#places[index] as Place;
      const offset = offsets[at] as number;
      const appendTimeMs = timesMs[at] as number;
      this.#tail.add(index, { offset, appendTimeMs, bytes });
      place.endOffset = offset + 1;
      changed.add(place);
      return { offset, appendTimeMs };
    });
    for (const { changes } of changed) changes.tell();
    return appended;
  }

  #load(index: number, offset: number): readonly LogRecordInput[] | Promise<readonly LogRecordInput[]> {
    const { readRecordsMax, readBytesMax } = logLimits;
    return this.#tail.from(index, offset, readRecordsMax, readBytesMax) ?? this.#loadFromDisk(index, offset);
  }

  async #loadFromDisk(place: number, offset: number): Promise<readonly LogRecordInput[]> {
    const { endOffset } = this.#places[place] as Place;
    const { readRecordsMax: recordsMax, readBytesMax: bytesMax } = logLimits;
    try {
      const read = await this.#parts.reader.call('records', { place, offset, endOffset, recordsMax, bytesMax });
      return read.bytes.map((bytes, at) => ({
        offset: read.offsets[at] as number,
        appendTimeMs: read.timesMs[at] as number,
        bytes,
      }));
    } catch (error) {
      throw logErrorOf(error, this.#parts.quota);
    }
  }

  get #partitionsThere(): number {
    return this.#places.length / topics.length;
  }

  #placeOf(topic: TopicName, partition: number): number {
    if (Number.isInteger(partition) && partition >= 0 && partition < this.partitionCount) {
      return placeOf(topic, partition, this.basePartitions);
    }
    const last = this.partitionCount - 1;
    throw new LogError('PARTITION_UNKNOWN', `there is no partition ${partition} of ${topic}: they are 0 to ${last}`);
  }
}

function slabOf(records: readonly Record[]): ArrayBuffer {
  const bytes = new Uint8Array(records.reduce((sum, record) => sum + record.bytes.length, 0));
  let start = 0;
  for (const record of records) {
    bytes.set(record.bytes, start);
    start += record.bytes.length;
  }
  return bytes.buffer;
}

function isByQuota(error: unknown): boolean {
  return error instanceof FailureError && error.failure.facts['quota'] !== undefined;
}

function closedError(): LogError {
  return new LogError('LOG_CLOSED', 'the log is closed; open the data directory again');
}
