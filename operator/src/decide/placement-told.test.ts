/** What a status tells of rates and skew stays while they breathe, and follows when they change much. */
import { expect, test } from 'vitest';
import { hotToldMax } from '../crd/placement-status-schema.ts';
import type { SeenRate } from '../observe/seen-placement.ts';
import { placementOf } from '../../test-kit/stream-world.ts';
import { toldHot, toldMoves, toldOrder, toldPlan, toldRate, toldSkew } from './placement-told.ts';

function busy(symbol: string, ticksPerSec: number, partition = 0): SeenRate {
  return { dataset: 'sim', symbol, ticksPerSec, partition, isDedicated: false };
}

test('a rate has one significant digit', () => {
  expect([0, 0.2, 1, 9.6, 14, 4_499, 95_000].map(toldRate)).toEqual([0, 1, 1, 10, 10, 4_000, 100_000]);
});

test('the skew is told in tens, and stays while it is less than one step away', () => {
  expect(toldSkew(undefined, 1.34)).toBe(130);
  expect(toldSkew(130, 1.39)).toBe(130);
  expect(toldSkew(130, 1.21)).toBe(130);
  expect(toldSkew(130, 1.4)).toBe(140);
});

test('the busiest stay as told while none doubles, halves, moves or is another', () => {
  const told = toldHot([], [busy('A', 10_000), busy('B', 4_000)]);
  expect(told.map(({ ticksPerSecond }) => ticksPerSecond)).toEqual([10_000, 4_000]);
  expect(toldHot(told, [busy('B', 7_900), busy('A', 5_100)])).toBe(told);
  expect(toldHot(told, [busy('A', 21_000), busy('B', 4_000)])).not.toBe(told);
  expect(toldHot(told, [busy('A', 10_000, 3), busy('B', 4_000)])[0]?.partition).toBe(3);
  expect(toldHot(told, [busy('A', 10_000), busy('C', 4_000)])[1]?.symbol).toBe('C');
  expect(
    toldHot(
      [],
      Array.from({ length: 30 }, (_, n) => busy(`S${n}`, 100)),
    ),
  ).toHaveLength(hotToldMax);
});

test('counts of what broke order fall only once every partition reports', () => {
  const before = { declaredGaps: 5, violations: 1 };
  expect(toldOrder(before, { declaredGaps: 2, violations: 0, reporting: 3 }, 4)).toEqual(before);
  expect(toldOrder(before, { declaredGaps: 6, violations: 0, reporting: 3 }, 4)).toEqual({
    ...before,
    declaredGaps: 6,
  });
  expect(toldOrder(before, { declaredGaps: 2, violations: 0, reporting: 4 }, 4)).toEqual({
    declaredGaps: 2,
    violations: 0,
  });
});

test('lists are cut, and no plan is told as none', () => {
  const move = { dataset: 'sim', epoch: 3, from: 0, to: 1, phase: 'Published' as const, sinceMs: 0 };
  const moves = Array.from({ length: 70 }, (_, n) => ({ ...move, symbol: `S${n}` }));
  expect(toldMoves(moves)).toHaveLength(50);
  expect(toldMoves(moves)[0]).toEqual({
    dataset: 'sim',
    symbol: 'S0',
    epoch: 3,
    from: 0,
    to: 1,
    phase: 'Published',
    since: '1970-01-01T00:00:00Z',
  });
  expect(toldPlan(placementOf())).toBeUndefined();
});
