/**
 * Fans a topic out. In: the topic's records, each read and taken apart once. Out: a batch for every queue whose
 * selection has something in the record, and up to which clock a selection is complete. Streams that follow the same share one
 * view, hence one batch and one encoded frame. Nothing is taken apart while nobody follows.
 */
import { LogError, type LogRecordInput, MalformedError, type Placement, type TickLog } from '@tapeline/domain';
import type { RpcError } from '@tapeline/grpc';
import type { Clock, Counter, Gauge, Logger, RandomSource } from '@tapeline/runtime';
import { refusal, shuttingDown } from '../refusal.ts';
import type { Followed, ReadRecord, RecordContent, RecordMarks, StreamItem } from './stream-item.ts';
import type { StreamQueue } from './stream-queue.ts';
import { HubView } from './hub-view.ts';
import type { HubPlace } from './stream-place.ts';
import { TopicTail } from './topic-tail.ts';
import { type MarkedRecord, Whereabouts } from './whereabouts.ts';

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
  /** The map in force. */
  readonly placement: () => Placement;
  /** Hears of moves that the topic tells of while the hub runs. */
  readonly onMoves?: (partition: number, marks: RecordMarks) => void;
};

/** Records before the start of each partition in which departures and arrivals are looked for. */
const lookBack = 256;

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
  readonly #whereabouts: Whereabouts;
  readonly #views = new Map<string, HubView<Item>>();
  readonly #byInstrument = new Map<string, Set<HubView<Item>>>();
  readonly #ofAll = new Set<HubView<Item>>();
  #ticking = false;
  /** Whether the log is being asked which partitions are empty. */
  #passing = false;
  #stopped = false;
  readonly #stop = new AbortController();

  constructor(options: TopicHubOptions<Item>) {
    this.#options = options;
    this.clocksNs = Array.from({ length: options.log.partitionCount }, () => 0n);
    this.#whereabouts = new Whereabouts(options.placement);
    this.#tail = new TopicTail({
      ...options,
      lookBack,
      take: (partition, record, isOld) => this.#take(partition, record, isOld),
      broken: (partition, reason) => this.#break(partition, reason),
      mended: (partition, hasJumped) => {
        this.#broken.delete(partition);
        if (hasJumped) this.#whereabouts.missedSome(this.clocksNs);
      },
    });
  }

  /** Begins at the end of the topic. Rejects with `LogError` if the log does not answer. */
  async start(): Promise<void> {
    // Whoever shares the log may have found more since this was made; the tail takes all that are known now.
    while (this.clocksNs.length < this.#options.log.partitionCount) this.clocksNs.push(0n);
    await this.#tail.start();
  }

  /** Partitions were added: there are so many now. They are read from their first record on; streams go on. */
  grow(partitionCount: number): void {
    while (this.clocksNs.length < partitionCount) this.clocksNs.push(0n);
    this.#tail.grow(partitionCount);
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
      view = new HubView(followed);
      this.#views.set(followed.digest, view);
      for (const views of this.#placesOf(followed)) views.add(view);
    }
    view.queues.add(queue);
    if (!this.#ticking) void this.#tick();
  }

  /** The queue gets nothing more. */
  leave(followed: Followed<Item>, queue: StreamQueue<Item>): void {
    const view = this.#views.get(followed.digest);
    if (view === undefined || !view.queues.delete(queue) || view.queues.size > 0) return;
    this.#views.delete(followed.digest);
    this.#ofAll.delete(view);
    for (const key of view.followed.instruments?.keys() ?? []) {
      const views = this.#byInstrument.get(key);
      views?.delete(view);
      if (views?.size === 0) this.#byInstrument.delete(key);
    }
  }

  /** Where the hub is, for a stream that joined and has taken all that its queue had. */
  placeOf(followed: Followed<Item>): HubPlace {
    const view = this.#views.get(followed.digest);
    const watermarkNs = view?.watermarkNs(this.#whereabouts, this.clocksNs) ?? 0n;
    return { positions: this.positions, watermarkNs, latenessMs: this.latenessMs };
  }

  /** Partitions that alone speak of what is followed, as far as is known now; `undefined` if some of it ever moved. */
  homesOf({ instruments }: Followed<Item>): ReadonlySet<number> | undefined {
    const homes = new Set<number>();
    for (const [key, instrument] of instruments ?? []) {
      if (!this.#whereabouts.isUnmoved(key, instrument)) return undefined;
      const home = this.#whereabouts.speakerOf(key, instrument, this.clocksNs);
      if (home !== 'all') homes.add(home);
    }
    return instruments === undefined ? undefined : homes;
  }

  /** Whether something of the instrument may still be to be read that lies before what was read of it. */
  isAmidMove(instrument: string): boolean {
    return this.#whereabouts.isAmidMove(instrument, this.clocksNs);
  }

  *#placesOf(followed: Followed<Item>): Generator<Set<HubView<Item>>> {
    if (followed.instruments === undefined) yield this.#ofAll;
    for (const key of followed.instruments?.keys() ?? []) {
      let views = this.#byInstrument.get(key);
      if (views === undefined) this.#byInstrument.set(key, (views = new Set()));
      yield views;
    }
  }

  #take(partition: number, record: LogRecordInput, isOld: boolean): void {
    const content = this.#read(partition, record, isOld);
    if (content === undefined) return;
    const { clockNs, latenessMs, marks } = content;
    if (latenessMs > this.latenessMs) this.latenessMs = latenessMs;
    if (marks !== undefined) this.#move({ partition, marks, clockNs, isOld });
    const before = this.clocksNs[partition] as bigint;
    if (clockNs > before) this.clocksNs[partition] = clockNs;
    const touched = new Set<HubView<Item>>();
    for (const item of content.items) this.#sort(item, partition, touched);
    for (const view of touched) view.putOut(partition, record.offset + 1);
    const latenessNs = BigInt(this.latenessMs) * nsPerMs;
    // Bars end on whole seconds, so between two of them no bucket ends.
    if (clockNs > before && (clockNs - latenessNs) / nsPerSec !== (before - latenessNs) / nsPerSec) {
      for (const view of this.#views.values()) if (view.isSpokenOfBy(partition)) view.wake();
    }
  }

  #move(record: MarkedRecord): void {
    this.#whereabouts.note(record, this.clocksNs);
    if (!record.isOld) this.#options.onMoves?.(record.partition, record.marks);
    for (const { instrument } of [...record.marks.departures, ...record.marks.arrivals]) {
      for (const view of this.#byInstrument.get(instrument) ?? []) view.forgetSpeakers();
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

  #sort(item: Item, partition: number, touched: Set<HubView<Item>>): void {
    const { instrument } = item;
    if (this.#whereabouts.isLookedFor(instrument)) {
      this.#whereabouts.see(partition, item, this.clocksNs[partition] as bigint);
      for (const view of this.#byInstrument.get(instrument) ?? []) view.forgetSpeakers();
    }
    for (const views of [this.#byInstrument.get(instrument), this.#ofAll]) {
      if (views === undefined) continue;
      for (const view of views) {
        if (!view.followed.wants(item)) continue;
        view.take(item, partition, !this.#whereabouts.hasMoved(instrument));
        touched.add(view);
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
      for (const view of this.#views.values()) view.wake();
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
      const hasSettled = this.#whereabouts.settleMissed(this.clocksNs);
      for (const view of this.#views.values()) {
        if (hasSettled) view.forgetSpeakers();
        else view.lookAgain();
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

function unavailable(partition: number, reason: string): RpcError {
  return refusal('LOG_UNAVAILABLE', `partition ${partition} of the log cannot be read: ${reason}`, {
    partition: `${partition}`,
  });
}
