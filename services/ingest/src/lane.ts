/**
 * The way into one partition of the log. In: parts of messages of many streams, in each stream's order. Out: records,
 * one append in flight at a time, and the news to each part that it is durable or that nobody knows. Law 7: so many
 * bytes wait at most; whoever wants to add more waits for `room`. Law 3: a part is told settled only by the log's word.
 */
import { type Appended, LogError, recordOf, type TickLog } from '@tapeline/domain';
import { Backoff, type Clock, type Logger, type RandomSource } from '@tapeline/runtime';
import { Bell } from './bell.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import type { IngestConfig } from './ingest-types.ts';

/** Something to append. */
export type LanePart = {
  /** Entries as they stand in a record, one after the other; asked for once the part is closed. */
  readonly pieces: readonly Uint8Array[];
  /** Bytes of all pieces; of a part that grows, what it is counted with so far. */
  readonly bytes: number;
  /** The part goes into a record now and grows no more; returns the bytes of its pieces. Absent = it never grows. */
  close?(): number;
  /** Whether it is still to be appended; a stream that failed resends everything itself. */
  isWanted(): boolean;
  /** It was not wanted any more and is not in the log. */
  dropped(): void;
  settled(appended: Appended): void;
  /** It did not land, or, with LOG_UNAVAILABLE, nobody knows. */
  failed(error: LogError): void;
};

/** What a lane works with. */
export type LaneParts = {
  readonly log: TickLog;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: IngestMetrics;
  readonly config: Pick<IngestConfig, 'lingerMs' | 'lingerBytes' | 'laneBytesMax'>;
  readonly onLogReplaced?: ((error: LogError) => void) | undefined;
};

/** A record is closed at so many bytes; a larger part makes a record of its own. */
const recordBytesMax = 1_048_576;

const firstPauseMs = 50;
const longestPauseMs = 2_000;

type Waiting = { readonly part: LanePart; readonly sinceMs: number };

/** One partition's lane. */
export class Lane {
  readonly partition: number;
  readonly #parts: LaneParts;
  readonly #backoff: Backoff;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #isHurried = false;
  #linger: AbortController | undefined;
  readonly #hasRoom = new Bell();

  constructor(partition: number, parts: LaneParts) {
    this.partition = partition;
    this.#parts = parts;
    this.#backoff = new Backoff({ firstMs: firstPauseMs, maxMs: longestPauseMs, random: parts.random });
  }

  /** Resolves once fewer bytes wait than may, or nobody wants it any more; those who asked first are asked first. */
  async room(isWanted: () => boolean): Promise<void> {
    while (this.isFull && isWanted()) await this.#hasRoom.heard();
  }

  /**
   * Something is not wanted any more: whoever waits for room looks again, and parts that grow go at once, because they
   * came without waiting for room.
   */
  recheck(): void {
    const wanted: Waiting[] = [];
    for (const waiting of this.#waiting) {
      const { part } = waiting;
      if (part.close === undefined || part.isWanted()) wanted.push(waiting);
      else this.#drop(part);
    }
    this.#waiting = wanted;
    this.#hasRoom.ring();
  }

  /** Adds a part, whether there is room or not; callers ask for `room` first. */
  add(part: LanePart): void {
    this.#waiting.push({ part, sinceMs: this.#parts.clock.monotonicMs() });
    this.grew(part.bytes);
    this.#parts.metrics.laneBytes(this.partition, this.#waitingBytes);
    this.#running ??= this.#run();
  }

  /** Whether so much waits that nothing should be added. */
  get isFull(): boolean {
    return this.#waitingBytes >= this.#parts.config.laneBytesMax;
  }

  /** A part that waits here grew by so many bytes. */
  grew(bytes: number): void {
    this.#waitingBytes += bytes;
    if (this.#linger !== undefined && this.#waitingBytes >= this.#parts.config.lingerBytes) this.#linger.abort();
  }

  /** From now on nothing lingers; resolves when everything that was added is settled or failed. */
  async drain(): Promise<void> {
    this.#isHurried = true;
    this.#linger?.abort();
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // A turn later, so that whatever is added together goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#lingerForMore();
      const parts = this.#take();
      if (parts.length > 0) await this.#append(parts);
    }
    this.#running = undefined;
  }

  async #lingerForMore(): Promise<void> {
    const { clock, config } = this.#parts;
    const [oldest] = this.#waiting;
    if (oldest === undefined || this.#isHurried || this.#waitingBytes >= config.lingerBytes) return;
    const restMs = oldest.sinceMs + config.lingerMs - clock.monotonicMs();
    if (restMs <= 0) return;
    this.#linger = new AbortController();
    await clock.sleep(restMs, this.#linger.signal);
    this.#linger = undefined;
  }

  /** Parts of the next record; those that nobody wants any more are dropped on the way. */
  #take(): LanePart[] {
    const taken: LanePart[] = [];
    let bytes = 0;
    let count = 0;
    for (const { part } of this.#waiting) {
      const isWanted = part.isWanted();
      const partBytes = isWanted ? (part.close?.() ?? part.bytes) : 0;
      if (isWanted && taken.length > 0 && bytes + partBytes > recordBytesMax) break;
      count += 1;
      if (!isWanted) {
        this.#drop(part);
        continue;
      }
      this.#waitingBytes -= part.bytes;
      taken.push(part);
      bytes += partBytes;
    }
    this.#waiting = this.#waiting.slice(count);
    this.#parts.metrics.laneBytes(this.partition, this.#waitingBytes);
    if (!this.isFull) this.#hasRoom.ring();
    return taken;
  }

  #drop(part: LanePart): void {
    this.#waitingBytes -= part.bytes;
    part.dropped();
  }

  async #append(parts: readonly LanePart[]): Promise<void> {
    const { log, clock, metrics, logger } = this.#parts;
    const record = recordOf(parts.flatMap(({ pieces }) => pieces));
    const beganMs = clock.monotonicMs();
    const outcome = await this.#outcomeOf(log.append('ticks', this.partition, record));
    if (outcome instanceof LogError) {
      logger.error('the log did not take a record', {
        partition: this.partition,
        bytes: record.length,
        error: outcome,
      });
      metrics.appendFailed(outcome.code);
      // No pause cures this: a person has to.
      if (outcome.code === 'LOG_REPLACED') this.#parts.onLogReplaced?.(outcome);
      for (const part of parts) part.failed(outcome);
      await this.#pause();
    } else {
      metrics.appended(record.length, (clock.monotonicMs() - beganMs) / 1_000);
      this.#backoff.reset();
      for (const part of parts) part.settled(outcome);
    }
  }

  async #outcomeOf(append: Promise<Appended>): Promise<Appended | LogError> {
    try {
      return await append;
    } catch (error) {
      // Whatever a log says that is no LogError leaves it open whether the record landed.
      return error instanceof LogError ? error : new LogError('LOG_UNAVAILABLE', String(error), { cause: error });
    }
  }

  /** Spaces the tries of a log that takes nothing; what waits meanwhile is bounded by `room`. */
  async #pause(): Promise<void> {
    if (this.#isHurried) return;
    this.#linger = new AbortController();
    await this.#parts.clock.sleep(this.#backoff.nextMs(), this.#linger.signal);
    this.#linger = undefined;
  }
}
