/**
 * Blocks kept for rebuilding, and ticks that are not applied where they stand. In: blocks. Out: blocks by number.
 */
import { expect, test } from 'vitest';
import { type Exclusions, isWithin, RetainedLog } from './retained-log.ts';

const bytes = new Uint8Array(1_000);
const extent = { publisherId: 1n, sequenceLow: 1, sequenceHigh: 9, lowSec: 0, highSec: 0 };

test('a block is found by its number until the bound of bytes drops it', () => {
  const log = new RetainedLog(250);
  const numbers = [0, 1, 2, 3].map((offset) => log.add(offset, bytes, 0, 100, extent));
  expect(numbers).toEqual([0, 1, 2, 3]);
  expect(log.block(1)).toBeUndefined();
  expect(log.block(2)).toMatchObject({ offset: 2, position: 200 });
  expect(log.block(4)).toBeUndefined();
});

test('blocks of one record name the record’s first block, where recovery begins', () => {
  const log = new RetainedLog(1_000);
  log.add(7, bytes, 0, 10, extent);
  log.add(8, bytes, 0, 10, extent);
  const second = log.add(8, bytes, 10, 30, extent);
  expect(log.block(second)).toMatchObject({ number: 2, recordNumber: 1, recordPosition: 10 });
});

test('excluded ticks are kept as ranges, and one that is applied after all is taken out of them', () => {
  const log = new RetainedLog(1_000);
  const block = log.add(0, bytes, 0, 10, extent);
  for (const index of [3, 4, 5, 6, 9]) log.exclude(block, index);
  log.include(block, 5);
  log.include(block, 9);
  expect([...log.exclusions]).toEqual([[block, { position: 0, ranges: [3, 5, 6, 7] }]]);
  expect([2, 3, 4, 5, 6, 7, 9].map((index) => isWithin(log.exclusions.get(block) as Exclusions, index))).toEqual([
    false,
    true,
    true,
    false,
    true,
    false,
    false,
  ]);
});

test('more exceptions than the bound make everything before final', () => {
  const log = new RetainedLog(1e9);
  for (let block = 0; block <= 65_536; block += 1) log.exclude(log.add(block, bytes, 0, 1, extent), 0);
  expect(log.floor).toBe(65_537);
  expect(log.exclusions.size).toBe(0);
  expect(log.block(65_536)).toBeUndefined();
});
