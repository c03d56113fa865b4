/** The level to which partitions fill, the bounds around it, and which item a partition gives: worked out by hand. */
import { expect, test } from 'vitest';
import type { PlanItem } from './plan-item.ts';
import { SpreadDonor } from './spread-donor.ts';
import { SpreadLevel } from './spread-level.ts';

test.each([
  ['even ones fill all partitions', [20, 20, 20, 20, 20], 4, 25],
  ['one that is heavier than the level fills a partition alone', [70, 10, 10, 10], 4, 10],
  ['what is heavy only beside the others that are left counts as well', [50, 30, 10, 10], 4, 10],
  ['as many heavy ones as partitions leave the last one', [50, 40], 2, 40],
  ['more heavy ones than partitions share the last one', [100, 40, 30], 2, 70],
  ['nothing', [], 3, 0],
])('the level: %s', (_, heavyFirst, partitions, level) => {
  expect(new SpreadLevel(heavyFirst, partitions, 1.3, 100).level).toBe(level);
});

test('relief begins above the skew and ends half way, or where the heaviest makes nearly all of it', () => {
  const level = new SpreadLevel([100, 100, 100, 100], 4, 1.5, 1_000);
  expect([level.relieveAbove(100), level.relieveTo(100)]).toEqual([150, 125]);
  expect([level.relieveAbove(180), level.relieveTo(190)]).toEqual([200, 200]);
  expect([level.fillBelow, level.fillTo, level.roomTo]).toEqual([50, 75, 125]);
});

test('what is quiet is neither relieved nor filled', () => {
  const level = new SpreadLevel([10, 10], 2, 1.4, 1_000);
  expect([level.quiet, level.relieveAbove(0), level.fillBelow, level.fillTo, level.roomTo]).toEqual([20, 20, 0, 0, 20]);
});

function item(symbol: string, milli: number, pinnedTo?: number): PlanItem {
  const from = { partition: 0, epoch: 0 };
  const where = { from, first: 0, partition: 0, pinnedTo, standing: undefined };
  return { dataset: 'd', symbol, milli, isPending: false, waitMs: 0, isMoved: false, ...where };
}

function donor(rates: readonly number[], fixed: readonly number[] = [], pinned: readonly number[] = []): SpreadDonor {
  const items = [
    ...rates.map((rate, index) => item(`m${index}`, rate)),
    ...fixed.map((rate, index) => item(`f${index}`, rate)),
    ...pinned.map((rate, index) => item(`p${index}`, rate, 0)),
  ];
  return new SpreadDonor(items, ({ symbol }) => symbol.startsWith('m'));
}

test.each([
  ['the heaviest that leaves the giver at the level', donor([250, 100, 50]), [400, 0, 275], 100],
  ['the heaviest that leaves the taker at the level', donor([250, 100, 50]), [400, 200, 275], 50],
  ['of one rate the first by name', donor([50, 50, 50]), [400, 200, 275], 50],
  ['the lightest worthwhile one if all are too heavy', donor([200, 180]), [380, 100, 280], 180],
  ['nothing if none is worthwhile', donor([200, 180]), [380, 170, 280], undefined],
  ['not what is heavier than the level and alone in that', donor([300, 20]), [320, 0, 100], 20],
  ['nothing if there is only that', donor([300]), [300, 0, 100], undefined],
  ['first the second of two that are heavier than the level', donor([300, 200, 20]), [520, 0, 100], 200],
  ['the one that is heavier than the level if what stays is heavier yet', donor([150, 20], [300]), [470, 0, 100], 150],
  ['nothing that is pinned, whose sum cannot be parted', donor([30], [], [90, 90]), [210, 0, 100], 30],
  ['down to what is pinned and not below', donor([30, 10], [], [90, 90]), [200, 0, 100], 10],
  ['nothing that may not move', donor([], [50, 60]), [110, 0, 50], undefined],
] as const)('a partition gives %s', (_, giver, [from, to, level], milli) => {
  expect(giver.best(from, to, level)?.milli).toBe(milli);
});

test('what was given is not given again', () => {
  const giver = donor([50, 50, 40]);
  const first = giver.best(400, 200, 275);
  expect(first?.symbol).toBe('m1');
  if (first !== undefined) giver.remove(first);
  expect([giver.best(350, 225, 275)?.symbol, giver.heaviest]).toEqual(['m0', 50]);
  giver.remove(item('unknown', 50));
  expect(giver.heaviest).toBe(50);
});
