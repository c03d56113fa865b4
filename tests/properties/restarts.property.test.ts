/** Law 1: a fold restored from any of its snapshots goes on as if nothing had happened. */
import { PartitionFold } from '@tapeline/domain';
import {
  deliver,
  drawWorld,
  firstDifference,
  foldOutcomes,
  outputTexts,
  restoreFold,
  type SimulatedWorld,
} from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { drawStyle, everyFault } from './fault-mixes.ts';
import { forEachSeed } from './seeds.ts';

const share = 0.08;
const restartsASeed = 3;

test('restarted from any snapshot, outputs and snapshots are those of the undisturbed run', () => {
  const census = new Census('restarts');
  forEachSeed(share, (random) => {
    const world = drawWorld(random, { smallRetention: random.chance(0.1) });
    const { records, log } = deliver(random, world, drawStyle(random, everyFault));
    const outcomes = foldOutcomes(world.config, records);
    let [reread, late, amendments, gaps] = [0, 0, 0, 0];
    for (let restart = 0; restart < restartsASeed; restart += 1) {
      const from = random.int(0, records.length - 1);
      let fold = restoreFold(world.config, snapshotAt(outcomes, from), log);
      reread += retainedRecords(world, snapshotAt(outcomes, from));
      for (const record of records.slice(from + 1)) {
        const { bars, notices } = outputTexts(fold.step([record]));
        const expected = outcomes[record.offset];
        expect(bars).toEqual(expected?.bars);
        expect(notices).toEqual(expected?.notices);
        // Taking a snapshot must not change what follows, so some records go without.
        if (random.chance(0.6) && record.offset < records.length - 1) continue;
        const snapshot = fold.snapshot();
        expect(fold.snapshotRetainFromOffset).toBe(retainedFrom(world, snapshot));
        const difference = firstDifference(snapshotAt(outcomes, record.offset), snapshot);
        expect(difference, `snapshot after record ${record.offset}, restarted after ${from}`).toBeUndefined();
        if (random.chance(0.1)) fold = restoreFold(world.config, snapshot, log);
      }
      ({ late, amendments, gapsDeclared: gaps } = fold.counters);
    }
    census.count({ reread, late, amendments, gaps });
  });
  census.close(share, { reread: 0.5, late: 0.1, amendments: 0.2, gaps: 0.1 });
});

test('snapshot, restore, snapshot is a no-op after every record', () => {
  forEachSeed(0.04, (random) => {
    const world = drawWorld(random, { smallRetention: random.chance(0.1) });
    const { records, log } = deliver(random, world, drawStyle(random, everyFault));
    for (const { snapshot } of foldOutcomes(world.config, records)) {
      const fold = PartitionFold.restore(world.config, snapshot);
      expect(fold instanceof PartitionFold && firstDifference(snapshot, fold.snapshot())).toBeUndefined();
      // Reading the retained records again takes longest, so not after each.
      if (random.chance(0.75)) continue;
      expect(firstDifference(snapshot, restoreFold(world.config, snapshot, log).snapshot())).toBeUndefined();
    }
  });
});

function retainedFrom(world: SimulatedWorld, snapshot: Uint8Array): number | undefined {
  const fold = PartitionFold.restore(world.config, snapshot);
  return fold instanceof PartitionFold ? fold.retainFromOffset : undefined;
}

function retainedRecords(world: SimulatedWorld, snapshot: Uint8Array): number {
  const fold = PartitionFold.restore(world.config, snapshot);
  return fold instanceof PartitionFold ? fold.nextOffset - fold.retainFromOffset : 0;
}

function snapshotAt(outcomes: readonly { readonly snapshot: Uint8Array }[], offset: number): Uint8Array {
  const outcome = outcomes[offset];
  if (outcome === undefined) throw new RangeError(`there is no record ${offset}`);
  return outcome.snapshot;
}
