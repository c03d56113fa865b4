/** The newest records are in memory, in runs, up to a bound over all places. */
import { expect, test } from 'vitest';
import { LogTail } from './log-tail.ts';

function fill(tail: LogTail, place: number, from: number, to: number, size: number): void {
  for (let offset = from; offset < to; offset += 1) {
    tail.add(place, { offset, appendTimeMs: 0, bytes: new Uint8Array(size) });
  }
}

function offsetsFrom(tail: LogTail, place: number, offset: number, recordsMax = 1_000, bytesMax = 1e9): unknown {
  return tail.from(place, offset, recordsMax, bytesMax)?.map((record) => record.offset);
}

test('a run begins where it was asked for and ends at a limit, but has one record always', () => {
  const tail = new LogTail(2, 1e6);
  fill(tail, 1, 10, 20, 100);
  expect(offsetsFrom(tail, 1, 12)).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
  expect(offsetsFrom(tail, 1, 12, 3)).toEqual([12, 13, 14]);
  expect(offsetsFrom(tail, 1, 12, 10, 250)).toEqual([12, 13]);
  expect(offsetsFrom(tail, 1, 12, 10, 1)).toEqual([12]);
});

test('what is not here is not made up', () => {
  const tail = new LogTail(2, 1e6);
  fill(tail, 1, 10, 20, 100);
  expect(offsetsFrom(tail, 1, 9)).toBeUndefined();
  expect(offsetsFrom(tail, 1, 20)).toBeUndefined();
  expect(offsetsFrom(tail, 0, 0)).toBeUndefined();
});

test('at the bound the place that holds most gives up its oldest, and the small ones keep theirs', () => {
  const tail = new LogTail(3, 1_000_000);
  fill(tail, 0, 0, 100, 100);
  fill(tail, 1, 0, 50_000, 872);
  expect(tail.bytes).toBeLessThanOrEqual(1_000_000);
  expect(offsetsFrom(tail, 0, 0)).toHaveLength(100);
  expect(offsetsFrom(tail, 1, 49_000)).toBeUndefined();
  expect(offsetsFrom(tail, 1, 49_100)).toHaveLength(900);
});

test('a record larger than the bound is not kept, and what follows is', () => {
  const tail = new LogTail(1, 1_000);
  fill(tail, 0, 0, 1, 5_000);
  expect(tail.bytes).toBe(0);
  expect(offsetsFrom(tail, 0, 0)).toBeUndefined();
  fill(tail, 0, 1, 3, 10);
  expect(offsetsFrom(tail, 0, 1)).toEqual([1, 2]);
});
