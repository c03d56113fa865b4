/** Law 5: revisions of a bar only rise, and one revision has one content, whoever wrote it. */
import { type Bar, PartitionFold } from '@tapeline/domain';
import {
  barKey,
  barText,
  type Delivery,
  deliver,
  drawWorld,
  interleave,
  MemoryStore,
  type Random,
  restoreFold,
  type SimulatedWorld,
} from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { drawStyle, everyFault } from './fault-mixes.ts';
import { forEachSeed } from './seeds.ts';

const share = 0.1;

test('two owners, one restored from any snapshot, write equal bytes for equal revisions, and revisions rise', () => {
  const census = new Census('owners');
  forEachSeed(share, (random) => {
    const world = drawWorld(random);
    const delivery = deliver(random, world, drawStyle(random, everyFault));
    const first = run(delivery, PartitionFold.start(world.config));
    const second = [
      ...run(delivery, PartitionFold.start(world.config), random.int(0, delivery.records.length)),
      ...run(delivery, ownerFromSomeSnapshot(random, world, delivery)),
    ];
    expectRising(first);
    const store = new MemoryStore();
    for (const bars of interleave(random, [first, second])) store.write(bars);
    expect(store.violations.map(({ message }) => message)).toEqual([]);
    const alone = new MemoryStore();
    for (const bars of first) alone.write(bars);
    expect(store.bars().map(barText).toSorted()).toEqual(alone.bars().map(barText).toSorted());
    const revised = first.flat().filter(({ state }) => state === 'revised').length;
    census.count({ lower: store.lowerRefused, revised, bars: first.flat().length });
  });
  census.close(share, { lower: 0.15, revised: 0.3 });
});

/** What a fold puts out for each of the records from its next offset on, up to `end`. */
function run(delivery: Delivery, fold: PartitionFold, end: number = delivery.records.length): Bar[][] {
  return delivery.records.slice(fold.nextOffset, end).map((record) => fold.step([record]).bars);
}

function ownerFromSomeSnapshot(random: Random, world: SimulatedWorld, delivery: Delivery): PartitionFold {
  const fold = PartitionFold.start(world.config);
  fold.step(delivery.records.slice(0, random.int(0, delivery.records.length)));
  return restoreFold(world.config, fold.snapshot(), delivery.log);
}

function expectRising(outputs: readonly (readonly Bar[])[]): void {
  const highest = new Map<string, number>();
  for (const bar of outputs.flat()) {
    const before = highest.get(barKey(bar)) ?? 0;
    if (bar.revision <= before) throw new RangeError(`revision ${before} is followed by ${barText(bar)}`);
    highest.set(barKey(bar), bar.revision);
  }
}
