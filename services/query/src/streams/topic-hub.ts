/**
 * Fans a topic out. In: the topic's records, each read and taken apart once. Out: a batch for every queue whose
 * selection has something in the record. Streams that follow the same share one view, hence one batch and one encoded
 * frame. Nothing is taken apart while nobody follows.
 */
import { LogError, type LogRecordInput, MalformedError, type TickLog } from '@tapeline/domain';
import type { RpcError } from '@tapeline/grpc';
import type { Clock, Counter, Gauge, Logger, RandomSource } from '@tapeline/runtime';
import { refusal, shuttingDown } from '../refusal.ts';
import { StreamBatch } from './stream-batch.ts';
import type { Followed, ReadRecord, RecordContent, StreamItem } from './stream-item.ts';
import type { StreamQueue } from './stream-queue.ts';
import { TopicTail } from './topic-tail.ts';

/** What a hub works with. */
export type TopicHubOptions<Item> = {
  readonly log: TickLog;
  readonly topic: 'bars' | 'tape';
  readonly read: ReadRecord<Item>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** How often every stream looks at its own times, ms. */
  readonly tickMs: number;
  readonly malformed: Counter;
  /** Bytes that wait in all queues, by topic. */
  readonly queueBytes: Gauge;
};

type View<Item extends StreamItem> = {
  readonly followed: Followed<Item>;
  /** Where the instruments were seen besides the partitions that their names say. */
  readonly strays: Set<number>;
  /** What each of its streams takes for the partitions. */
  readonly partitions: Set<Set<number>>;
  readonly queues: Set<StreamQueue<Item>>;
  items: Item[];
};

const nsPerMs = 1_000_000n;
const nsPerSec = 1_000_000_000n;

/** The hub of one topic. */
export class TopicHub<Item extends StreamItem> {
  readonly #options: TopicHubOptions<Item>;
  readonly #tail: TopicTail;
  /** For each partition the clock that its newest record told, or that it passed without a tick, ns; 0 = none is known. */
  readonly clocksNs: bigint[];
  /** The longest lateness that a record told, ms. */
  latenessMs = 0;
  readonly #broken = new Map<number, string>();
  readonly #views = new Map<string, View<Item>>();
  readonly #byInstrument = new Map<string, Set<View<Item>>>();
  readonly #ofAll = new Set<View<Item>>();
  #ticking = false;
  /** Whether the log is being asked which partitions are empty. */
  #passing = false;
  #stopped = false;
  readonly #stop = new AbortController();

  constructor(options: TopicHubOptions<Item>) {
    this.#options = options;
    this.clocksNs = Array.from({ length: options.log.partitionCount }, () => 0n);
    this.#tail = new TopicTail({
      ...options,
      take: (partition, record, isOld) => this.#take(partition, record, isOld),
      broken: (partition, reason) => this.#break(partition, reason),
      mended: (partition) => void this.#broken.delete(partition),
    });
  }

  /** Begins at the end of the topic. Rejects with `LogError` if the log does not answer. */
  async start(): Promise<void> {
    await this.#tail.start();
  }

  /** Ends every stream with SHUTTING_DOWN and stops reading. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stop.abort();
    this.#endAll(shuttingDown());
    await this.#tail.stop();
  }

  /** For each partition the offset of the record that comes next. */
  get positions(): readonly number[] {
    return this.#tail.positions;
  }

  /** Why no stream can be served now. */
  get problem(): RpcError | undefined {
    if (this.#stopped) return shuttingDown();
    for (const [partition, reason] of this.#broken) return unavailable(partition, reason);
    return undefined;
  }

  /** From now on the queue gets what its stream follows; a problem of the hub ends it at once. */
  join(followed: Followed<Item>, queue: StreamQueue<Item>): void {
    if (this.problem !== undefined) {
      queue.end(this.problem);
      return;
    }
    let view = this.#views.get(followed.digest);
    if (view === undefined) {
      view = { followed, strays: new Set(), partitions: new Set(), queues: new Set(), items: [] };
      this.#views.set(followed.digest, view);
      for (const views of this.#placesOf(followed)) views.add(view);
    }
    view.queues.add(queue);
    view.partitions.add(followed.partitions);
    for (const partition of view.strays) followed.partitions.add(partition);
    if (!this.#ticking) void this.#tick();
  }

  /** The queue gets nothing more. */
  leave(followed: Followed<Item>, queue: StreamQueue<Item>): void {
    const view = this.#views.get(followed.digest);
    view?.partitions.delete(followed.partitions);
    if (view === undefined || !view.queues.delete(queue) || view.queues.size > 0) return;
    this.#views.delete(followed.digest);
    this.#ofAll.delete(view);
    for (const key of view.followed.instruments ?? []) {
      const views = this.#byInstrument.get(key);
      views?.delete(view);
      if (views?.size === 0) this.#byInstrument.delete(key);
    }
  }

  *#placesOf(followed: Followed<Item>): Generator<Set<View<Item>>> {
    if (followed.instruments === undefined) yield this.#ofAll;
    for (const key of followed.instruments ?? []) {
      let views = this.#byInstrument.get(key);
      if (views === undefined) this.#byInstrument.set(key, (views = new Set()));
      yield views;
    }
  }

  #take(partition: number, record: LogRecordInput, isOld: boolean): void {
    const content = this.#read(partition, record, isOld);
    if (content === undefined) return;
    const { clockNs, latenessMs } = content;
    if (latenessMs > this.latenessMs) this.latenessMs = latenessMs;
    const before = this.clocksNs[partition] as bigint;
    if (clockNs > before) this.clocksNs[partition] = clockNs;
    const touched = new Set<View<Item>>();
    for (const item of content.items) this.#sort(item, partition, touched);
    for (const view of touched) {
      const batch = new StreamBatch(view.items, partition, record.offset + 1, clockNs);
      view.items = [];
      for (const queue of view.queues) queue.offer(batch);
    }
    const latenessNs = BigInt(this.latenessMs) * nsPerMs;
    // Bars end on whole seconds, so between two of them no bucket ends.
    if (clockNs > before && (clockNs - latenessNs) / nsPerSec !== (before - latenessNs) / nsPerSec) {
      for (const view of this.#views.values()) {
        if (view.followed.partitions.has(partition)) for (const queue of view.queues) queue.wake();
      }
    }
  }

  /** All of it or nothing. */
  #read(partition: number, record: LogRecordInput, isOld: boolean): RecordContent<Item> | undefined {
    const wants = (instrument: string): boolean => this.#ofAll.size > 0 || this.#byInstrument.has(instrument);
    try {
      const content = this.#options.read(record.bytes, isOld || this.#views.size === 0 ? undefined : wants);
      return { ...content, items: [...content.items] };
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      const { logger, topic, malformed } = this.#options;
      malformed.add();
      const { offset } = record;
      logger.error('a record cannot be read; its bars or trades are missing in streams', {
        topic,
        partition,
        offset,
        error: error.message,
      });
      return undefined;
    }
  }

  #sort(item: Item, partition: number, touched: Set<View<Item>>): void {
    for (const views of [this.#byInstrument.get(item.instrument), this.#ofAll]) {
      if (views === undefined) continue;
      for (const view of views) {
        if (!view.followed.wants(item)) continue;
        view.items.push(item);
        touched.add(view);
        if (!view.followed.partitions.has(partition)) meetStray(view, partition);
      }
    }
  }

  #break(partition: number, reason: string): void {
    this.#broken.set(partition, reason);
    this.#endAll(unavailable(partition, reason));
  }

  #endAll(problem: RpcError): void {
    for (const view of this.#views.values()) for (const queue of view.queues) queue.end(problem);
  }

  /**
   * A partition without any tick holds nobody up: whatever comes to it later is appended after every clock that was known
   * when it was looked at. One whose ticks have not been put out yet does.
   */
  async #passEmpty(): Promise<void> {
    const { log, logger } = this.#options;
    const knownNs = this.clocksNs.reduce((highest, clockNs) => (clockNs > highest ? clockNs : highest), 0n);
    const isBehind = (partition: number): boolean =>
      this.positions[partition] === 0 && (this.clocksNs[partition] as bigint) < knownNs;
    const silent = [...this.clocksNs.keys()].filter(isBehind);
    if (silent.length === 0 || this.#passing) return;
    this.#passing = true;
    try {
      const ranges = await Promise.all(silent.map(async (partition) => log.range('ticks', partition)));
      for (const [index, partition] of silent.entries()) {
        if (ranges[index]?.endOffset === 0 && isBehind(partition)) this.clocksNs[partition] = knownNs;
      }
      for (const view of this.#views.values()) for (const queue of view.queues) queue.wake();
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      // Their clocks stand until the log answers.
      logger.debug('the log does not say which partitions are empty', { code: error.code, error: error.message });
    } finally {
      this.#passing = false;
    }
  }

  async #tick(): Promise<void> {
    this.#ticking = true;
    while (this.#views.size > 0 && !this.#stopped) {
      void this.#passEmpty();
      await this.#options.clock.sleep(this.#options.tickMs, this.#stop.signal);
      let bytes = 0;
      for (const view of this.#views.values()) {
        for (const queue of view.queues) {
          bytes += queue.bytes;
          queue.wake();
        }
      }
      this.#options.queueBytes.set(bytes, { topic: this.#options.topic });
    }
    this.#ticking = false;
  }
}

/** An instrument is on another partition than its name says: its clock counts from now on. */
function meetStray<Item extends StreamItem>(view: View<Item>, partition: number): void {
  view.strays.add(partition);
  view.followed.partitions.add(partition);
  for (const partitions of view.partitions) partitions.add(partition);
}

function unavailable(partition: number, reason: string): RpcError {
  return refusal('LOG_UNAVAILABLE', `partition ${partition} of the log cannot be read: ${reason}`, {
    partition: `${partition}`,
  });
}
