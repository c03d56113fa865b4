/**
 * A log in memory for tests of ingest. In: appends, and what a test wants to happen to them. Out: records by partition,
 * as the seam has it. Faults are those that the seam knows: a record that landed though the answer was an error, one
 * that did not, a full disk, an answer that does not come until it is let go.
 */
import {
  type Appended,
  LogError,
  type LogReader,
  type LogRecordInput,
  type TickLog,
  type TopicName,
} from '@tapeline/domain';

/** What happens to an append. */
export type AppendFate = 'land' | 'lose' | 'land-unknown' | 'full' | 'wait';

/** A log that does what it is told. */
export class ScriptedLog implements TickLog {
  readonly basePartitions: number;
  /** What the process knows; `grow` adds partitions, and `refreshPartitions` finds them. */
  partitionCount: number;
  /** Whether the log says how many partitions it has. */
  refreshes = true;
  readonly records: LogRecordInput[][];
  /** What happens to the next appends; `land` where nothing is said. */
  fate: (partition: number, append: number) => AppendFate = () => 'land';
  /** Append time of what lands, ms since the Unix epoch. */
  nowMs: () => number;
  appends = 0;
  /** Appends under way by partition, and the most there were at once. */
  readonly inFlight: number[];
  inFlightMax = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(partitionCount: number, nowMs: () => number) {
    this.basePartitions = partitionCount;
    this.partitionCount = partitionCount;
    this.nowMs = nowMs;
    this.records = Array.from({ length: partitionCount }, () => []);
    this.inFlight = Array.from({ length: partitionCount }, () => 0);
  }

  async append(topic: TopicName, partition: number, bytes: Uint8Array): Promise<Appended> {
    if (topic !== 'ticks') throw new LogError('PARTITION_UNKNOWN', `ingest writes ticks, not ${topic}`);
    this.appends += 1;
    this.inFlight[partition] = (this.inFlight[partition] ?? 0) + 1;
    this.inFlightMax = Math.max(this.inFlightMax, this.inFlight[partition] ?? 0);
    try {
      return await this.#append(partition, Uint8Array.from(bytes), this.fate(partition, this.appends));
    } finally {
      this.inFlight[partition] = (this.inFlight[partition] ?? 0) - 1;
    }
  }

  /** Lets appends go on that wait. */
  letGo(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  open(): LogReader {
    throw new LogError('LOG_CLOSED', 'ingest reads nothing');
  }

  async range(_topic: TopicName, partition: number): Promise<{ firstOffset: number; endOffset: number }> {
    return { firstOffset: 0, endOffset: this.records[partition]?.length ?? 0 };
  }

  async refreshPartitions(): Promise<number> {
    if (!this.refreshes) throw new LogError('LOG_UNAVAILABLE', 'the answer did not come');
    this.partitionCount = this.records.length;
    return this.partitionCount;
  }

  /** Somebody adds partitions. */
  grow(partitions: number): void {
    while (this.records.length < partitions) {
      this.records.push([]);
      this.inFlight.push(0);
    }
  }

  async identity(): Promise<string> {
    return 'one log';
  }

  async close(): Promise<void> {
    this.letGo();
  }

  async #append(partition: number, bytes: Uint8Array, fate: AppendFate): Promise<Appended> {
    await Promise.resolve();
    if (fate === 'wait') {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    if (fate === 'full') throw new LogError('LOG_FULL', 'the disk is full');
    if (fate === 'lose') throw new LogError('LOG_UNAVAILABLE', 'the answer did not come');
    const records = this.records[partition] ?? [];
    const appended = { offset: records.length, appendTimeMs: this.nowMs() };
    records.push({ ...appended, bytes });
    if (fate === 'land-unknown') throw new LogError('LOG_UNAVAILABLE', 'the answer did not come');
    return appended;
  }
}
