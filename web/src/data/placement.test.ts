/** The placement as a server tells it, also one of another version. */
import { expect, test } from 'vitest';
import { readPlacement } from './placement.ts';

test('what an answer lacks is empty, and numbers that nobody reported are not made up', () => {
  const read = readPlacement({
    partitions: [{ partition: 3, lagMs: null, top: [{ symbol: 'SPY', ticksPerSecond: 5 }, null] }, 7],
    moves: [{ symbol: 'SPY', to: 2, from: null, phase: 'somewhere' }],
    recent: [{ symbol: 'QQQ', phase: 'arrived', leftMs: 40, arrivedMs: 52 }],
    skew: null,
  });
  expect(read).toMatchObject({ hasMap: false, epoch: 0, skew: Number.NaN, instrument: undefined });
  expect(read?.partitions).toMatchObject([
    { partition: 3, lagMs: Number.NaN, isSilent: false, worker: '', top: [{ symbol: 'SPY' }, { symbol: '' }] },
    { partition: 0 },
  ]);
  expect(read?.moves).toMatchObject([{ from: Number.NaN, to: 2, phase: 'published', pauseMs: Number.NaN }]);
  expect(read?.recent).toMatchObject([{ phase: 'arrived', pauseMs: 12 }]);
  expect([readPlacement(null), readPlacement('no')]).toEqual([undefined, undefined]);
});
