/** Laws 2 to 4: how a publisher's ticks reach the log, and how often, changes no final bar. */
import { TimeDomain } from '@tapeline/domain';
import { deliver, drawWorld, foldSteps } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { calmStyle, drawStyle, nothingGivenUp } from './fault-mixes.ts';
import { differences, finalTexts, nameOf, tickName } from './final-bars.ts';
import { forEachSeed } from './seeds.ts';

const loneShare = 0.12;

test('a lone replay or delayed publisher gives the same final bars, revision and state too, through resends, repeats, redelivery and held ticks', () => {
  const census = new Census('deliveries of a lone publisher');
  forEachSeed(loneShare, (random) => {
    const domain = random.choice([TimeDomain.replay, TimeDomain.delayed]);
    const world = drawWorld(random, { domains: [domain] });
    const calm = deliver(random, world, calmStyle(random));
    const disturbed = deliver(random, world, drawStyle(random, nothingGivenUp));
    const undisturbed = foldSteps(world.config, [calm.records]);
    const trace = foldSteps(world.config, [disturbed.records]);
    expect(trace.counters.gapsDeclared).toBe(0);
    expect(finalTexts(trace.bars)).toEqual(finalTexts(undisturbed.bars));
    const late = (notices: typeof trace.notices): string[] =>
      notices
        .filter(({ code }) => code === 'LATE')
        .map(tickName)
        .toSorted();
    expect(late(trace.notices)).toEqual(late(undisturbed.notices));
    const { repeats, amendments } = trace.counters;
    const revised = trace.bars.some(({ state }) => state === 'revised');
    census.count({
      repeats,
      late: trace.counters.late,
      amendments,
      revised,
      twice: disturbed.tickCopies > calm.tickCopies,
    });
  });
  census.close(loneShare, { repeats: 0.5, late: 0.15, amendments: 0.25, revised: 0.25 });
});

const anyShare = 0.1;

test('any publishers give the final bars of the reference through resends, repeats, redelivery and held ticks', () => {
  const census = new Census('deliveries of any publishers');
  forEachSeed(anyShare, (random) => {
    const world = drawWorld(random, { horizon: 'wide', amendments: false });
    const delivery = deliver(random, world, drawStyle(random, { ...nothingGivenUp, gaits: ['still', 'stepping'] }));
    const trace = foldSteps(world.config, [delivery.records]);
    expect(trace.counters.late).toBe(0);
    expect(trace.counters.applied).toBe(new Set(world.published.map(nameOf)).size);
    expect(differences(world, trace, delivery.landed)).toEqual([]);
    const { repeats, gapsDeclared } = trace.counters;
    census.count({ repeats, gaps: gapsDeclared, several: world.publishers.length > 1 });
  });
  census.close(anyShare, { repeats: 0.5, several: 0.5 });
});
