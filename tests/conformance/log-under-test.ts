/**
 * A log under test and the steps that every test of a log takes. In: an implementation, as its test brings it. Out:
 * records appended, read and compared. Shared by the parts of the suite of `TickLog`.
 */
import {
  LogError,
  type LogErrorCode,
  type LogReader,
  type LogRecordInput,
  type LogRetention,
  type PartitionAdmin,
  type TickLog,
  type TopicName,
} from '@tapeline/domain';
import { expect } from 'vitest';

/** A log under test. */
export type LogUnderTest = {
  readonly log: TickLog & Partial<LogRetention>;
  /** Closes the log and opens what it kept, as a new process would. */
  readonly reopen: () => Promise<TickLog & Partial<LogRetention>>;
  /** Lets this much time of the log pass, and retention with it; there where the suite is told that a test can do that. */
  readonly age?: (ms: number) => Promise<void>;
  /** Adds partitions to the log that is open, as somebody else might. */
  readonly partitions: PartitionAdmin;
  /** Lets the records of a partition before an offset leave, as retention does; there as above. */
  readonly removeBelow?: (topic: TopicName, partition: number, offset: number) => Promise<void>;
  /** Sets the clock back; absent where a test cannot do that. */
  readonly stepBack?: (ms: number) => void;
  readonly end: () => Promise<void>;
};

/** Makes a new log. */
export type StartLog = () => Promise<LogUnderTest>;

/** Partitions that the suite asks for. */
export const suitePartitions = 3;
/** Retention that the suite asks for where records can be made to age, ms. */
export const suiteRetentionMs = 60_000;

/** So many records, each with its number. */
export function numbered(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, record) => Uint8Array.of(record >> 8, record & 255));
}

/** The records of a partition from an offset up to another. */
export async function readTo(
  log: TickLog,
  topic: TopicName,
  partition: number,
  offset: number,
  endOffset: number,
): Promise<LogRecordInput[]> {
  const reader = log.open(topic, partition, offset);
  const records = await take(reader, endOffset - offset);
  await reader.close();
  return records;
}

/** So many records of a reader. */
export async function take(reader: LogReader, count: number): Promise<LogRecordInput[]> {
  const records: LogRecordInput[] = [];
  while (records.length < count) {
    const next = await reader.next();
    if (next === undefined) break;
    records.push(...next);
  }
  return records;
}

/** Expects a refusal with this code. */
export async function refused(code: LogErrorCode, attempt: () => Promise<unknown>): Promise<void> {
  const error: unknown = await attempt().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LogError);
  expect(error).toMatchObject({ code });
}
