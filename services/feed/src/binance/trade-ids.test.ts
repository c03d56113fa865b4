/** What ids of trades tell. */
import { expect, test } from 'vitest';
import { TradeIds } from './trade-ids.ts';

test('ids that rise by one are next, lower ones repeats, higher ones jumps with their size and the time before', () => {
  const ids = new TradeIds();
  expect(ids.note('A', 7, 100n)).toEqual({ kind: 'next' });
  expect(ids.note('A', 8, 200n)).toEqual({ kind: 'next' });
  expect(ids.note('A', 8, 200n)).toEqual({ kind: 'repeat' });
  expect(ids.note('A', 3, 50n)).toEqual({ kind: 'repeat' });
  expect(ids.note('A', 12, 300n)).toEqual({ kind: 'jump', missing: 3, fromNs: 200n });
  expect(ids.note('A', 13, 400n)).toEqual({ kind: 'next' });
});

test('each symbol has its own', () => {
  const ids = new TradeIds();
  ids.note('A', 7, 0n);
  expect(ids.note('B', 1, 0n)).toEqual({ kind: 'next' });
});
