/** A reader that follows a log hands out each record once, misses no change and ends when it or its log is closed. */
import { expect, test } from 'vitest';
import { LogChanges } from './log-changes.ts';
import { SequencedReader } from './sequenced-reader.ts';

type Entry = { readonly offset: number };

/** A log whose offsets have holes; two records at once. */
class GrowingLog {
  readonly changes = new LogChanges();
  readonly loads: number[] = [];
  entries: Entry[] = [];
  closed = false;
  problem: Error | undefined;
  /** Runs while a load is under way. */
  meanwhile: () => void = () => undefined;

  append(...offsets: number[]): void {
    this.entries.push(...offsets.map((offset) => ({ offset })));
    this.changes.tell();
  }

  async load(offset: number): Promise<readonly Entry[]> {
    this.loads.push(offset);
    if (this.problem !== undefined) throw this.problem;
    const found = this.entries.filter((entry) => entry.offset >= offset).slice(0, 2);
    await Promise.resolve();
    this.meanwhile();
    return found;
  }

  isClosed(): boolean {
    return this.closed;
  }
}

function follow(log: GrowingLog, offset = 0): { next: () => Promise<number[] | undefined>; close(): Promise<void> } {
  const reader = new SequencedReader<Entry>(log, offset);
  return {
    next: async () => (await reader.next())?.map((entry) => entry.offset),
    close: async () => reader.close(),
  };
}

test('calls that are not awaited hand out each record once, in order, across holes', async () => {
  const log = new GrowingLog();
  log.append(0, 1, 5, 9, 10);
  const reader = follow(log, 1);
  expect(await Promise.all([reader.next(), reader.next()])).toEqual([
    [1, 5],
    [9, 10],
  ]);
  expect(log.loads).toEqual([1, 6]);
});

test('at the end it waits, and what is appended while it looks is not missed', async () => {
  const log = new GrowingLog();
  const reader = follow(log);
  let isAppended = false;
  log.meanwhile = () => {
    if (!isAppended) log.append(3);
    isAppended = true;
  };
  expect(await reader.next()).toEqual([3]);
  const waiting = reader.next();
  log.changes.tell();
  log.append(4);
  expect(await waiting).toEqual([4]);
});

test('a call that rejects leaves the reader where it was, and the next one goes on', async () => {
  const log = new GrowingLog();
  log.append(0, 1, 2);
  const reader = follow(log);
  expect(await reader.next()).toEqual([0, 1]);
  log.problem = new Error('no answer');
  await expect(reader.next()).rejects.toThrow('no answer');
  log.problem = undefined;
  expect(await reader.next()).toEqual([2]);
});

test.each(['reader', 'log'] as const)('closing the %s ends a call that waits, and all after it', async (closed) => {
  const log = new GrowingLog();
  const reader = follow(log);
  const waiting = [reader.next(), reader.next()];
  if (closed === 'reader') await reader.close();
  else {
    log.closed = true;
    log.changes.tell();
  }
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  log.append(0);
  expect(await reader.next()).toBeUndefined();
  await reader.close();
});

test('records that come when the reader was closed are not handed out, and others of the log read on', async () => {
  const log = new GrowingLog();
  const [left, right] = [follow(log), follow(log)];
  log.append(0);
  let closing: Promise<void> | undefined;
  log.meanwhile = () => {
    closing ??= left.close();
  };
  expect(await left.next()).toBeUndefined();
  await closing;
  expect(await right.next()).toEqual([0]);
});
