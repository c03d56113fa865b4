/**
 * Reads every partition of a topic from its end on, and those that are added after the start from their first record, for as long
 * as the process runs. In: a log. Out: each record once, in the order of its partition. A log that fails is tried again, with pauses;
 * whoever listens is told of it, because from then on records may be missing. Law 1: the place is never moved without saying so.
 */
import { LogError, type LogReader, type LogRecordInput, type TickLog, type TopicName } from '@tapeline/domain';
import { Backoff, type Clock, type Logger, type RandomSource } from '@tapeline/runtime';

/** What a tail works with, and whom it tells. */
export type TopicTailOptions = {
  readonly log: TickLog;
  readonly topic: TopicName;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Records before the start that are looked at, 1 or more. */
  readonly lookBack: number;
  /** A record that came, or one before the start (`isOld`), of which only the clock and what moved count. */
  take(partition: number, record: LogRecordInput, isOld: boolean): void;
  /** The partition cannot be read; `positions` may jump before `take` is called again. */
  broken(partition: number, reason: string): void;
  /** The partition can be read again; `hasJumped`: what lies before the new position was not told. */
  mended(partition: number, hasJumped: boolean): void;
};

const pauseMs = { firstMs: 50, maxMs: 5_000 };

/** The tail of one topic. */
export class TopicTail {
  readonly #options: TopicTailOptions;
  readonly #stop = new AbortController();
  readonly #readers = new Set<LogReader>();
  readonly #running: Promise<void>[] = [];
  /** For each partition the offset of the next record. */
  readonly positions: number[] = [];

  constructor(options: TopicTailOptions) {
    this.#options = options;
  }

  /** Finds the end of every partition and reads from there on. Rejects with `LogError` if the log does not say. */
  async start(): Promise<void> {
    const { log, topic } = this.#options;
    const partitions = Array.from({ length: log.partitionCount }, (_, partition) => partition);
    const ranges = await Promise.all(partitions.map(async (partition) => log.range(topic, partition)));
    for (const { endOffset } of ranges) this.positions.push(endOffset);
    for (const [partition, { firstOffset, endOffset }] of ranges.entries()) {
      this.#begin(partition, Math.max(firstOffset, endOffset - this.#options.lookBack));
    }
  }

  /** Partitions were added: there are so many now. The new ones are read from their first record on. */
  grow(partitionCount: number): void {
    if (this.#stop.signal.aborted) return;
    while (this.positions.length < partitionCount) this.#begin(this.positions.push(0) - 1, 0);
  }

  /** Stops reading; resolves when nothing more is told. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(Array.from(this.#readers, async (reader) => reader.close()));
    await Promise.all(this.#running);
  }

  #begin(partition: number, from: number): void {
    this.#running.push(this.#run(partition, from));
  }

  async #run(partition: number, from: number): Promise<void> {
    const { clock, random, logger, topic } = this.#options;
    const backoff = new Backoff({ ...pauseMs, random });
    let next = from;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#read(partition, next, () => backoff.reset());
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (!(error instanceof LogError)) throw error;
        logger.warn('a topic cannot be read; trying again', {
          topic,
          partition,
          code: error.code,
          error: error.message,
        });
        this.#options.broken(partition, error.message);
        await clock.sleep(backoff.nextMs(), this.#stop.signal);
      }
      next = await this.#placeAfterFailure(partition);
    }
  }

  /** Where to go on: the same place, or the end where that place is gone, which `broken` has told. */
  async #placeAfterFailure(partition: number): Promise<number> {
    const { log, topic, logger } = this.#options;
    const position = this.positions[partition] as number;
    if (this.#stop.signal.aborted) return position;
    try {
      const { firstOffset, endOffset } = await log.range(topic, partition);
      const hasJumped = position < firstOffset || position > endOffset;
      if (hasJumped) this.positions[partition] = endOffset;
      this.#options.mended(partition, hasJumped);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      logger.warn('a topic does not say what it keeps', { topic, partition, code: error.code });
    }
    return this.positions[partition] as number;
  }

  async #read(partition: number, from: number, isWell: () => void): Promise<void> {
    const { log, topic } = this.#options;
    const reader = log.open(topic, partition, from);
    this.#readers.add(reader);
    try {
      for (;;) {
        const records = this.#stop.signal.aborted ? undefined : await reader.next();
        if (records === undefined) return;
        isWell();
        for (const record of records) this.#pass(partition, record);
        // A log that always has more would otherwise keep sockets and timers from their turn.
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
    } finally {
      this.#readers.delete(reader);
      await reader.close();
    }
  }

  #pass(partition: number, record: LogRecordInput): void {
    const isOld = record.offset < (this.positions[partition] as number);
    if (!isOld) this.positions[partition] = record.offset + 1;
    this.#options.take(partition, record, isOld);
  }
}
