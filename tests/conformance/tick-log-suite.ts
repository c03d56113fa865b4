/**
 * What every log must do, whatever it stands on. In: a way to make a log that is new. Out: tests of the seam `TickLog`.
 * Nothing here knows an implementation, so a log on a network passes it too: retention and clocks are asked for only
 * where the log can be made to show them.
 */
import {
  LogError,
  type LogErrorCode,
  type LogReader,
  type LogRecordInput,
  logRecordBytesMax,
  type LogRetention,
  type OffsetRange,
  type TickLog,
  type TopicName,
} from '@tapeline/domain';
import { afterEach, describe, expect, test, vi } from 'vitest';

/** A log under test. */
export type LogUnderTest = {
  readonly log: TickLog & Partial<LogRetention>;
  /** Closes the log and opens what it kept, as a new process would. */
  readonly reopen: () => Promise<TickLog & Partial<LogRetention>>;
  /** Lets this much time of the log pass, and retention with it; absent where a test cannot do that. */
  readonly age?: (ms: number) => Promise<void>;
  /** Sets the clock back; absent where a test cannot do that. */
  readonly stepBack?: (ms: number) => void;
  readonly end: () => Promise<void>;
};

/** Partitions that the suite asks for. */
export const suitePartitions = 3;
/** Retention that the suite asks for where records can be made to age, ms. */
export const suiteRetentionMs = 60_000;

const topicNames: readonly TopicName[] = ['ticks', 'bars', 'tape'];
/** Retention works beside the test. */
const patience = { timeout: 15_000, interval: 5 };
const quarter = suiteRetentionMs / 4;

/** Tests of a kind of log. */
export function tickLogSuite(name: string, make: () => Promise<LogUnderTest>): void {
  let made: LogUnderTest | undefined;
  const start = async (): Promise<LogUnderTest> => (made = await make());
  afterEach(async () => {
    await made?.end();
    made = undefined;
  });
  describe(`${name} as a log`, () => {
    appends(start);
    readers(start);
    waiting(start);
    refusals(start);
    restarts(start);
    retention(start);
  });
}

type Start = () => Promise<LogUnderTest>;

function appends(start: Start): void {
  test('offsets count from 0 in each partition of each topic', async () => {
    const { log } = await start();
    expect(log.partitionCount).toBe(suitePartitions);
    for (const topic of topicNames) {
      for (let partition = 0; partition < suitePartitions; partition += 1) {
        expect((await log.append(topic, partition, Uint8Array.of(1))).offset).toBe(0);
        expect((await log.append(topic, partition, Uint8Array.of(2))).offset).toBe(1);
        expect(await log.range(topic, partition)).toEqual({ firstOffset: 0, endOffset: 2 });
      }
    }
  });

  test('appends that nobody awaits land in the order of the calls', async () => {
    const { log } = await start();
    const appended = await Promise.all(numbered(500).map(async (bytes) => log.append('ticks', 1, bytes)));
    expect(appended.map(({ offset }) => offset)).toEqual(Array.from({ length: 500 }, (_, offset) => offset));
    const records = await readTo(log, 'ticks', 1, 0, 500);
    expect(records.map(({ bytes }) => bytes)).toEqual(numbered(500));
  });

  test('writers of many partitions at once leave each of them dense and with its own records', async () => {
    const { log } = await start();
    const writers = Array.from({ length: 12 }, (_, writer) => writer);
    const acknowledged = await Promise.all(
      writers.map(async (writer) => {
        const offsets: number[] = [];
        for (let record = 0; record < 25; record += 1) {
          const { offset } = await log.append('ticks', writer % suitePartitions, Uint8Array.of(writer, record));
          offsets.push(offset);
        }
        return offsets;
      }),
    );
    for (const writer of writers) {
      const records = await readTo(log, 'ticks', writer % suitePartitions, 0, 100);
      const own = records.filter(({ bytes }) => bytes[0] === writer);
      expect(own.map(({ offset }) => offset)).toEqual(acknowledged[writer]);
      expect(own.map(({ bytes }) => bytes[1])).toEqual(Array.from({ length: 25 }, (_, record) => record));
    }
  });

  test('a record is what it was when it was appended, also when the bytes are used again', async () => {
    const { log } = await start();
    const bytes = Uint8Array.of(1, 2, 3);
    const appended = log.append('bars', 0, bytes);
    bytes.fill(9);
    const { offset, appendTimeMs } = await appended;
    const [record] = await readTo(log, 'bars', 0, 0, 1);
    expect(record).toEqual({ offset, appendTimeMs, bytes: Uint8Array.of(1, 2, 3) });
  });

  test('a part of a larger array is appended alone, and no bytes at all are a record too', async () => {
    const { log } = await start();
    await log.append('tape', 2, Uint8Array.of(1, 2, 3, 4).subarray(1, 3));
    await log.append('tape', 2, new Uint8Array(0));
    const records = await readTo(log, 'tape', 2, 0, 2);
    expect(records.map(({ bytes }) => [...bytes])).toEqual([[2, 3], []]);
  });

  test('append times do not go back within a partition, also when the clock does', async () => {
    const { log, stepBack } = await start();
    const times: number[] = [];
    for (let record = 0; record < 6; record += 1) {
      if (record === 3) stepBack?.(5_000);
      times.push((await log.append('ticks', 0, Uint8Array.of(record))).appendTimeMs);
    }
    expect(times).toEqual([...times].sort((left, right) => left - right));
    const records = await readTo(log, 'ticks', 0, 0, 6);
    expect(records.map(({ appendTimeMs }) => appendTimeMs)).toEqual(times);
  });
}

function readers(start: Start): void {
  test('a reader begins at any offset that is kept and leaves nothing out', async () => {
    const { log } = await start();
    await Promise.all(numbered(40).map(async (bytes) => log.append('ticks', 0, bytes)));
    for (let offset = 0; offset < 40; offset += 1) {
      const records = await readTo(log, 'ticks', 0, offset, 40);
      expect(records.map((record) => record.offset)).toEqual(
        Array.from({ length: 40 - offset }, (_, at) => offset + at),
      );
    }
  });

  test('one read has at most 1,000 records', async () => {
    const { log } = await start();
    await Promise.all(numbered(1_500).map(async (bytes) => log.append('ticks', 0, bytes)));
    const reader = log.open('ticks', 0, 0);
    const first = await reader.next();
    await reader.close();
    expect(first?.length).toBeGreaterThan(0);
    expect(first?.length).toBeLessThanOrEqual(1_000);
    expect(await readTo(log, 'ticks', 0, 0, 1_500)).toHaveLength(1_500);
  });

  test('one read has at most 4 MiB, but always one whole record', async () => {
    const { log } = await start();
    const sizes = [3_000_000, 3_000_000, logRecordBytesMax, 1_000];
    for (const [place, size] of sizes.entries()) await log.append('ticks', 0, new Uint8Array(size).fill(place));
    const reader = log.open('ticks', 0, 0);
    const reads = [await reader.next(), await reader.next(), await reader.next(), await reader.next()];
    await reader.close();
    expect(reads.map((read) => read?.map(({ bytes }) => [bytes.length, bytes.at(-1)]))).toEqual(
      sizes.map((size, place) => [[size, place]]),
    );
  });

  test('readers of one partition each get everything, at their own pace', async () => {
    const { log } = await start();
    await Promise.all(numbered(10).map(async (bytes) => log.append('ticks', 0, bytes)));
    const slow = log.open('ticks', 0, 0);
    const seen = await readTo(log, 'ticks', 0, 0, 10);
    expect(await take(slow, 10)).toEqual(seen);
    await slow.close();
  });

  test('calls of next that are not awaited do not get the same records', async () => {
    const { log } = await start();
    const reader = log.open('ticks', 0, 0);
    const reads = [reader.next(), reader.next()];
    await log.append('ticks', 0, Uint8Array.of(1));
    expect((await reads[0])?.map(({ offset }) => offset)).toEqual([0]);
    await log.append('ticks', 0, Uint8Array.of(2));
    expect((await reads[1])?.map(({ offset }) => offset)).toEqual([1]);
    await reader.close();
  });
}

function waiting(start: Start): void {
  test('a reader at the end waits for the next record, and only for its own partition', async () => {
    const { log } = await start();
    await log.append('ticks', 0, Uint8Array.of(1));
    const reader = log.open('ticks', 0, 1);
    let isDone = false;
    const next = reader.next().finally(() => (isDone = true));
    await log.append('ticks', 1, Uint8Array.of(7));
    await log.append('bars', 0, Uint8Array.of(8));
    await turns();
    expect(isDone).toBe(false);
    await log.append('ticks', 0, Uint8Array.of(2));
    expect((await next)?.map(({ offset, bytes }) => [offset, bytes[0]])).toEqual([[1, 2]]);
    await reader.close();
  });

  test('closing a reader ends its wait, and then there is nothing more; twice is as good as once', async () => {
    const { log } = await start();
    const reader = log.open('ticks', 0, 0);
    const next = reader.next();
    await reader.close();
    expect(await next).toBeUndefined();
    await reader.close();
    expect(await reader.next()).toBeUndefined();
  });

  test('closing the log settles what was appended and ends every wait', async () => {
    const { log } = await start();
    const waits = [log.open('ticks', 0, 0), log.open('bars', 2, 0)].map(async (reader) => reader.next());
    await turns();
    const last = log.append('ticks', 1, Uint8Array.of(1));
    await log.close();
    expect((await last).offset).toBe(0);
    expect(await Promise.all(waits)).toEqual([undefined, undefined]);
  });

  test('a closed log says so', async () => {
    const { log } = await start();
    await log.close();
    await refused('LOG_CLOSED', async () => log.append('ticks', 0, Uint8Array.of(1)));
    await refused('LOG_CLOSED', async () => log.range('ticks', 0));
    await refused('LOG_CLOSED', async () => log.open('ticks', 0, 0).next());
    await log.close();
  });
}

function refusals(start: Start): void {
  test('a record above the limit is refused and leaves no trace; one at the limit lands', async () => {
    const { log } = await start();
    await refused('RECORD_TOO_LARGE', async () => log.append('ticks', 0, new Uint8Array(logRecordBytesMax + 1)));
    expect((await log.append('ticks', 0, new Uint8Array(logRecordBytesMax))).offset).toBe(0);
    expect(await log.range('ticks', 0)).toEqual({ firstOffset: 0, endOffset: 1 });
  });

  test.each([-1, suitePartitions, 0.5])('there is no partition %d', async (partition) => {
    const { log } = await start();
    await refused('PARTITION_UNKNOWN', async () => log.append('ticks', partition, Uint8Array.of(1)));
    await refused('PARTITION_UNKNOWN', async () => log.range('bars', partition));
    await refused('PARTITION_UNKNOWN', async () => log.open('tape', partition, 0).next());
  });

  test('an offset beyond the end is told, and no reader goes on elsewhere', async () => {
    const { log } = await start();
    await log.append('ticks', 0, Uint8Array.of(1));
    await refused('OFFSET_BEYOND_END', async () => log.open('ticks', 0, 2).next());
  });
}

function restarts(start: Start): void {
  test('everything is there after a restart, and offsets and times go on', async () => {
    const { log, reopen, stepBack } = await start();
    const before = [];
    for (const bytes of numbered(20)) before.push(await log.append('ticks', 1, bytes));
    stepBack?.(60_000);
    const again = await reopen();
    expect(await again.range('ticks', 1)).toEqual({ firstOffset: 0, endOffset: 20 });
    const next = await again.append('ticks', 1, Uint8Array.of(99));
    expect(next.offset).toBe(20);
    expect(next.appendTimeMs).toBeGreaterThanOrEqual(before.at(-1)?.appendTimeMs ?? Infinity);
    const records = await readTo(again, 'ticks', 1, 0, 21);
    expect(records.slice(0, 20).map(({ offset, appendTimeMs }) => ({ offset, appendTimeMs }))).toEqual(before);
    expect(records.map(({ bytes }) => bytes)).toEqual([...numbered(20), Uint8Array.of(99)]);
    expect(await again.range('bars', 1)).toEqual({ firstOffset: 0, endOffset: 0 });
  });
}

function retention(start: Start): void {
  test('records leave when they are old, and a reader of what has left is told', async ({ skip }) => {
    const { log, age } = await start();
    if (age === undefined) return skip('this log cannot be made to age in a test');
    const behind = log.open('bars', 0, 0);
    await log.append('bars', 0, Uint8Array.of(1));
    await age(suiteRetentionMs - quarter);
    await log.append('bars', 0, Uint8Array.of(2));
    await age(2 * quarter);
    await vi.waitFor(
      async () => expect(await log.range('bars', 0)).toEqual({ firstOffset: 1, endOffset: 2 }),
      patience,
    );
    await refused('OFFSET_BELOW_RETENTION', async () => log.open('bars', 0, 0).next());
    await refused('OFFSET_BELOW_RETENTION', async () => behind.next());
    expect((await readTo(log, 'bars', 0, 1, 2)).map(({ bytes }) => bytes[0])).toEqual([2]);
    return undefined;
  });

  test('a partition that has lost all of its records goes on counting, also after a restart', async ({ skip }) => {
    const { log, age, reopen } = await start();
    if (age === undefined) return skip('this log cannot be made to age in a test');
    const { appendTimeMs } = await log.append('tape', 0, Uint8Array.of(1));
    await log.append('tape', 0, Uint8Array.of(2));
    await age(suiteRetentionMs + quarter);
    await vi.waitFor(
      async () => expect(await log.range('tape', 0)).toEqual({ firstOffset: 2, endOffset: 2 }),
      patience,
    );
    const again = await reopen();
    expect(await again.range('tape', 0)).toEqual({ firstOffset: 2, endOffset: 2 });
    const next = await again.append('tape', 0, Uint8Array.of(3));
    expect(next.offset).toBe(2);
    expect(next.appendTimeMs).toBeGreaterThan(appendTimeMs);
    return undefined;
  });

  test('what is pinned stays whatever its age', async ({ skip }) => {
    const { log, age } = await start();
    if (age === undefined || log.pin === undefined) return skip('this log cannot be pinned or cannot age in a test');
    for (const bytes of numbered(6)) await log.append('ticks', 0, bytes);
    log.pin('ticks', 0, 4);
    await age(suiteRetentionMs * 2);
    const kept: OffsetRange = { firstOffset: 4, endOffset: 6 };
    await vi.waitFor(async () => expect(await log.range('ticks', 0)).toEqual(kept), patience);
    await age(suiteRetentionMs);
    expect(await log.range('ticks', 0)).toEqual(kept);
    expect((await readTo(log, 'ticks', 0, 4, 6)).map(({ offset }) => offset)).toEqual([4, 5]);
    return undefined;
  });
}

function numbered(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, record) => Uint8Array.of(record >> 8, record & 255));
}

async function readTo(
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

async function take(reader: LogReader, count: number): Promise<LogRecordInput[]> {
  const records: LogRecordInput[] = [];
  while (records.length < count) {
    const next = await reader.next();
    if (next === undefined) break;
    records.push(...next);
  }
  return records;
}

async function refused(code: LogErrorCode, attempt: () => Promise<unknown>): Promise<void> {
  const error: unknown = await attempt().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LogError);
  expect(error).toMatchObject({ code });
}

/** Lets whatever is ready run. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
