/**
 * The last word. In: instruments, a bound a message, reconnects. Out: all of them, in messages of that size, until settled.
 */
import { expect, test } from 'vitest';
import { EndOfInstruments } from './end-of-instruments.ts';

test('it goes out in bounded messages, again after a reconnect, until all of it is settled', () => {
  const end = new EndOfInstruments(
    [
      ['A', 1],
      ['B', 2],
      ['C', 3],
    ],
    2,
  );
  expect(end.take(2)).toHaveLength(2);
  end.settle(2);
  expect(end.isSettled).toBe(false);
  end.rewind();
  expect([end.take(2), end.take(3), end.take(4)]).toEqual([
    [
      { symbol: 'A', link: 1n },
      { symbol: 'B', link: 2n },
    ],
    [{ symbol: 'C', link: 3n }],
    undefined,
  ]);
  end.settle(2);
  expect(end.isSettled).toBe(false);
  end.settle(3);
  expect(end.isSettled).toBe(true);
  end.rewind();
  expect(end.take(5)).toBeUndefined();
});

test('an end of nothing is settled', () => {
  expect(new EndOfInstruments([], 2).isSettled).toBe(true);
});
