/**
 * The seam to a log: partitions of records, each one total order, durable before they are acknowledged. In: nothing.
 * Out: the types that every log implements and the errors that it may answer with; tests/conformance holds the suite
 * that each implementation passes. Law 1: the log is the truth, so a reader is never moved to another offset silently.
 */
import type { LogRecordInput } from '../fold/fold-types.ts';

/**
 * `ticks`: what the fold reads. `bars`: revisions of bars as workers put them out. `tape`: counted ticks as workers put
 * them out. `quarantine`: records of `ticks` that could not be used, whole or in part, with the reason. All have the same
 * number of partitions, and partition p of the others comes from p of the first.
 */
export type TopicName = 'ticks' | 'bars' | 'tape' | 'quarantine';

/** Every topic of a log. */
export const topicNames: readonly TopicName[] = ['ticks', 'bars', 'tape', 'quarantine'];

/** Where a record was put. */
export type Appended = { readonly offset: number; readonly appendTimeMs: number };

/** The offsets that a partition keeps: from `firstOffset` up to, and without, `endOffset`. */
export type OffsetRange = { readonly firstOffset: number; readonly endOffset: number };

/** Reads one partition from an offset on. */
export type LogReader = {
  /**
   * The next records in offset order, at least one and at most as many as the log hands out at once (4 MiB or 1,000
   * records, but always one whole record); waits until there are some. `undefined` once the reader is closed. Rejects
   * with `LogError` OFFSET_BELOW_RETENTION or OFFSET_BEYOND_END instead of going on elsewhere.
   */
  next(): Promise<readonly LogRecordInput[] | undefined>;
  /** Ends a `next` that waits; may be called twice. */
  close(): Promise<void>;
};

/** A log with its topics. */
export type TickLog = {
  /** Partitions that the stream was made with, 1 or more: the frozen hash spreads instruments over these (ADR 21). */
  readonly basePartitions: number;
  /** Partitions of each topic that can be used now, `basePartitions` or more; it only rises, in `refreshPartitions`. */
  readonly partitionCount: number;
  /**
   * Asks how many partitions there are, in every topic, and answers it; `partitionCount` is the same from then on. Whoever reads
   * of a partition in a map that he does not know calls it before he uses that one. Rejects with `LogError` LOG_UNAVAILABLE.
   */
  refreshPartitions(): Promise<number>;
  /**
   * Appends a record and resolves once it is durable. Records of one caller to one partition land in the order of the
   * calls, also when the calls are not awaited one by one. Rejects with `LogError`: with LOG_UNAVAILABLE it is not
   * known whether the record landed, with every other code it did not.
   */
  append(topic: TopicName, partition: number, bytes: Uint8Array): Promise<Appended>;
  /** A reader whose first record is the one at `offset`, which may be the end, where it waits. */
  open(topic: TopicName, partition: number, offset: number): LogReader;
  /** The offsets that are kept now. Rejects with `LogError` LOG_UNAVAILABLE. */
  range(topic: TopicName, partition: number): Promise<OffsetRange>;
  /**
   * What tells this topic from any other that had or will have its name: it changes when the topic is deleted and made
   * anew, and never otherwise. At most 64 characters. Rejects with `LogError` LOG_UNAVAILABLE.
   */
  identity(topic: TopicName): Promise<string>;
  /** Settles what is under way and lets go of everything; later calls reject with LOG_CLOSED. */
  close(): Promise<void>;
};

/**
 * What a log offers whose retention can be held back; a log that keeps records by time alone does not have it. Ticks
 * never leave an embedded log before somebody pins them.
 */
export type LogRetention = {
  /**
   * Retention leaves this offset and all after it, until it is pinned elsewhere; also after a restart, where an older
   * pin may count until the next call. Throws `LogError` PARTITION_UNKNOWN.
   */
  pin(topic: TopicName, partition: number, offset: number): void;
};

/** Largest record that a log takes, bytes. */
export const logRecordBytesMax = 8_388_608;

/** What a log may answer. */
export type LogErrorCode =
  /** It is not known whether the record landed; the same may be tried again after a pause. */
  | 'LOG_UNAVAILABLE'
  /** The disk or the quota is full: nothing was written, readers go on. */
  | 'LOG_FULL'
  | 'LOG_CLOSED'
  | 'RECORD_TOO_LARGE'
  | 'PARTITION_UNKNOWN'
  /** So many partitions cannot be had; none was added. */
  | 'PARTITIONS_REFUSED'
  /** The offset was there and is not kept any more. */
  | 'OFFSET_BELOW_RETENTION'
  /** The log ends before the offset: it is not the log that the reader knew. */
  | 'OFFSET_BEYOND_END'
  /**
   * The topic was deleted, or made anew under its name, or a partition of it went back below what was acknowledged or read:
   * nothing that is known of its offsets holds any more.
   */
  | 'LOG_REPLACED';

/** Why a log did not do what was asked; the message names the fact, the limit and the remedy. */
export class LogError extends Error {
  override name = 'LogError';
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}
