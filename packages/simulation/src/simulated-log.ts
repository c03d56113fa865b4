/**
 * The log of the simulated world behind the seam `TickLog`. In: records, a virtual clock, faults. Out: what the seam
 * promises, and on demand its failures: no space, nothing there, an answer that was lost. It passes the suite of every
 * log. What was appended stays on its disk when it is closed and opened again.
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
  SequencedReader,
  streamPartitionsMax,
  type TickLog,
  type TopicName,
  topicNames,
} from '@tapeline/domain';
import { MemoryLog, type ReadProblem } from './memory-log.ts';
import { FaultSource } from './simulated-faults.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What is read at once. */
const readRecordsMax = 1_000;
const readBytesMax = 4_194_304;

/** What a log is made with. */
export type SimulatedLogOptions = {
  readonly clock: VirtualClock;
  /** 1 or more. */
  readonly partitions: number;
  /** Records older than this leave, ms, ticks only below their pin; absent = nothing leaves. */
  readonly retentionMs?: number;
  /** Bytes of all records ever appended that there is space for; absent = no end. */
  readonly bytesMax?: number;
  readonly faults?: FaultSource;
  /** What tells it from another log; absent = `simulated`. */
  readonly id?: string;
};

type Disk = {
  readonly topics: ReadonlyMap<TopicName, MemoryLog>;
  /** The log's own time: it never goes back, whatever the clock does. */
  readonly time: VirtualClock;
  bytes: number;
};

/** A log in memory with all topics. */
export class SimulatedLog implements TickLog, LogRetention, PartitionAdmin {
  readonly basePartitions: number;
  /** Breaks it, holds its writes. */
  readonly faults: FaultSource;
  readonly #options: SimulatedLogOptions;
  readonly #disk: Disk;
  readonly #changes = new LogChanges();
  #partitionCount: number;
  #closed = false;

  constructor(options: SimulatedLogOptions, from?: SimulatedLog) {
    this.basePartitions = options.partitions;
    this.#partitionCount = options.partitions;
    this.faults = options.faults ?? new FaultSource();
    this.#options = options;
    this.#disk = from === undefined ? newDisk(options) : from.#disk;
  }

  /** The same log as a process finds it that opens it again. */
  reopened(): SimulatedLog {
    return new SimulatedLog(this.#options, this);
  }

  get partitionCount(): number {
    return this.#partitionCount;
  }

  async refreshPartitions(): Promise<number> {
    this.#checkOpen();
    if (this.faults.isDown) throw unavailable();
    this.#partitionCount = Math.max(this.#partitionCount, partitionsOf(this.#disk));
    return this.#partitionCount;
  }

  async addPartitions(count: number): Promise<number> {
    this.#checkOpen();
    if (!(Number.isInteger(count) && count >= 1 && count <= streamPartitionsMax)) {
      const limit = `a simulated log has 1 to ${streamPartitionsMax} partitions`;
      throw new LogError('PARTITIONS_REFUSED', `${limit}, not ${count}; ask for others`);
    }
    const fate = this.faults.fate();
    if (fate === 'full') throw new LogError('PARTITIONS_REFUSED', 'the simulated disk is full; none was added');
    if (fate === 'unavailable') throw unavailable();
    growTo(this.#disk, count);
    if (fate === 'landed-unknown') throw unavailable();
    return partitionsOf(this.#disk);
  }

  async append(topic: TopicName, partition: number, bytes: Uint8Array): Promise<Appended> {
    this.#checkOpen();
    const log = this.#topic(topic, partition);
    if (bytes.length > logRecordBytesMax) {
      throw new LogError('RECORD_TOO_LARGE', `a record of ${bytes.length} bytes is above ${logRecordBytesMax}`);
    }
    const copy = Uint8Array.from(bytes);
    await this.faults.opened();
    const fate = this.#isFull(copy) ? 'full' : this.faults.fate();
    if (fate === 'full') throw new LogError('LOG_FULL', 'the simulated disk is full; nothing was appended');
    if (fate === 'unavailable') throw unavailable();
    this.#disk.time.advanceTo(this.#options.clock.nowMs);
    const appended = log.append(partition, copy);
    this.#disk.bytes += copy.length;
    this.#changes.tell();
    if (fate === 'landed-unknown') throw unavailable();
    return appended;
  }

  open(topic: TopicName, partition: number, offset: number): LogReader {
    this.#checkOpen();
    const log = this.#topic(topic, partition);
    const load = (from: number): readonly LogRecordInput[] => {
      if (this.faults.isDown) throw unavailable();
      return readFrom(log, partition, from);
    };
    return new SequencedReader({ changes: this.#changes, load, isClosed: () => this.#closed }, offset);
  }

  async range(topic: TopicName, partition: number): Promise<OffsetRange> {
    this.#checkOpen();
    const log = this.#topic(topic, partition);
    if (this.faults.isDown) throw unavailable();
    return log.range(partition);
  }

  async identity(_topic: TopicName): Promise<string> {
    this.#checkOpen();
    if (this.faults.isDown) throw unavailable();
    return this.#options.id ?? 'simulated';
  }

  pin(topic: TopicName, partition: number, offset: number): void {
    this.#topic(topic, partition).pin(partition, offset);
  }

  /** Lets go of what is too old by now, as a log does from time to time. */
  sweep(): void {
    this.#disk.time.advanceTo(this.#options.clock.nowMs);
    for (const log of this.#disk.topics.values()) log.retain();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.faults.opened();
    this.#changes.tell();
  }

  #isFull(bytes: Uint8Array): boolean {
    return this.#disk.bytes + bytes.length > (this.#options.bytesMax ?? Infinity);
  }

  #topic(topic: TopicName, partition: number): MemoryLog {
    const log = this.#disk.topics.get(topic);
    if (log === undefined || !Number.isInteger(partition) || partition < 0 || partition >= this.partitionCount) {
      throw new LogError('PARTITION_UNKNOWN', `there is no partition ${partition} of ${topic}`);
    }
    return log;
  }

  #checkOpen(): void {
    if (this.#closed) throw new LogError('LOG_CLOSED', 'the simulated log is closed');
  }
}

function newDisk({ partitions, retentionMs, clock }: SimulatedLogOptions): Disk {
  const time = new VirtualClock(clock.nowMs);
  const options = { clock: time, partitions, ...(retentionMs === undefined ? {} : { retentionMs }) };
  const topics = new Map(topicNames.map((topic) => [topic, new MemoryLog(options)]));
  pinTicks(topics, 0);
  return { topics, time, bytes: 0 };
}

function partitionsOf({ topics }: Disk): number {
  return topics.get('ticks')?.partitionCount ?? 0;
}

function growTo(disk: Disk, count: number): void {
  const before = partitionsOf(disk);
  for (const log of disk.topics.values()) log.grow(count);
  pinTicks(disk.topics, before);
}

/** Ticks are kept until somebody says which are needed, as the embedded log does. */
function pinTicks(topics: Disk['topics'], from: number): void {
  const ticks = topics.get('ticks');
  for (let partition = from; partition < (ticks?.partitionCount ?? 0); partition += 1) ticks?.pin(partition, 0);
}

function readFrom(log: MemoryLog, partition: number, offset: number): readonly LogRecordInput[] {
  const read = log.read(partition, offset, readRecordsMax);
  if ('code' in read) throw errorOf(read);
  let bytes = 0;
  const tooMany = read.findIndex((record, index) => {
    bytes += record.bytes.length;
    return index > 0 && bytes > readBytesMax;
  });
  return tooMany === -1 ? read : read.slice(0, tooMany);
}

function errorOf(problem: ReadProblem): LogError {
  return new LogError(problem.code, problem.message);
}

function unavailable(): LogError {
  return new LogError('LOG_UNAVAILABLE', 'the simulated log does not answer; nobody knows whether the record landed');
}
