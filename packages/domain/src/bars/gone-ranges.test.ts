/**
 * Rule T5's memory of bars that left. In: bars. Out: whether a start lies in what left.
 */
import { expect, test } from 'vitest';
import { GoneRanges } from './gone-ranges.ts';

test('neighbouring bars become one range, also when the gap between them is filled', () => {
  const gone = new GoneRanges();
  gone.add(0, 5);
  gone.add(10, 15);
  expect([gone.starts, gone.ends]).toEqual([
    [0, 10],
    [5, 15],
  ]);
  gone.add(5, 10);
  expect([gone.starts, gone.ends]).toEqual([[0], [15]]);
});

test('a bar before the first range and one that joins a later range are put in order', () => {
  const gone = new GoneRanges();
  gone.add(20, 30);
  gone.add(0, 10);
  gone.add(10, 20);
  expect([gone.starts, gone.ends]).toEqual([[0], [30]]);
});

test('a start has left if it lies in a range: from its first second to before its end', () => {
  const gone = new GoneRanges();
  gone.add(10, 20);
  gone.add(40, 50);
  expect([9, 10, 19, 20, 39, 40, 49, 50].map((start) => gone.has(start))).toEqual([
    false,
    true,
    true,
    false,
    false,
    true,
    true,
    false,
  ]);
});

test('beyond 64 ranges the two nearest neighbours merge, and what lies between them counts as left', () => {
  const gone = new GoneRanges();
  for (let index = 0; index < 64; index += 1) gone.add(index * 100, index * 100 + 1);
  gone.add(3_150, 3_151);
  expect(gone.starts).toHaveLength(64);
  expect(gone.has(3_120)).toBe(true);
  expect(gone.has(3_220)).toBe(false);
});
