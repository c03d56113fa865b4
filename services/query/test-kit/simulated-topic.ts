/**
 * A hub on a topic that a test feeds. In: what records hold, or what reading them throws. Out: the hub, and whether it
 * asked for what they hold.
 */
import {
  emptyControlView,
  type LogReader,
  type LogRecordInput,
  type OffsetRange,
  Placement,
  type PlacementParts,
  type TickLog,
} from '@tapeline/domain';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import type { RecordContent, StreamItem, WantsInstrument } from '../src/streams/stream-item.ts';
import { TopicHub } from '../src/streams/topic-hub.ts';

/** An item of the test's topic. */
export type TestItem = StreamItem;

/** What a record holds, or what reading it throws. */
export type TestContent = Pick<RecordContent<TestItem>, 'items' | 'clockNs' | 'marks'> | Error;

class GrowingLog implements TickLog {
  readonly basePartitions: number;
  partitionCount: number;
  readonly #records: LogRecordInput[][];
  readonly #waiting = new Set<() => void>();
  /** Records of `ticks` by partition; only their number counts. */
  readonly ticks: number[];

  constructor(partitions: number) {
    this.basePartitions = partitions;
    this.partitionCount = partitions;
    this.#records = Array.from({ length: partitions }, () => []);
    this.ticks = Array.from({ length: partitions }, () => 0);
  }

  async refreshPartitions(): Promise<number> {
    this.partitionCount = this.#records.length;
    return this.partitionCount;
  }

  /** Partitions are added; nobody knows before `refreshPartitions`. */
  add(count: number): void {
    for (let added = 0; added < count; added += 1) {
      this.#records.push([]);
      this.ticks.push(0);
    }
  }

  async identity(): Promise<string> {
    return 'one log';
  }

  async append(_: string, partition: number, bytes: Uint8Array): Promise<{ offset: number; appendTimeMs: number }> {
    const records = this.#records[partition] as LogRecordInput[];
    records.push({ offset: records.length, appendTimeMs: 0, bytes });
    for (const wake of this.#waiting) wake();
    return { offset: records.length - 1, appendTimeMs: 0 };
  }

  open(_: string, partition: number, offset: number): LogReader {
    const records = this.#records[partition] as LogRecordInput[];
    let [next, isClosed] = [offset, false];
    return {
      next: async () => {
        while (!isClosed && records.length <= next) await new Promise<void>((resolve) => this.#waiting.add(resolve));
        const found = isClosed ? undefined : records.slice(next);
        next = records.length;
        return found;
      },
      close: async () => {
        isClosed = true;
        for (const wake of this.#waiting) wake();
      },
    };
  }

  async range(topic: string, partition: number): Promise<OffsetRange> {
    if (topic === 'ticks') return { firstOffset: 0, endOffset: this.ticks[partition] as number };
    return { firstOffset: 0, endOffset: (this.#records[partition] as LogRecordInput[]).length };
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}

/** A topic with its hub. */
export class SimulatedTopic {
  readonly hub: TopicHub<TestItem>;
  /** For each record that was read whether its items were wanted. */
  readonly asked: boolean[] = [];
  malformed = 0;
  readonly clock: ManualClock = new ManualClock();
  /** The map in force. */
  placement: Placement;
  readonly #log: GrowingLog;
  readonly #contents: TestContent[] = [];

  private constructor(partitions: number) {
    this.#log = new GrowingLog(partitions);
    this.placement = emptyControlView(partitions).placement;
    this.hub = new TopicHub<TestItem>({
      log: this.#log,
      topic: 'bars',
      read: (bytes, wants) => this.read(bytes, wants),
      clock: this.clock,
      random: { next: () => 0, bits: () => 0n },
      logger: silentLogger,
      tickMs: 1_000,
      malformed: { add: () => (this.malformed += 1) },
      placement: () => this.placement,
      queueBytes: { set: () => undefined, add: () => undefined, remove: () => undefined },
    });
  }

  /** The log that has the topic. */
  get log(): TickLog {
    return this.#log;
  }

  static async start(partitions: number): Promise<SimulatedTopic> {
    const topic = new SimulatedTopic(partitions);
    await topic.hub.start();
    return topic;
  }

  /** Appends a record and waits until the hub has taken it. */
  async append(partition: number, content: TestContent): Promise<void> {
    const number = this.#contents.push(content) - 1;
    await this.#log.append('bars', partition, Uint8Array.of(number));
    for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Adds partitions to the log, of which the hub is not told. */
  addPartitions(count: number): void {
    this.#log.add(count);
  }

  /** Puts a map with these overrides in force. */
  place(parts: Partial<PlacementParts>): void {
    this.placement = Placement.of({ ...this.placement.parts(), ...parts });
  }

  /** Appends ticks that no worker has counted. */
  appendTick(partition: number): void {
    this.#log.ticks[partition] = (this.#log.ticks[partition] as number) + 1;
  }

  async stop(): Promise<void> {
    await this.hub.stop();
  }

  /** Takes one of its records apart. */
  read([number = 0]: Uint8Array, wants: WantsInstrument | undefined): RecordContent<TestItem> {
    const content = this.#contents[number] as TestContent;
    if (content instanceof Error) throw content;
    const isWanted = wants !== undefined;
    this.asked.push(isWanted);
    return { ...content, items: isWanted ? content.items : [], latenessMs: 0 };
  }
}
