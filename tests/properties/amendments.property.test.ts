/** Cancels and corrections: in whatever order they come, the bars are those of the trades as they stand. */
import {
  cutAtRandom,
  deliver,
  drawWorld,
  foldSteps,
  type FoldTrace,
  type PublishedTick,
  type Random,
  restoreFold,
  type SimulatedWorld,
} from '@tapeline/simulation';
import { type Bar, type LogRecordInput, type Notice, PartitionFold, TickKind } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { drawStyle } from './fault-mixes.ts';
import { countedTicks, differences, finalValues, nameOf } from './final-bars.ts';
import { forEachSeed } from './seeds.ts';

const share = 0.13;

test('amendments in any order and interleaving within the horizon, through restarts, give the bars of the reference', () => {
  const census = new Census('amendments');
  forEachSeed(share, (random) => {
    const world = drawWorld(random, { horizon: 'wide', amendments: true, trades: random.int(5, 40) });
    const allowed = { gaps: random.chance(0.2), refusals: random.chance(0.2), gaits: ['still', 'tracking'] } as const;
    const one = deliver(random, world, drawStyle(random, allowed));
    const other = deliver(
      random,
      world,
      drawStyle(random, { gaps: false, refusals: false, gaits: ['still', 'tracking'] }),
    );
    const trace = restarted(random, world, one);
    expect(trace.notices.filter(({ code }) => code === 'LATE' || code === 'ORIGINAL_FINAL')).toEqual([]);
    expect(differences(world, trace, countedTicks(one, trace))).toEqual([]);
    const otherTrace = foldSteps(world.config, [other.records]);
    expect(differences(world, otherTrace, world.published)).toEqual([]);
    const complete = one.landed.length === world.published.length;
    expect(finalValues((complete ? trace : otherTrace).bars)).toEqual(finalValues(otherTrace.bars));
    const { amendments, amendmentsUnmatched, gapsDeclared } = trace.counters;
    const moved = world.published.some(({ row }) => row.original?.correctedSec !== undefined);
    const byId = world.published.some(({ row }) => row.original?.sequence === 0);
    const corrections = new Set(world.published.filter(isCorrection).map(nameOf));
    const ofCorrections = world.published.filter((tick) => corrections.has(nameOf(namedBySequence(tick))));
    census.count({
      amendments,
      unmatched: amendmentsUnmatched,
      gaps: gapsDeclared,
      moved,
      byId,
      ofCorrections: ofCorrections.length,
      several: world.publishers.length > 1,
      complete,
    });
  });
  census.close(share, { amendments: 0.9, unmatched: 0.05, moved: 0.3, byId: 0.4, ofCorrections: 0.4, several: 0.5 });
});

function isCorrection({ row }: PublishedTick): boolean {
  return row.attributes.kind === TickKind.correction;
}

/** What an amendment would name by its sequence; sequence 0 for other ticks, and those that name an id. */
function namedBySequence(tick: PublishedTick): PublishedTick {
  return { ...tick, row: { ...tick.row, sequence: tick.row.original?.sequence ?? 0 } };
}

/** A run that is restarted from its own snapshot again and again. */
function restarted(random: Random, world: SimulatedWorld, delivery: ReturnType<typeof deliver>): FoldTrace {
  let fold = PartitionFold.start(world.config);
  const [bars, notices]: [Bar[], Notice[]] = [[], []];
  for (const step of cutAtRandom<LogRecordInput>(random, delivery.records, random.choice([3, 10, 40]))) {
    const output = fold.step(step);
    bars.push(...output.bars);
    notices.push(...output.notices);
    if (random.chance(0.3)) fold = restoreFold(world.config, fold.snapshot(), delivery.log);
  }
  return { bars, notices, counters: { ...fold.counters }, snapshot: fold.snapshot() };
}
