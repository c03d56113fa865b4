/**
 * The table of bars as it grows. In: more rows than it doubles for. Out: every row has what was written into it; room
 * beyond is reserved, not copied.
 */
import { expect, test } from 'vitest';
import { roomAfter } from './bar-columns.ts';
import { BarRows, RowFlag } from './bar-rows.ts';

test('a table doubles while it is small, reserves once, and doubles again beyond', () => {
  expect(roomAfter(0)).toBe(64);
  expect(roomAfter(64)).toBe(128);
  expect(roomAfter(16_384)).toBe(32_768);
  expect(roomAfter(32_768)).toBe(4_194_304);
  expect(roomAfter(4_194_304)).toBe(8_388_608);
});

test('rows keep their contents when the table gets room, and fresh ones are empty', () => {
  const rows = new BarRows(2);
  const count = 40_000;
  for (let index = 0; index < count; index += 1) {
    const row = rows.add(index, 1, index * 60, index * 60 + 60, 7);
    rows.volume[row * 2 + 1] = index;
    rows.openPublisher[row * 2] = index;
    if (index % 1_000 === 0) rows.exact.put(row * 2, { volume: BigInt(index), notional: 1n });
  }
  expect(rows.capacity).toBe(4_194_304);
  const isKept = (row: number): boolean =>
    rows.startSec[row] === row * 60 &&
    rows.volume[row * 2 + 1] === row &&
    rows.openPublisher[row * 2] === row &&
    rows.high[row * 2] === -Infinity;
  expect(Array.from({ length: count }, (_, row) => row).filter((row) => !isKept(row))).toEqual([]);
  expect(rows.exact.at(39_000 * 2)).toEqual({ volume: 39_000n, notional: 1n });
  expect(rows.exact.at(39_001 * 2)).toBeUndefined();
});

test('a row is taken over by another table with its exact sums, or without its cells', () => {
  const rows = new BarRows(1);
  const row = rows.add(3, 0, 60, 120, 5);
  rows.set(row, RowFlag.closed);
  rows.publishers[row] = 6;
  rows.trades[row] = 9;
  rows.exact.put(row, { volume: 4n, notional: 5n });
  const other = new BarRows(1);
  const whole = other.copy(rows, row, true);
  const bare = other.copy(rows, row, false);
  rows.exact.at(row)!.volume = 0n;
  expect([other.trades[whole], other.exact.at(whole)]).toEqual([9, { volume: 4n, notional: 5n }]);
  expect([other.trades[bare], other.exact.at(bare)]).toEqual([0, undefined]);
  for (const at of [whole, bare]) {
    expect([other.instrument[at], other.startSec[at], other.endSec[at], other.publishers[at]]).toEqual([3, 60, 120, 6]);
    expect(other.has(at, RowFlag.closed)).toBe(true);
  }
});
