/** Laws 3 and 8: every tick in the log is counted once, or told once; the counters add up to what was sent. */
import type { Notice } from '@tapeline/domain';
import { deliver, drawWorld, foldSteps } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { chainAccounts } from './chain-accounts.ts';
import { drawStyle, everyFault } from './fault-mixes.ts';
import { countedTicks, differences, nameOf, tickName } from './final-bars.ts';
import { forEachSeed } from './seeds.ts';

const share = 0.1;

test('what was sent is what was counted, repeated, voided or told, each tick exactly once', () => {
  const census = new Census('accounting');
  forEachSeed(share, (random) => {
    // A bar that left stays as it is, though a trade that is first of its date comes later for another publisher's bar;
    // the reference cannot know which did, so conditions are for wide horizons.
    const wish = random.chance(0.5)
      ? ({ horizon: 'tight', conditions: false } as const)
      : ({ horizon: 'wide' } as const);
    const world = drawWorld(random, wish);
    const delivery = deliver(random, world, drawStyle(random, everyFault));
    const trace = foldSteps(world.config, [delivery.records]);
    const { counters, notices } = trace;
    const accounts = chainAccounts(delivery);
    const sum = (of: (account: (typeof accounts)[number]) => number): number =>
      accounts.reduce((all, account) => all + of(account), 0);
    const [held, replaced] = [sum((account) => account.held), sum((account) => account.replaced)];
    expect(held).toBe(0);
    const sent = delivery.tickCopies + delivery.voidCopies;
    expect(counters.applied + counters.repeats + counters.voided + counters.quarantined + replaced).toBe(sent);
    expect(counters.applied).toBe(delivery.landed.length);
    expect(told(notices, 'LATE')).toHaveLength(counters.late);
    expect(notices.filter(({ code }) => code === 'GAP_DECLARED')).toHaveLength(counters.gapsDeclared);
    expect(new Set(told(notices, 'ORIGINAL_FINAL')).size + new Set(told(notices, 'ORIGINAL_UNKNOWN')).size).toBe(
      counters.amendmentsUnmatched,
    );
    const late = told(notices, 'LATE');
    expect(new Set(late).size).toBe(late.length);
    const landed = new Set(delivery.landed.map(nameOf));
    expect(late.filter((name) => !landed.has(name))).toEqual([]);
    // The bars hold each of the others once: the reference counts every tick of the set once.
    expect(differences(world, trace, countedTicks(delivery, trace))).toEqual([]);
    expect(trace.bars).toHaveLength(counters.barsEmitted);
    census.count({
      late: late.length,
      repeats: counters.repeats,
      voids: counters.voided,
      replaced,
      gaps: counters.gapsDeclared,
      unmatched: counters.amendmentsUnmatched,
    });
  });
  census.close(share, { late: 0.15, repeats: 0.5, voids: 0.2, gaps: 0.15, unmatched: 0.1 });
});

function told(notices: readonly Notice[], code: Notice['code']): string[] {
  return notices.filter((notice) => notice.code === code).map(tickName);
}
