/** The log's main-thread part, with threads that do what the test says: bounds, failures, races with retention. */
import { LogError, logRecordBytesMax } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { rejectionOf } from '../test-kit/data-directory.ts';
import { EmbeddedLog, logLimits } from './embedded-log.ts';
import type { AppendAnswer, AppendRequest, LogCalls, PlaceState } from './log-calls.ts';
import { Quota } from './quota.ts';
import type { ReadCalls, ReadRecords } from './read-calls.ts';
import { FailureError } from './sqlite-failure.ts';
import type { ThreadCaller } from './thread-link.ts';

type Threads = {
  append?: (request: AppendRequest) => Promise<AppendAnswer>;
  read?: (offset: number) => Promise<ReadRecords>;
  firstOffsets?: readonly number[];
};

/** A log of one partition whose place of bars keeps 10 records on the disk and none in memory. */
function logOver({ append, read, firstOffsets = [0, 0, 0, 0] }: Threads): EmbeddedLog {
  const empty: PlaceState = { firstOffset: 0, endOffset: 0, lastTimeMs: -Infinity, pinnedOffset: Infinity };
  const answers = async (name: string, request: unknown): Promise<unknown> => {
    if (name === 'append') return append?.(request as AppendRequest);
    if (name === 'records') return read?.((request as { offset: number }).offset);
    return { firstOffsets: Float64Array.from(firstOffsets), more: false, usedBytes: 0 };
  };
  return new EmbeddedLog({
    writer: { call: answers } as ThreadCaller<LogCalls>,
    reader: { call: answers } as ThreadCaller<ReadCalls>,
    clock: new ManualClock(1_000.7),
    quota: new Quota(undefined, () => undefined),
    basePartitions: 1,
    places: [empty, { ...empty, endOffset: 10 }, empty, empty],
    logId: 'the-log',
    observeCommit: () => undefined,
  });
}

function recordsAt(...offsets: number[]): ReadRecords {
  return {
    offsets: Float64Array.from(offsets),
    timesMs: Float64Array.from(offsets, () => 5),
    bytes: offsets.map((offset) => Uint8Array.of(offset)),
  };
}

test('past the bound of what waits for the disk an append is refused, and says to come again', async () => {
  const log = logOver({ append: async () => new Promise(() => undefined) });
  const bytes = new Uint8Array(logRecordBytesMax);
  const pending: Promise<unknown>[] = [log.append('ticks', 0, bytes)];
  await Promise.resolve();
  await Promise.resolve();
  const fit = Math.floor(logLimits.waitingBytesMax / (logRecordBytesMax + 256));
  for (let record = 0; record < fit; record += 1) pending.push(log.append('ticks', 0, bytes));
  const refusal = await rejectionOf(log.append('ticks', 0, bytes));
  expect(refusal).toMatchObject({ code: 'LOG_UNAVAILABLE' });
  expect((refusal as Error).message).toContain('wait for the disk already');
  expect(pending).toHaveLength(fit + 1);
});

test('append times are whole milliseconds, and a group holds its records one after the other', async () => {
  const requests: AppendRequest[] = [];
  const log = logOver({
    append: async (request) => {
      requests.push(request);
      return { offsets: Float64Array.of(0, 0), timesMs: Float64Array.of(1_000, 1_000), usedBytes: 0 };
    },
  });
  await Promise.all([log.append('ticks', 0, Uint8Array.of(1, 2)), log.append('tape', 0, Uint8Array.of(3))]);
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({ nowMs: 1_000, places: Int32Array.of(0, 2), lengths: Int32Array.of(2, 1) });
  expect(new Uint8Array(requests[0]?.bytes ?? new ArrayBuffer(0))).toEqual(Uint8Array.of(1, 2, 3));
});

test('a commit that fails is LOG_UNAVAILABLE for its records, and moves no end', async () => {
  const log = logOver({
    append: async () => {
      throw new FailureError('unavailable', 'disk I/O error', { sqlite: '778' });
    },
  });
  const refusal = await rejectionOf(log.append('ticks', 0, Uint8Array.of(1)));
  expect(refusal).toBeInstanceOf(LogError);
  expect(refusal).toMatchObject({
    code: 'LOG_UNAVAILABLE',
    message: "the log's database failed: disk I/O error (SQLite code 778); it is tried again, but look at the disk",
  });
  expect(await log.range('ticks', 0)).toEqual({ firstOffset: 0, endOffset: 0 });
});

test('a reader that retention overtakes while it reads is told, and is not moved on', async () => {
  const log = logOver({
    firstOffsets: [0, 5, 0],
    read: async () => {
      await log.sweep(0);
      return recordsAt(5, 6);
    },
  });
  const reader = log.open('bars', 0, 2);
  expect(await rejectionOf(reader.next())).toMatchObject({ code: 'OFFSET_BELOW_RETENTION' });
});

test('a hole in the log is told as damage, never passed over', async () => {
  const holes = logOver({ read: async () => recordsAt(5, 6) });
  const refusal = await rejectionOf(holes.open('bars', 0, 4).next());
  expect(refusal).toMatchObject({
    code: 'LOG_UNAVAILABLE',
    message: 'partition 0 of bars has offset 5 where offset 4 should be: the log is damaged; restore it from a copy',
  });
  const nothing = logOver({ read: async () => recordsAt() });
  expect(await rejectionOf(nothing.open('bars', 0, 4).next())).toMatchObject({ code: 'LOG_UNAVAILABLE' });
});

test('a read that fails can be tried again by the same reader, from the same offset', async () => {
  let fails = true;
  const log = logOver({
    read: async (offset) => {
      if (fails) throw new FailureError('unavailable', 'disk I/O error');
      return recordsAt(offset);
    },
  });
  const reader = log.open('bars', 0, 4);
  expect(await rejectionOf(reader.next())).toMatchObject({ code: 'LOG_UNAVAILABLE' });
  fails = false;
  expect(await reader.next()).toMatchObject([{ offset: 4 }]);
  expect(await reader.next()).toMatchObject([{ offset: 5 }]);
});
