/** Law 1: a snapshot that is written while the fold goes on is the snapshot of the record at which it began. */
import { foldConfigDefaults, PartitionFold, type SnapshotInProgress } from '@tapeline/domain';
import { deliver, drawWorld, firstDifference, foldOutcomes, outputTexts, type Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { Census } from './census.ts';
import { drawStyle, everyFault } from './fault-mixes.ts';
import { forEachSeed } from './seeds.ts';

const share = 0.03;

type Begun = { readonly at: number; readonly expected: Uint8Array; readonly writing: SnapshotInProgress };

test('written in slices between any records, a snapshot has the bytes of the record at which it began', () => {
  const census = new Census('snapshot slices');
  forEachSeed(share, (random) => {
    const world = drawWorld(random, { smallRetention: random.chance(0.1) });
    const { records } = deliver(random, world, drawStyle(random, everyFault));
    const outcomes = foldOutcomes(world.config, records);
    const fold = PartitionFold.start(world.config);
    // From never to often, so that some snapshots are written at their end alone.
    const pace = random.choice([0, 0.05, 0.3, 0.8]);
    let begun: Begun | undefined;
    let [finished, abandoned, between] = [0, 0, 0];
    for (const record of records) {
      const { bars, notices } = outputTexts(fold.step([record]));
      expect(bars).toEqual(outcomes[record.offset]?.bars);
      expect(notices).toEqual(outcomes[record.offset]?.notices);
      if (begun === undefined) {
        if (random.chance(0.5)) begun = begin(fold, record.offset, outcomes[record.offset]?.snapshot);
      } else if (random.chance(0.02)) {
        begun.writing.abandon();
        begun = undefined;
        abandoned += 1;
      } else if (!worked(random, begun, pace)) between += 1;
      else {
        expectWhole(begun);
        finished += 1;
        begun = undefined;
      }
      // The undisturbed one can be taken meanwhile.
      if (random.chance(0.9)) continue;
      expect(firstDifference(fold.snapshot(), outcomes[record.offset]?.snapshot ?? new Uint8Array(0))).toBeUndefined();
    }
    if (begun !== undefined) expectWhole(begun);
    expect(firstDifference(fold.snapshot(), outcomes.at(-1)?.snapshot ?? new Uint8Array(0))).toBeUndefined();
    const { late, amendments, gapsDeclared: gaps } = fold.counters;
    census.count({ finished, abandoned, between, late, amendments, gaps });
  });
  census.close(share, { finished: 0.5, abandoned: 0.1, between: 0.5, late: 0.1, amendments: 0.2, gaps: 0.1 });
});

test('of two snapshots at once the second is refused, and begins once the first is abandoned', () => {
  const fold = PartitionFold.start({ ...foldConfigDefaults, partition: 0 });
  const first = fold.beginSnapshot();
  expect(() => fold.beginSnapshot()).toThrow(/offset 0 is still being written/);
  expect(() => first.parts).toThrow(/call work/);
  first.abandon();
  const second = fold.beginSnapshot();
  while (!second.work(1));
  expect(joined(second.parts)).toEqual(fold.snapshot());
});

function begin(fold: PartitionFold, at: number, expected: Uint8Array | undefined): Begun {
  if (expected === undefined) throw new RangeError(`there is no outcome of record ${at}`);
  const writing = fold.beginSnapshot();
  expect(writing.nextOffset).toBe(fold.nextOffset);
  return { at, expected, writing };
}

/** Writes some instruments, or none; answers whether all is written. */
function worked(random: Random, { writing }: Begun, pace: number): boolean {
  while (random.chance(pace)) if (writing.work(1)) return true;
  return false;
}

function expectWhole({ at, expected, writing }: Begun): void {
  while (!writing.work(1));
  expect(firstDifference(expected, joined(writing.parts)), `snapshot of record ${at}`).toBeUndefined();
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
