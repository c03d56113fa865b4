/** Every invariant of maps is found broken by name, in a map that breaks this one alone, and holds of maps that changes make. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareNames, InstrumentMap } from './instrument-map.ts';
import type { Override, Standing } from './override.ts';
import { applyChange } from './placement-change.ts';
import { diffPlacements } from './placement-diff.ts';
import { brokenInvariant, type PlacementInvariant, placementInvariants } from './placement-invariants.ts';
import { epochTimesMax, type ListedMove, Placement, type PlacementParts } from './placement.ts';

const s = { dataset: 'd', symbol: 's' } as const;
const t = { dataset: 'd', symbol: 't' } as const;

function at(
  instrument: typeof s | typeof t,
  partition: number,
  epoch: number,
  standing: Standing = 'spread',
): (typeof s | typeof t) & Override {
  return { ...instrument, partition, epoch, standing };
}

const moveOfS: ListedMove = { ...s, epoch: 3, fromEpoch: 0, from: 0, to: 1 };

/** Epoch 3: s moves from 0 to 1, t went to 2 by epoch 2. */
const sound: PlacementParts = {
  basePartitions: 4,
  partitions: 5,
  epoch: 3,
  overrides: [at(s, 1, 3), at(t, 2, 2)],
  moves: [moveOfS],
  epochTimes: [
    { epoch: 2, logTimeMs: 10 },
    { epoch: 3, logTimeMs: 10 },
  ],
};
const before = Placement.of(sound);
/** The next map: the move of s is done. */
const next: PlacementParts = { ...sound, epoch: 4, moves: [] };
/** The map after that: s may move again. */
const done = Placement.of(next);
const nextOfDone: PlacementParts = {
  ...next,
  epoch: 5,
  overrides: [at(s, 3, 5), at(t, 2, 2)],
  moves: [{ ...s, epoch: 5, fromEpoch: 3, from: 1, to: 3 }],
};

const broken: readonly [PlacementInvariant, PlacementParts, Placement?][] = [
  ['PARTITIONS_IN_RANGE', { ...sound, basePartitions: 0 }],
  ['PARTITIONS_IN_RANGE', { ...sound, basePartitions: 6 }],
  ['PARTITIONS_IN_RANGE', { ...sound, partitions: 2 ** 20 + 1 }],
  ['EPOCH_IN_RANGE', { ...sound, epoch: -1 }],
  ['EPOCH_IN_RANGE', { ...sound, epoch: 2 ** 31 }],
  ['ONE_OVERRIDE_EACH', { ...sound, overrides: [...sound.overrides, at(t, 3, 2)] }],
  ['OVERRIDE_PARTITION_IN_RANGE', { ...sound, overrides: [at(s, 1, 3), at(t, 5, 2)] }],
  ['OVERRIDE_PARTITION_IN_RANGE', { ...sound, overrides: [at(s, 1, 3), at(t, -1, 2)] }],
  ['OVERRIDE_EPOCH_IN_RANGE', { ...sound, overrides: [at(s, 1, 3), at(t, 2, 4)] }],
  ['OVERRIDE_EPOCH_IN_RANGE', { ...sound, overrides: [at(s, 1, 3), at(t, 2, 0)] }],
  ['OVERRIDE_EPOCH_IN_RANGE', { ...sound, overrides: [at(s, 1, 3), at(t, 2, 1.5)] }],
  ['ONE_DEDICATED_EACH', { ...sound, overrides: [at(s, 1, 3, 'dedicated'), at(t, 1, 2, 'dedicated')] }],
  ['ONE_LISTED_MOVE_EACH', { ...sound, moves: [moveOfS, moveOfS] }],
  ['LISTED_MOVE_IN_MAP', { ...sound, moves: [{ ...moveOfS, to: 3 }] }],
  ['LISTED_MOVE_IN_MAP', { ...sound, moves: [{ ...moveOfS, epoch: 2 }] }],
  ['LISTED_MOVE_IN_MAP', { ...sound, moves: [{ ...moveOfS, symbol: 'unknown' }] }],
  ['LISTED_MOVE_FROM_ELSEWHERE', { ...sound, moves: [{ ...moveOfS, from: 1 }] }],
  ['LISTED_MOVE_FROM_ELSEWHERE', { ...sound, moves: [{ ...moveOfS, from: 5 }] }],
  ['LISTED_MOVE_FROM_ELSEWHERE', { ...sound, moves: [{ ...moveOfS, fromEpoch: 3 }] }],
  ['EPOCH_TIMES_RISE', { ...sound, epochTimes: sound.epochTimes.toReversed() }],
  ['EPOCH_TIMES_RISE', { ...sound, epochTimes: [{ epoch: 4, logTimeMs: 0 }] }],
  [
    'EPOCH_TIMES_RISE',
    {
      ...sound,
      epochTimes: [
        { epoch: 1, logTimeMs: 9 },
        { epoch: 2, logTimeMs: 8 },
      ],
    },
  ],
  [
    'EPOCH_TIMES_RISE',
    {
      ...sound,
      epoch: 9_999,
      epochTimes: Array.from({ length: epochTimesMax + 1 }, (_, index) => ({ epoch: index + 1, logTimeMs: 0 })),
    },
  ],
  ['BASE_PARTITIONS_STAY', { ...next, basePartitions: 3 }, before],
  ['PARTITIONS_NEVER_FALL', { ...next, partitions: 4 }, before],
  ['EPOCH_NEVER_FALLS', { ...next, epoch: 3 }, done],
  ['EPOCH_USED_ONCE', { ...sound, moves: [] }, before],
  ['EPOCH_USED_ONCE', { ...sound, partitions: 6 }, before],
  ['EPOCH_USED_ONCE', { ...sound, moves: [{ ...moveOfS, from: 2 }] }, before],
  ['EPOCH_USED_ONCE', { ...sound, moves: [{ ...moveOfS, fromEpoch: 1 }] }, before],
  ['OVERRIDE_NEVER_DROPPED', { ...next, overrides: [at(s, 1, 3)] }, before],
  ['NEW_PLACE_HAS_NEW_EPOCH', { ...next, overrides: [at(s, 1, 3), at(t, 3, 2)] }, before],
  ['NEW_PLACE_HAS_NEW_EPOCH', { ...next, epoch: 9, overrides: [at(s, 1, 3), at(t, 2, 1)] }, before],
  ['NEW_PLACE_IS_LISTED', { ...nextOfDone, moves: [] }, done],
  ['NEW_PLACE_IS_LISTED', { ...nextOfDone, moves: [{ ...s, epoch: 5, fromEpoch: 2, from: 1, to: 3 }] }, done],
  ['NEW_PLACE_IS_LISTED', { ...nextOfDone, moves: [{ ...s, epoch: 5, fromEpoch: 3, from: 0, to: 3 }] }, done],
  [
    'MOVE_AFTER_LAST_IS_DONE',
    { ...next, overrides: [at(s, 3, 4), at(t, 2, 2)], moves: [{ ...s, epoch: 4, fromEpoch: 3, from: 1, to: 3 }] },
    before,
  ],
  ['DONE_STAYS_DONE', { ...next, epoch: 5, moves: [moveOfS] }, done],
  ['DONE_STAYS_DONE', { ...next, moves: [{ ...t, epoch: 2, fromEpoch: 0, from: 0, to: 2 }] }, before],
];

test.each(broken)('%s', (invariant, after, earlier) => {
  expect(brokenInvariant(after, earlier)?.invariant).toBe(invariant);
});

test('every invariant has its example', () => {
  expect([...new Set(broken.map(([invariant]) => invariant))].toSorted()).toEqual(placementInvariants.toSorted());
});

test('what is broken says of which instrument', () => {
  expect(brokenInvariant({ ...sound, overrides: [at(s, 1, 3), at(t, 5, 2)] })).toEqual({
    invariant: 'OVERRIDE_PARTITION_IN_RANGE',
    instrument: t,
  });
});

test('sound maps break nothing, alone or one after the other, also with maps between them unseen', () => {
  const pairs: readonly [PlacementParts, Placement?][] = [
    [sound],
    [next, before],
    [nextOfDone, done],
    [nextOfDone, before],
    [sound, before],
    [nextOfDone, Placement.atHome(4)],
  ];
  for (const [after, earlier] of pairs) expect(brokenInvariant(after, earlier)).toBeUndefined();
});

const wish = fc.record({ symbol: fc.constantFrom('a', 'b', 'c', 'd', 'e'), to: fc.nat(7), done: fc.boolean() });

test('whatever is asked for, invariants hold after each change that is taken, and lookups are as a plain map says', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(wish, { maxLength: 4 }), fc.nat(2)), { maxLength: 20 }), (records) => {
      let placement = Placement.atHome(4);
      const plain = new Map<string, number>();
      for (const [wishes, grown] of records) {
        const appended = placement.moves.filter(({ symbol }) =>
          wishes.some((one) => one.done && one.symbol === symbol),
        );
        const moves = wishes.map(({ symbol, to }) => ({ dataset: 'd', symbol, to, standing: 'spread' as const }));
        const change = { logTimeMs: 0, partitions: Math.min(8, placement.partitions + grown), moves, appended };
        const result = applyChange(placement, change);
        if (result.kind === 'refused') continue;
        const after = result.placement;
        expect(after.epoch).toBe(placement.epoch + 1);
        expect(brokenInvariant(after, placement)).toBeUndefined();
        const diff = diffPlacements(placement, after);
        expect(diff.moved.map(({ symbol, to }) => [symbol, to.partition])).toEqual(
          moves.toSorted(compareNames).map(({ symbol, to }) => [symbol, to]),
        );
        expect([diff.listed.length, diff.appended, diff.dropped]).toEqual([moves.length, appended, []]);
        for (const { symbol, to } of moves) plain.set(symbol, to);
        for (const [symbol, to] of plain) expect(after.lookUp({ dataset: 'd', symbol }).partition).toBe(to);
        expect(Placement.of(after.parts()).overrides).toEqual(after.overrides);
        placement = after;
      }
    }),
  );
});

test('an instrument map has each instrument once, and is sorted by names', () => {
  const map = new InstrumentMap<number>();
  map.set('b', 'x', 1);
  map.set('a', 'y', 2);
  map.set('a', 'x', 3);
  map.set('b', 'x', 4);
  const copy = new InstrumentMap(map);
  map.delete('a', 'y');
  map.delete('a', 'unknown');
  map.delete('unknown', 'x');
  expect([map.size, copy.size, map.get('b', 'x'), map.get('a', 'y')]).toEqual([2, 3, 4, undefined]);
  expect(copy.sorted().map(({ dataset, symbol, value }) => `${dataset}${symbol}${value}`)).toEqual([
    'ax3',
    'ay2',
    'bx4',
  ]);
});
