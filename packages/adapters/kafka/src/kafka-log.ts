/**
 * The log on Kafka behind the seam `TickLog`. In: a connection, the stream's name. Out: appends through one lane for each
 * partition, readers at offsets of their callers' own, ranges, identities. No consumer group, no silent reset, no other
 * topic under the same name (law 1).
 */
import {
  type Appended,
  LogError,
  type LogReader,
  logRecordBytesMax,
  type OffsetRange,
  type TickLog,
  type TopicName,
  topicNames,
} from '@tapeline/domain';
import { Backoff, type Clock, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { ClusterView } from './cluster-view.ts';
import { code, codeName } from './error-codes.ts';
import { Fetcher } from './fetcher.ts';
import type { KafkaCalls } from './kafka-calls.ts';
import { KafkaError } from './kafka-connection.ts';
import { Lane, type LaneParts } from './lane.ts';
import { logMetrics } from './log-metrics.ts';
import { defaultLogSettings, type LogSettings, retryWaits } from './log-settings.ts';
import { offsetRange, type RangeParts } from './offset-range.ts';
import { type OpeningOptions, openOnCalls } from './open-on-calls.ts';
import { PartitionReader } from './partition-reader.ts';
import { ProduceOutbox } from './produce-outbox.ts';
import { topicOf } from './topic-names.ts';
import { topicsSeen } from './topics-seen.ts';

/** What a log on Kafka is opened with. */
export type KafkaLogOptions = OpeningOptions & {
  /**
   * With how many partitions the stream was made, over which it spreads its instruments; topics may have more, which are used once
   * `refreshPartitions` found them. Absent = as many as the topics have.
   */
  readonly partitions?: number;
};

/** A log on Kafka. */
export type KafkaLog = TickLog & {
  /** Ids of the topics, by their names in Kafka. */
  readonly topicIds: ReadonlyMap<string, string>;
};

/**
 * Requests under way to one broker: while it works on one the next is on its way, but none behind one that may wait long,
 * so that as many as possible go with the next.
 */
const requestsUnderWayMax = { together: 2, apart: 1 } as const;
/** A batch without an answer for this long makes us look whether its leader still leads, ms. */
const slowBatchMs = 2_000;
/** Between looks for batches that wait still when their time is out, ms. */
const lateLookMs = 500;

/** Opens the log of a stream whose topics are there. Rejects with `KafkaError`. */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  const settings = { ...defaultLogSettings, ...options.settings };
  return openOnCalls(options, settings, (calls) => openLogOn(calls, options, settings));
}

/** Opens the log on these calls; `openKafkaLog` with a cluster of one's own. Rejects with `KafkaError`. */
export async function openLogOn(calls: KafkaCalls, options: KafkaLogOptions, settings: LogSettings): Promise<KafkaLog> {
  const { stream, clock = systemClock } = options;
  const topics = topicNames.map((topic) => topicOf(stream, topic));
  const view = new ClusterView({ calls, topics, clock, maxAgeMs: settings.metadataMaxAgeMs });
  const found = await topicsSeen(view, clock, topics.length);
  const counts = topics.map((name) => {
    const facts = found.find((topic) => topic.name === name);
    if (facts?.code === code.none) return facts.partitions.length;
    const reason = codeName(facts?.code ?? code.unknownTopicOrPartition);
    throw new KafkaError(
      'KAFKA_TOPICS',
      `topic ${name} cannot be used (${reason}); create the stream's topics, or grant this client Describe, Read and Write on them`,
    );
  });
  return new OpenLog(calls, view, basePartitionsOf(topics, counts, options.partitions), options, settings);
}

function basePartitionsOf(topics: readonly string[], counts: readonly number[], wanted: number | undefined): number {
  const each = topics.map((name, index) => `${name} has ${counts[index]}`).join(', ');
  if (wanted === undefined) {
    if (new Set(counts).size === 1) return counts[0] as number;
    throw new KafkaError(
      'KAFKA_TOPICS',
      `the topics of a stream have one number of partitions, but ${each}; make them equal`,
    );
  }
  if (Math.min(...counts) >= wanted) return wanted;
  throw new KafkaError(
    'KAFKA_TOPICS',
    `the stream was made with ${wanted} partitions, but ${each}; bring the topics back, or begin another stream`,
  );
}

class OpenLog implements KafkaLog {
  readonly basePartitions: number;
  readonly topicIds: ReadonlyMap<string, string>;
  readonly #stream: string;
  readonly #calls: KafkaCalls;
  readonly #view: ClusterView;
  readonly #outbox: ProduceOutbox;
  readonly #fetcher: Fetcher;
  readonly #laneParts: LaneParts;
  readonly #rangeParts: RangeParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #readers = new Set<PartitionReader>();
  readonly #stop = new AbortController();
  #partitionCount: number;
  #closing: Promise<void> | undefined;

  constructor(
    calls: KafkaCalls,
    view: ClusterView,
    partitions: number,
    options: KafkaLogOptions,
    settings: LogSettings,
  ) {
    const { clock = systemClock, random = systemRandom, logger = silentLogger } = options;
    const metrics = logMetrics(options.metrics);
    this.basePartitions = partitions;
    this.#partitionCount = partitions;
    this.#stream = options.stream;
    this.#calls = calls;
    this.#view = view;
    this.topicIds = new Map(
      topicNames.map((topic) => [topicOf(options.stream, topic), view.identity(topicOf(options.stream, topic))]),
    );
    this.#outbox = new ProduceOutbox({
      calls,
      clock,
      requestBytesMax: settings.produceRequestBytesMax,
      requestsMax: requestsUnderWayMax,
      replicasMs: settings.produceTimeoutMs,
      replyMs: settings.requestTimeoutMs,
    });
    this.#laneParts = { calls, view, outbox: this.#outbox, clock, random, settings, metrics };
    this.#rangeParts = { calls, view, clock, random, timeoutMs: settings.requestTimeoutMs * 2 };
    const rangeOf = async (topic: string, partition: number): Promise<OffsetRange> =>
      offsetRange(this.#rangeParts, topic, partition);
    this.#fetcher = new Fetcher({ calls, view, rangeOf, clock, settings, metrics });
    const onProblem = (error: unknown): void => logger.warn('the Kafka cluster does not tell its state', { error });
    void view.keepFresh(onProblem);
    void this.#watchSlowBatches(clock, onProblem);
    void this.#watchLateBatches(clock);
    view.onLook(() => this.#passOnReplaced());
  }

  get partitionCount(): number {
    return this.#partitionCount;
  }

  /** Lanes and readers of what is found are made when somebody asks for them. */
  async refreshPartitions(): Promise<number> {
    this.#checkOpen();
    try {
      await this.#view.lookNow();
    } catch (error) {
      const fact = `how many partitions ${this.#stream} has was not told`;
      const text = error instanceof Error ? error.message : String(error);
      throw new LogError('LOG_UNAVAILABLE', `${fact} (${text}); ask again`, { cause: error });
    }
    const names = topicNames.map((topic) => topicOf(this.#stream, topic));
    const replaced = names.map((name) => this.#view.replaced(name)).find((error) => error !== undefined);
    if (replaced !== undefined) throw replaced;
    const seen = Math.min(...names.map((name) => this.#view.partitionCount(name)));
    this.#partitionCount = Math.max(this.#partitionCount, seen);
    return this.#partitionCount;
  }

  async append(topic: TopicName, partition: number, bytes: Uint8Array): Promise<Appended> {
    this.#checkOpen();
    const name = this.#check(topic, partition);
    if (bytes.length > logRecordBytesMax) {
      const limit = `a record has ${logRecordBytesMax} bytes at most`;
      throw new LogError('RECORD_TOO_LARGE', `${limit}, and this one has ${bytes.length}: make more records of it`);
    }
    const key = `${partition} ${name}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = new Lane(this.#laneParts, name, partition);
      this.#lanes.set(key, lane);
    }
    return lane.append(bytes);
  }

  open(topic: TopicName, partition: number, offset: number): LogReader {
    this.#checkOpen();
    const { clock, random, settings } = this.#laneParts;
    const reader = new PartitionReader({
      topic: this.#check(topic, partition),
      partition,
      offset,
      prefetchBytes: settings.prefetchBytes,
      backoff: new Backoff({ ...retryWaits, random }),
      nowMs: () => clock.monotonicMs(),
      want: (hungry) => this.#fetcher.want(hungry),
      onEnd: (ended) => this.#readers.delete(ended),
    });
    this.#readers.add(reader);
    this.#fetcher.want(reader);
    return reader;
  }

  async range(topic: TopicName, partition: number): Promise<OffsetRange> {
    this.#checkOpen();
    return offsetRange(this.#rangeParts, this.#check(topic, partition), partition);
  }

  async identity(topic: TopicName): Promise<string> {
    this.#checkOpen();
    const name = topicOf(this.#stream, topic);
    const replaced = this.#view.replaced(name);
    if (replaced !== undefined) throw replaced;
    return this.#view.identity(name);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const reader of this.#readers) void reader.close();
    this.#fetcher.stop();
    // Each lane ends by itself: every append has its time limit.
    await Promise.all([...this.#lanes.values()].map(async (lane) => lane.settled()));
    this.#stop.abort();
    this.#view.stop();
    this.#calls.close();
  }

  /** A broker that hangs is let go once another one leads, because its silence would last as long as its time limit. */
  async #watchSlowBatches(clock: Clock, onProblem: (error: unknown) => void): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await clock.sleep(slowBatchMs / 2, this.#stop.signal);
      if (this.#stop.signal.aborted || !this.#outbox.isSlow(slowBatchMs)) continue;
      await this.#view.refresh().catch(onProblem);
      for (const node of this.#outbox.deposed(slowBatchMs, (place) => this.#view.leader(place)?.node))
        this.#calls.drop(node);
    }
  }

  /** Apart from the watch above, which waits for answers itself. */
  async #watchLateBatches(clock: Clock): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await clock.sleep(lateLookMs, this.#stop.signal);
      this.#outbox.giveBackLate();
    }
  }

  /** Readers that wait at the end of a topic that is gone would wait for ever. */
  #passOnReplaced(): void {
    for (const reader of this.#readers) {
      const replaced = this.#view.replaced(reader.topic);
      if (replaced !== undefined) reader.fail(replaced);
    }
  }

  #check(topic: TopicName, partition: number): string {
    if (Number.isInteger(partition) && partition >= 0 && partition < this.partitionCount)
      return topicOf(this.#stream, topic);
    const last = this.partitionCount - 1;
    throw new LogError('PARTITION_UNKNOWN', `there is no partition ${partition} of ${topic}: they are 0 to ${last}`);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new LogError('LOG_CLOSED', 'the log is closed; open it again');
  }
}
