/** Laws 2 and 4: in which order several publishers reach the log changes no final bar. */
import { type Bar, TimeDomain } from '@tapeline/domain';
import { barText, deliver, drawWorld, foldSteps } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { drawStyle } from './fault-mixes.ts';
import { differences, finalBars, finalValues } from './final-bars.ts';
import { forEachSeed } from './seeds.ts';

const share = 0.12;
const { live, replay, delayed } = TimeDomain;
const companies = [
  [live, live],
  [replay, replay],
  [replay, live],
  [delayed, live],
  [replay, delayed],
  [live, replay, live],
  [replay, delayed, live],
] as const;

test('any interleaving of several publishers within the horizon gives the same final bars', () => {
  const census = new Census('interleavings');
  forEachSeed(share, (random) => {
    const isPlain = random.chance(0.4);
    const domains = random.choice(companies);
    const wish = { domains, horizon: 'wide', ...(isPlain ? { amendments: false, conditions: false } : {}) } as const;
    const world = drawWorld(random, wish);
    const styles = [1, 2, 3].map(() =>
      drawStyle(random, { gaps: false, refusals: false, gaits: ['still', 'tracking'] }),
    );
    const traces = styles.map((style) => {
      const delivery = deliver(random, world, style);
      const trace = foldSteps(world.config, [delivery.records]);
      expect(trace.counters.late).toBe(0);
      expect(differences(world, trace, world.published)).toEqual([]);
      // Without amendments and conditions nothing but trades and the closing is an event, so revisions are the same too.
      expect(isPlain ? oddRevisions(trace.bars) : []).toEqual([]);
      return trace;
    });
    const [first, ...others] = traces.map((trace) => finalValues(trace.bars));
    for (const other of others) expect(other).toEqual(first);
    const revised = traces.some((trace) => trace.bars.some(({ state }) => state === 'revised'));
    const lives = domains.filter((domain) => domain === live).length;
    const mixed = lives > 0 && lives < domains.length;
    const amendments = traces.some(({ counters }) => counters.amendments > 0);
    census.count({ revised, mixed, amendments, plain: isPlain, three: domains.length > 2 });
  });
  census.close(share, { revised: 0.4, mixed: 0.4, amendments: 0.2, plain: 0.3, three: 0.2 });
});

/** Bars whose revision is not what their trades and their closing make it. */
function oddRevisions(bars: readonly Bar[]): string[] {
  return [...finalBars(bars).values()]
    .filter(({ profile, trades, revision }) => profile === 'all' && revision !== trades + 1)
    .map(barText);
}
