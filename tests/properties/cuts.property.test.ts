/** Law 1: how records are cut into steps changes nothing. */
import { PartitionFold } from '@tapeline/domain';
import { cutAtRandom, deliver, drawWorld, firstDifference, foldOutcomes, outputTexts } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { drawStyle, everyFault } from './fault-mixes.ts';
import { forEachSeed } from './seeds.ts';

const share = 0.1;

test('any cut of the records into steps gives the same outputs and the same snapshots', () => {
  const census = new Census('cuts');
  forEachSeed(share, (random) => {
    const world = drawWorld(random, { smallRetention: random.chance(0.1) });
    const { records } = deliver(random, world, drawStyle(random, everyFault));
    const outcomes = foldOutcomes(world.config, records);
    const fold = PartitionFold.start(world.config);
    const steps = cutAtRandom(random, records, random.choice([2, 7, records.length]));
    for (const step of steps) {
      const offset = step[0]?.offset ?? 0;
      const expected = outcomes.slice(offset, offset + step.length);
      const { bars, notices } = outputTexts(fold.step(step));
      expect(bars).toEqual(expected.flatMap((outcome) => outcome.bars));
      expect(notices).toEqual(expected.flatMap((outcome) => outcome.notices));
      const { snapshot } = outcomes[offset + step.length - 1] ?? fail();
      expect(firstDifference(snapshot, fold.snapshot())).toBeUndefined();
    }
    const { counters } = fold;
    const { late, gapsDeclared, amendments, barsEmitted } = counters;
    census.count({ cuts: records.length - steps.length, bars: barsEmitted, late, gaps: gapsDeclared, amendments });
  });
  census.close(share, { cuts: 0.9, bars: 0.9, late: 0.1, gaps: 0.1, amendments: 0.2 });
});

function fail(): never {
  throw new RangeError('a step has records that were not folded one by one');
}
