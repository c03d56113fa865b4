/**
 * What every log must do, whatever it stands on. In: a way to make a log that is new. Out: tests of the seam `TickLog`.
 * Nothing here knows an implementation, so a log on a network passes it too: retention and clocks are asked for only
 * where the log can be made to show them.
 */
import { logRecordBytesMax, topicNames } from '@tapeline/domain';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type LogUnderTest,
  numbered,
  readTo,
  refused,
  type StartLog,
  suitePartitions,
  take,
} from './log-under-test.ts';
import { growth } from './tick-log-growth-suite.ts';
import { aging, removal } from './tick-log-retention-suite.ts';

/** What a test can do with a kind of log. */
export type LogCapabilities = {
  /** Let its time pass. */
  readonly ages?: boolean;
  /** Let records leave by their offset. */
  readonly removes?: boolean;
  /** None can be made here, because its servers are missing. */
  readonly isMissing?: boolean;
};

/** Tests of a kind of log. */
export function tickLogSuite(name: string, make: () => Promise<LogUnderTest>, can: LogCapabilities): void {
  let made: LogUnderTest | undefined;
  const start = async (): Promise<LogUnderTest> => (made = await make());
  afterEach(async () => {
    await made?.end();
    made = undefined;
  });
  describe.skipIf(can.isMissing === true)(`${name} as a log (needs its servers: install Java 17 and Maven)`, () => {
    appends(start);
    readers(start);
    waiting(start);
    refusals(start);
    restarts(start);
    identity(start);
    growth(start);
    if (can.ages === true) aging(start);
    if (can.removes === true) removal(start);
  });
}

function appends(start: StartLog): void {
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

function readers(start: StartLog): void {
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

function waiting(start: StartLog): void {
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
    await refused('LOG_CLOSED', async () => log.identity('ticks'));
    await refused('LOG_CLOSED', async () => log.open('ticks', 0, 0).next());
    await log.close();
  });
}

function refusals(start: StartLog): void {
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

function restarts(start: StartLog): void {
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

function identity(start: StartLog): void {
  test('each topic has an identity of 1 to 64 characters that outlives appends and restarts', async () => {
    const { log, reopen } = await start();
    const before = await Promise.all(topicNames.map(async (topic) => log.identity(topic)));
    for (const id of before) expect(id).toMatch(/^.{1,64}$/);
    await log.append('ticks', 0, Uint8Array.of(1));
    const again = await reopen();
    expect(await Promise.all(topicNames.map(async (topic) => again.identity(topic)))).toEqual(before);
  });

  test('a log that is made anew has another identity', async () => {
    const first = await start();
    const before = await first.log.identity('ticks');
    await first.end();
    const second = await start();
    expect(await second.log.identity('ticks')).not.toBe(before);
  });
}

/** Lets whatever is ready run. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
