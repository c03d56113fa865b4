/** Rules F1 to F6: what overtakes is held, what never comes is one declared gap, what comes after all counts once. */
import { deliver, drawWorld, foldSteps, isLive } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { chainAccounts } from './chain-accounts.ts';
import { drawStyle } from './fault-mixes.ts';
import { countedTicks, differences, nameOf } from './final-bars.ts';
import { forEachSeed } from './seeds.ts';

const share = 0.12;

test('ticks overtaken, given up, resent late or never, and Voids are applied, held, dropped and declared as the chain says', () => {
  const census = new Census('gaps');
  forEachSeed(share, (random) => {
    const world = drawWorld(random, { horizon: 'wide', amendments: random.chance(0.2) });
    const delivery = deliver(
      random,
      world,
      drawStyle(random, { gaps: true, refusals: true, gaits: ['still', 'stepping'] }),
    );
    const trace = foldSteps(world.config, [delivery.records]);
    const accounts = chainAccounts(delivery);
    const applied = accounts.flatMap((account) => account.applied.map(({ tick }) => nameOf(tick)));
    const sum = (of: (account: (typeof accounts)[number]) => number): number =>
      accounts.reduce((all, account) => all + of(account), 0);
    const { counters } = trace;
    expect(counters).toMatchObject({
      applied: applied.length,
      repeats: sum(({ repeats }) => repeats),
      voided: sum(({ voided }) => voided),
      gapsDeclared: sum(({ gaps }) => gaps.length),
      quarantined: 0,
      late: 0,
    });
    // Once each: what is durable counts, whatever happened on its way.
    expect(applied.toSorted()).toEqual(delivery.landed.map(nameOf).toSorted());
    expect(declared(trace.notices)).toEqual(
      accounts.flatMap(({ key, gaps }) => gaps.map(({ first, last }) => `${key} ${first} ${last}`)).toSorted(),
    );
    expect(differences(world, trace, countedTicks(delivery, trace))).toEqual([]);
    const lost = delivery.lost.length;
    const throughHole = accounts.some((account) => account.throughHole > 0);
    census.count({
      held: sum(({ heldEver }) => heldEver),
      gaps: counters.gapsDeclared,
      lost,
      throughHole,
      voids: counters.voided,
      live: world.publishers.some(isLive),
    });
  });
  census.close(share, { held: 0.4, gaps: 0.15, lost: 0.1, throughHole: 0.1, voids: 0.2 });
});

function declared(
  notices: readonly {
    code: string;
    dataset: string;
    symbol: string;
    publisher: string;
    sequence: number;
    sequenceLast: number;
  }[],
): string[] {
  return notices
    .filter(({ code }) => code === 'GAP_DECLARED')
    .map(
      ({ dataset, symbol, publisher, sequence, sequenceLast }) =>
        `${dataset} ${symbol} ${publisher} ${sequence} ${sequenceLast}`,
    )
    .toSorted();
}
