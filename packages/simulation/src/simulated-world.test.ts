/** Worlds and deliveries: the same for the same seed, well formed, and with everything in them that tests are to meet. */
import { TickKind, TimeDomain } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { noFaults } from './faults.ts';
import {
  firstDifference,
  foldOutcomes,
  foldSteps,
  outputTexts,
  restoreFold,
  SnapshotRefusedError,
} from './fold-runs.ts';
import { eventMsOf } from './market-tick.ts';
import { Random } from './random.ts';
import { deliver, type DeliveryStyle } from './simulated-delivery.ts';
import { isAmendment, isTrade } from './simulated-publisher.ts';
import { drawWorld } from './simulated-world.ts';

const style: DeliveryStyle = {
  faults: noFaults,
  gait: 'tracking',
  landingsPerRecordMax: 2,
  progress: true,
  silence: false,
  order: 'mixed',
};
const seeds = Array.from({ length: 200 }, (_, index) => index + 1);

test('a seed gives the same world and the same log', () => {
  const once = (): string => {
    const random = new Random(5);
    const world = drawWorld(random);
    const { records } = deliver(random, world, style);
    return JSON.stringify([world.config, records.map(({ appendTimeMs, bytes }) => [appendTimeMs, [...bytes]])]);
  };
  expect(once()).toBe(once());
});

test('together, worlds have every kind of tick, equal times, ticks out of order, ids, chains and moves', () => {
  const published = seeds.flatMap((seed) => drawWorld(new Random(seed)).published);
  expect(new Set(published.map(({ row }) => row.attributes.kind))).toEqual(new Set(Object.values(TickKind)));
  const pairs = published.slice(1).map((tick, index) => [published[index]?.row ?? tick.row, tick.row] as const);
  expect(pairs.some(([before, after]) => before.symbol === after.symbol && eventMsOf(before) > eventMsOf(after))).toBe(
    true,
  );
  expect(
    pairs.some(([before, after]) => before.symbol === after.symbol && eventMsOf(before) === eventMsOf(after)),
  ).toBe(true);
  const originals = published.filter(isAmendment).map(({ row }) => row.original);
  expect(originals.some((original) => original?.correctedSec !== undefined)).toBe(true);
  expect(originals.some((original) => original?.sequence === 0)).toBe(true);
  expect(published.filter(isTrade).some(({ row }) => row.price > 2 ** 50)).toBe(true);
  expect(published.filter(isTrade).some(({ row }) => row.attributes.conditions.includes('Z'))).toBe(true);
});

test('what a caller insists on is so', () => {
  for (const seed of seeds) {
    const wish = { domains: [TimeDomain.delayed], horizon: 'wide', amendments: false } as const;
    const world = drawWorld(new Random(seed), wish);
    expect(world.publishers.map(({ domain }) => domain)).toEqual([TimeDomain.delayed]);
    expect(world.config.horizonMs).toBeGreaterThan(4 * (world.lastMs - world.firstMs));
  }
});

test('a delivery without faults holds every tick once, and closes every bar', () => {
  for (const seed of seeds) {
    const random = new Random(seed);
    const world = drawWorld(random, { horizon: 'wide' });
    const delivery = deliver(random, world, style);
    expect(delivery.landed).toHaveLength(world.published.length);
    expect([delivery.tickCopies, delivery.voidCopies, delivery.lost.length]).toEqual([world.published.length, 0, 0]);
    const { bars, counters } = foldSteps(world.config, [delivery.records]);
    expect(counters).toMatchObject({ applied: world.published.length, repeats: 0, late: 0, quarantined: 0 });
    expect(bars.every(({ state }) => state !== 'forming')).toBe(true);
  }
});

test('runs of a fold: record by record, and restored', () => {
  const random = new Random(11);
  const world = drawWorld(random);
  const { records, log } = deliver(random, world, style);
  const outcomes = foldOutcomes(world.config, records);
  const { bars, notices, snapshot } = foldSteps(world.config, [records]);
  const texts = outputTexts({ bars, notices });
  expect(outcomes.flatMap((outcome) => outcome.bars)).toEqual(texts.bars);
  const middle = outcomes[Math.floor(records.length / 2)];
  if (middle === undefined) throw new RangeError('there is no record in the middle');
  const fold = restoreFold(world.config, middle.snapshot, log);
  fold.step(records.slice(fold.nextOffset));
  expect(firstDifference(fold.snapshot(), snapshot)).toBeUndefined();
  expect(firstDifference(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe('byte 1 of 2 and 2 is 2 and 3');
  expect(() => restoreFold(world.config, Uint8Array.of(1), log)).toThrow(SnapshotRefusedError);
});
