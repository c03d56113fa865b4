/** Skew of a real shape: rates by Zipf's law, planned to rest in rounds of few moves (issue 7, proof 4). */
import { expect, test } from 'vitest';
import { planToRest, sceneDataset, scenePolicy, sceneTimeMs } from '../../test-kit/plan-scene.ts';
import { InstrumentMap } from './instrument-map.ts';
import { Placement } from './placement.ts';
import type { MeasuredInstrument } from './plan-types.ts';

const totalTicksPerSec = 800_000;

/** The k-th of `count` symbols has a rate in proportion to k^-`exponent`. */
function zipf(count: number, exponent: number): InstrumentMap<MeasuredInstrument> {
  const weights = Array.from({ length: count }, (_, index) => (index + 1) ** -exponent);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const map = new InstrumentMap<MeasuredInstrument>();
  weights.forEach((weight, index) => {
    map.set(sceneDataset, `S${index}`, { ticksPerSec: (weight / sum) * totalTicksPerSec });
  });
  return map;
}

test.each([
  [4, 16],
  [8, 16],
  [12, 16],
])(
  'Zipf 1.2 over 10,000 symbols, %i partitions grown to %i: the busiest carries at most 1.3 times the mean',
  (base, grown) => {
    const { last, moves, input } = planToRest(
      {
        placement: Placement.atHome(base),
        partitions: grown,
        logTimeMs: sceneTimeMs,
        instruments: zipf(10_000, 1.2),
        policy: { ...scenePolicy, targetTicksPerSec: totalTicksPerSec / grown },
      },
      50,
      ({ next }) => expect(next.moves.length).toBeLessThanOrEqual(scenePolicy.movesMax),
    );
    // Strictly: apart from dedicated partitions, whatever else they are for.
    const others = last.partitions.filter(({ role }) => role !== 'dedicated');
    expect(others).toHaveLength(grown - 4);
    const mean = others.reduce((sum, { after }) => sum + after, 0) / others.length;
    expect(Math.max(...others.map(({ after }) => after)) / mean).toBeLessThanOrEqual(1.3);
    expect(last.skew.after).toBeLessThanOrEqual(1.3);
    // The four heaviest, 38 % of all ticks, have partitions of their own; evening out the rest takes some of the heavy ones.
    for (const symbol of ['S0', 'S1', 'S2', 'S3']) {
      expect(input.placement.overrideOf(sceneDataset, symbol)?.standing).toBe('dedicated');
    }
    expect(moves).toBeLessThanOrEqual(120);
  },
);

test('without a partition to add, the heaviest are left almost alone, and the others are even', () => {
  const { last } = planToRest(
    {
      placement: Placement.atHome(16),
      partitions: 16,
      logTimeMs: sceneTimeMs,
      instruments: zipf(10_000, 1.2),
      policy: { ...scenePolicy, targetTicksPerSec: totalTicksPerSec / 16 },
    },
    50,
  );
  const loads = last.partitions.map(({ after }) => after).toSorted((one, other) => other - one);
  // S0, S1 and S2 are heavier than what each of 16 partitions should carry.
  const alone = [0, 1, 2].map((index) => zipf(10_000, 1.2).get(sceneDataset, `S${index}`)?.ticksPerSec ?? 0);
  const level = (totalTicksPerSec - alone.reduce((sum, load) => sum + load, 0)) / 13;
  expect((loads[3] ?? 0) / level).toBeLessThanOrEqual(1.3);
  for (const index of [0, 1]) expect((alone[index] ?? 0) / (loads[index] ?? 0)).toBeGreaterThanOrEqual(0.9);
  expect(last.stays.slice(0, 4).map(({ stays }) => stays)).toEqual(Array(4).fill('no-free-partition'));
});
