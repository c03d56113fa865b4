/**
 * What every log of placement must do, whatever it stands on. In: a way to make one that is new. Out: tests of the seam `ControlLog`.
 * Nothing here knows an implementation; compaction is asked for only where a test can make it happen.
 */
import { type ControlLog, type ControlLogReader, type ControlLogRecord, controlRecordBytesMax } from '@tapeline/domain';
import { afterEach, describe, expect, test } from 'vitest';
import { refused } from './log-under-test.ts';

/** A log of placement under test. */
export type ControlLogUnderTest = {
  readonly log: ControlLog;
  /** A client of another process on the same log; absent where there can be none. */
  readonly beside?: () => Promise<ControlLog>;
  /** Closes the log and opens what it kept, as a new process would. */
  readonly reopen: () => Promise<ControlLog>;
  /** Lets what later records of the same key made superfluous leave. */
  readonly compact?: () => Promise<void>;
  readonly end: () => Promise<void>;
};

/** What a test can do with a kind of log. */
export type ControlLogCapabilities = {
  /** It brings `beside`. */
  readonly shares?: boolean;
  /** It brings `compact`. */
  readonly compacts?: boolean;
  /** None can be made here, because its servers are missing. */
  readonly isMissing?: boolean;
};

type Start = () => Promise<ControlLogUnderTest>;

/** Tests of a kind of log. */
export function controlLogSuite(
  name: string,
  make: () => Promise<ControlLogUnderTest>,
  can: ControlLogCapabilities,
): void {
  let made: ControlLogUnderTest | undefined;
  const start = async (): Promise<ControlLogUnderTest> => (made = await make());
  afterEach(async () => {
    await made?.end();
    made = undefined;
  });
  describe.skipIf(can.isMissing === true)(`${name} as control (needs its servers: install Java 17 and Maven)`, () => {
    appends(start);
    reads(start);
    ends(start);
    refusals(start);
    lasts(start);
    if (can.shares === true) sharing(start);
    if (can.compacts === true) compaction(start);
  });
}

/** The value of a record, as the number that stands in it. */
function valueOf({ bytes }: ControlLogRecord): number | undefined {
  return bytes?.[0];
}

/** Everything from the oldest kept record up to the end of now. */
async function readAll(log: ControlLog): Promise<ControlLogRecord[]> {
  const endOffset = await log.endOffset();
  const reader = log.open();
  const records = await readTo(reader, endOffset);
  await reader.close();
  return records;
}

async function readTo(reader: ControlLogReader, endOffset: number): Promise<ControlLogRecord[]> {
  const records: ControlLogRecord[] = [];
  while ((records.at(-1)?.offset ?? -1) < endOffset - 1) {
    const next = await reader.next();
    if (next === undefined) throw new Error('the reader was closed');
    expect(next.length).toBeGreaterThan(0);
    records.push(...next);
  }
  return records;
}

/** What a reader that takes the last record of each key has in the end. */
function lastOfEach(records: readonly ControlLogRecord[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const record of records) {
    const value = valueOf(record);
    if (value === undefined) last.delete(record.key);
    else last.set(record.key, value);
  }
  return last;
}

function appends(start: Start): void {
  test('a record is read back with its key, value, offset and append time', async () => {
    const { log } = await start();
    expect(await log.endOffset()).toBe(0);
    const bytes = Uint8Array.of(0, 1, 2, 3, 4).subarray(1, 4);
    const appended = log.append('map/7/12', bytes);
    bytes.fill(9);
    const { offset, appendTimeMs } = await appended;
    expect(await log.endOffset()).toBe(offset + 1);
    expect(await readAll(log)).toEqual([{ offset, appendTimeMs, key: 'map/7/12', bytes: Uint8Array.of(1, 2, 3) }]);
  });

  test('no value, a value of no bytes and a key of any letters are three different things', async () => {
    const { log } = await start();
    await log.append('report/é/語/😀', Uint8Array.of(1));
    await log.append('empty', new Uint8Array(0));
    await log.append('gone', undefined);
    expect((await readAll(log)).map(({ key, bytes }) => [key, bytes === undefined ? undefined : [...bytes]])).toEqual([
      ['report/é/語/😀', [1]],
      ['empty', []],
      ['gone', undefined],
    ]);
  });

  test('appends that nobody awaits land in the order of the calls, and their times do not go back', async () => {
    const { log } = await start();
    const values = Array.from({ length: 100 }, (_, value) => value);
    const appended = await Promise.all(values.map(async (value) => log.append(`key/${value}`, Uint8Array.of(value))));
    const records = await readAll(log);
    expect(records.map(valueOf)).toEqual(values);
    expect(records.map(({ offset, appendTimeMs }) => ({ offset, appendTimeMs }))).toEqual(appended);
    const times = appended.map(({ appendTimeMs }) => appendTimeMs);
    expect(times).toEqual([...times].sort((left, right) => left - right));
  });
}

function reads(start: Start): void {
  test('a reader follows what is appended, and two readers each get everything', async () => {
    const { log } = await start();
    const early = log.open();
    const waits = early.next();
    await log.append('a', Uint8Array.of(1));
    expect((await waits)?.map(valueOf)).toEqual([1]);
    const next = early.next();
    await log.append('b', Uint8Array.of(2));
    expect((await next)?.map(valueOf)).toEqual([2]);
    expect((await readAll(log)).map(valueOf)).toEqual([1, 2]);
    await early.close();
  });

  test('calls of next that are not awaited do not get the same records', async () => {
    const { log } = await start();
    const reader = log.open();
    const both = [reader.next(), reader.next()];
    await log.append('a', Uint8Array.of(1));
    expect((await both[0])?.map(valueOf)).toEqual([1]);
    await log.append('b', Uint8Array.of(2));
    expect((await both[1])?.map(valueOf)).toEqual([2]);
    await reader.close();
  });

  test('many large records come whole and in order', async () => {
    const { log } = await start();
    const values = Array.from({ length: 12 }, (_, value) => value);
    for (const value of values) await log.append(`large/${value}`, new Uint8Array(600_000).fill(value));
    const records = await readAll(log);
    expect(records.map(({ bytes }) => [bytes?.length, bytes?.[0], bytes?.at(-1)])).toEqual(
      values.map((value) => [600_000, value, value]),
    );
  });

  test('whoever keeps the last record of each key has the same whenever he begins to read', async () => {
    const { log } = await start();
    const live = log.open();
    for (let round = 0; round < 30; round += 1) {
      await log.append(`key/${round % 4}`, round % 7 === 6 ? undefined : Uint8Array.of(round));
    }
    const endOffset = await log.endOffset();
    const seen = await readTo(live, endOffset);
    await live.close();
    const late = await readAll(log);
    expect(lastOfEach(late)).toEqual(lastOfEach(seen));
    expect(late.at(-1)?.offset).toBe(endOffset - 1);
    const offsets = late.map(({ offset }) => offset);
    expect(offsets).toEqual([...new Set(offsets)].sort((left, right) => left - right));
  });
}

function ends(start: Start): void {
  test('closing a reader ends its wait, and then there is nothing more; twice is as good as once', async () => {
    const { log } = await start();
    const reader = log.open();
    const next = reader.next();
    await reader.close();
    expect(await next).toBeUndefined();
    await reader.close();
    expect(await reader.next()).toBeUndefined();
  });

  test('a closed log ends every wait and says that it is closed', async () => {
    const { log } = await start();
    const waits = log.open().next();
    await log.append('a', Uint8Array.of(1));
    expect((await waits)?.map(valueOf)).toEqual([1]);
    const wait = log.open();
    await wait.next();
    const next = wait.next();
    await log.close();
    expect(await next).toBeUndefined();
    await refused('LOG_CLOSED', async () => log.append('a', Uint8Array.of(1)));
    await refused('LOG_CLOSED', async () => log.endOffset());
    await refused('LOG_CLOSED', async () => log.open().next());
    await log.close();
  });
}

function refusals(start: Start): void {
  test('a key that is none or a value above the limit is refused and leaves no trace; at the limit it lands', async () => {
    const { log } = await start();
    await refused('RECORD_TOO_LARGE', async () => log.append('', Uint8Array.of(1)));
    await refused('RECORD_TOO_LARGE', async () => log.append('k'.repeat(201), Uint8Array.of(1)));
    await refused('RECORD_TOO_LARGE', async () => log.append('k', new Uint8Array(controlRecordBytesMax + 1)));
    expect(await log.endOffset()).toBe(0);
    await log.append('語'.repeat(200), new Uint8Array(controlRecordBytesMax).fill(3));
    const [record, ...others] = await readAll(log);
    expect(others).toEqual([]);
    expect([record?.key.length, record?.bytes?.length]).toEqual([200, controlRecordBytesMax]);
  });
}

function lasts(start: Start): void {
  test('everything is there after a restart, and offsets and times go on', async () => {
    const { log, reopen } = await start();
    await log.append('claim/1', Uint8Array.of(1));
    const { offset, appendTimeMs } = await log.append('map/1/1', Uint8Array.of(2));
    const again = await reopen();
    expect(await again.endOffset()).toBe(offset + 1);
    const next = await again.append('claim/2', Uint8Array.of(3));
    expect(next.offset).toBeGreaterThan(offset);
    expect(next.appendTimeMs).toBeGreaterThanOrEqual(appendTimeMs);
    expect((await readAll(again)).map(({ key, bytes }) => [key, bytes?.[0]])).toEqual([
      ['claim/1', 1],
      ['map/1/1', 2],
      ['claim/2', 3],
    ]);
  });
}

function sharing(start: Start): void {
  test('two processes see one order, and each the records of the other', async () => {
    const { log, beside } = await start();
    if (beside === undefined) throw new TypeError('a log that is shared has to bring `beside`');
    const other = await beside();
    const follows = other.open();
    const turns = Array.from({ length: 20 }, (_, turn) => turn);
    await Promise.all(turns.map(async (turn) => (turn % 2 === 0 ? log : other).append('turn', Uint8Array.of(turn))));
    const endOffset = await log.endOffset();
    const seen = (await readTo(follows, endOffset)).map(valueOf);
    expect(seen.filter((value) => (value ?? 0) % 2 === 0)).toEqual(turns.filter((turn) => turn % 2 === 0));
    expect(seen.filter((value) => (value ?? 0) % 2 === 1)).toEqual(turns.filter((turn) => turn % 2 === 1));
    expect((await readAll(log)).map(valueOf)).toEqual(seen);
    await follows.close();
    await other.close();
    await log.append('turn', Uint8Array.of(99));
  });
}

function compaction(start: Start): void {
  test('compaction leaves the last of each key, a reader in the middle goes on, and the end is reached', async () => {
    const { log, compact } = await start();
    if (compact === undefined) throw new TypeError('a log that compacts has to bring `compact`');
    const reader = log.open();
    await log.append('first', Uint8Array.of(200));
    expect((await reader.next())?.map(valueOf)).toEqual([200]);
    // Several at a time, so that a batch may lose some of its records.
    for (let round = 0; round < 8; round += 1) {
      const values = [0, 1, 2, 3, 4].map((turn) => round * 5 + turn);
      await Promise.all(values.map(async (value) => log.append(`key/${value % 7}`, Uint8Array.of(value))));
    }
    await log.append('key/0', undefined);
    const before = lastOfEach(await readAll(log));
    await compact();
    const kept = await readAll(log);
    expect(kept.length).toBeLessThan(42);
    expect(lastOfEach(kept)).toEqual(before);
    const endOffset = await log.endOffset();
    expect(kept.at(-1)?.offset).toBe(endOffset - 1);
    const rest = await readTo(reader, endOffset);
    expect(new Map([['first', 200], ...lastOfEach(rest)])).toEqual(before);
    const { offset } = await log.append('key/1', Uint8Array.of(77));
    expect(offset).toBe(endOffset);
    expect((await reader.next())?.map(valueOf)).toEqual([77]);
    await reader.close();
  });
}
