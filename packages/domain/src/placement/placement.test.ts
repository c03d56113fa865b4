/** Where instruments live: at home, at the pin of their row, where they were moved; and what a change may say. */
import { expect, test } from 'vitest';
import { changed } from '../../test-kit/plan-scene.ts';
import { homePartition } from './home.ts';
import { epochMax, packOverride, partitionsMax, unpackOverride } from './override.ts';
import { applyChange, type PlacementChange, type WantedMove } from './placement-change.ts';
import { diffPlacements } from './placement-diff.ts';
import { epochTimesMax, Placement } from './placement.ts';

const spy = { dataset: 'us-equities', symbol: 'SPY' } as const;
const aapl = { dataset: 'us-equities', symbol: 'AAPL' } as const;

function move(instrument: typeof spy | typeof aapl, to: number, pin?: number): WantedMove {
  return { ...instrument, pin, to, standing: 'spread' };
}

function change(moves: readonly WantedMove[], logTimeMs = 1_000): PlacementChange {
  return { logTimeMs, moves, appended: [] };
}

/** SPY was moved from its home 2 to 1, and that is not appended yet. */
const listed = changed(Placement.atHome(4), change([move(spy, 1)]));

test('before any move everything is where it was first, at epoch 0: at home or at the pin of its row', () => {
  const placement = Placement.atHome(4);
  expect(placement.lookUp(spy)).toEqual({ partition: homePartition('us-equities', 'SPY', 4), epoch: 0 });
  expect(placement.lookUp({ ...spy, pin: 0 })).toEqual({ partition: 0, epoch: 0 });
});

test('a move gives the instrument the epoch of the map that publishes it, and lists it', () => {
  expect([listed.epoch, listed.lookUp(spy), listed.lookUp({ ...spy, pin: 3 })]).toEqual([
    1,
    { partition: 1, epoch: 1 },
    { partition: 1, epoch: 1 },
  ]);
  expect(listed.moves).toEqual([{ ...spy, epoch: 1, fromEpoch: 0, from: 2, to: 1 }]);
  expect(listed.lookUp({ dataset: 'other', symbol: 'SPY' }).epoch).toBe(0);
});

test('the first move of an instrument with a pin in its row is from that pin', () => {
  expect(changed(Placement.atHome(4), change([move(spy, 1, 3)])).moves[0]).toMatchObject({ from: 3, fromEpoch: 0 });
});

test('marked done, a move is listed no more, and the way home is another move; the override stays', () => {
  const done = changed(listed, { logTimeMs: 2_000, moves: [], appended: [{ ...spy, epoch: 1 }] });
  expect([done.epoch, done.moves, done.lookUp(spy)]).toEqual([2, [], { partition: 1, epoch: 1 }]);
  const back = changed(done, change([move(spy, 2)], 3_000));
  expect(back.moves).toEqual([{ ...spy, epoch: 3, fromEpoch: 1, from: 1, to: 2 }]);
  expect([back.overrideCount, back.overrideOf('us-equities', 'SPY')]).toEqual([
    1,
    { partition: 2, epoch: 3, standing: 'spread' },
  ]);
});

test('listed moves are in the order of names, whatever order a record has', () => {
  const both = changed(Placement.atHome(4), change([move(spy, 1), move(aapl, 1)]));
  const parts = both.parts();
  const reversed = Placement.of({ ...parts, moves: parts.moves.toReversed(), overrides: parts.overrides.toReversed() });
  expect(reversed.moves.map(({ symbol }) => symbol)).toEqual(['AAPL', 'SPY']);
  expect(reversed.parts()).toEqual(parts);
});

test('partitions are added by a map as well, and a move may go there in the same one', () => {
  const grown = changed(Placement.atHome(4), { ...change([move(spy, 5)]), partitions: 6 });
  expect([grown.basePartitions, grown.partitions, grown.lookUp(spy).partition]).toEqual([4, 6, 5]);
});

const bad: readonly [code: string, from: Placement, change: PlacementChange][] = [
  ['PARTITIONS_OUT_OF_RANGE', listed, { ...change([]), partitions: 3 }],
  ['PARTITIONS_OUT_OF_RANGE', listed, { ...change([]), partitions: 4.5 }],
  ['PARTITIONS_OUT_OF_RANGE', listed, { ...change([]), partitions: partitionsMax + 1 }],
  ['PARTITION_UNKNOWN', listed, change([move(aapl, 4)])],
  ['PARTITION_UNKNOWN', listed, change([move(aapl, -1)])],
  ['PARTITION_UNKNOWN', listed, change([move(aapl, 0.5)])],
  ['ALREADY_THERE', listed, change([move(aapl, 3)])],
  ['ALREADY_THERE', listed, change([move(aapl, 0, 0)])],
  ['MOVE_PENDING', listed, change([move(spy, 0)])],
  ['MOVE_PENDING', listed, { ...change([move(spy, 0)]), appended: [{ ...spy, epoch: 1 }] }],
  ['MOVED_TWICE', listed, change([move(aapl, 0), move(aapl, 1)])],
  ['MOVE_NOT_LISTED', listed, { ...change([]), appended: [{ ...spy, epoch: 2 }] }],
  ['MOVE_NOT_LISTED', listed, { ...change([]), appended: [{ ...aapl, epoch: 1 }] }],
  [
    'MOVE_NOT_LISTED',
    listed,
    {
      ...change([]),
      appended: [
        { ...spy, epoch: 1 },
        { ...spy, epoch: 1 },
      ],
    },
  ],
  ['EPOCH_EXHAUSTED', Placement.of({ ...listed.parts(), epoch: epochMax }), change([])],
];

test.each(bad)('%s', (code, from, what) => {
  expect(applyChange(from, what)).toMatchObject({ kind: 'refused', code });
});

test('times of epochs are kept for the last ones that moved something, and never step back', () => {
  let placement = changed(listed, { logTimeMs: 500, moves: [], appended: [{ ...spy, epoch: 1 }] });
  expect([placement.movedAtMs(1), placement.movedAtMs(2), placement.movedAtMs(0)]).toEqual([
    1_000,
    undefined,
    undefined,
  ]);
  for (let turn = 0; turn <= epochTimesMax; turn += 1) {
    placement = changed(placement, change([move(spy, 3 - (turn % 2))], 900));
    placement = changed(placement, { logTimeMs: 900, moves: [], appended: placement.moves });
  }
  expect(placement.epochTimes).toHaveLength(epochTimesMax);
  expect([placement.movedAtMs(1), placement.movedAtMs(3), placement.movedAtMs(placement.epoch - 1)]).toEqual([
    undefined,
    undefined,
    1_000,
  ]);
});

test('a difference says who moved, what was listed and marked done, and how much was added', () => {
  const done = changed(listed, { logTimeMs: 0, moves: [], appended: [{ ...spy, epoch: 1 }] });
  const later = changed(done, { ...change([move(aapl, 4)]), partitions: 6 });
  expect(diffPlacements(listed, later)).toEqual({
    epochs: 2,
    partitionsAdded: 2,
    moved: [{ ...aapl, from: undefined, to: { partition: 4, epoch: 3, standing: 'spread' } }],
    listed: later.moves,
    appended: listed.moves,
    dropped: [],
  });
  expect(diffPlacements(later, listed).dropped).toEqual([aapl]);
  expect(diffPlacements(listed, done).moved).toEqual([]);
});

test.each([
  { partition: 0, epoch: 0, standing: 'spread' },
  { partition: partitionsMax - 1, epoch: epochMax, standing: 'pinned' },
  { partition: partitionsMax - 1, epoch: 1, standing: 'dedicated' },
  { partition: 0, epoch: epochMax, standing: 'spread' },
] as const)('an override is one number: %o', (override) => {
  expect(unpackOverride(packOverride(override))).toEqual(override);
  expect(Number.isSafeInteger(packOverride(override))).toBe(true);
});

test.each([
  { partition: partitionsMax, epoch: 0 },
  { partition: -1, epoch: 0 },
  { partition: 0.5, epoch: 0 },
  { partition: 0, epoch: epochMax + 1 },
  { partition: 0, epoch: Number.NaN },
])('no override is %o', (place) => {
  expect(() => packOverride({ ...place, standing: 'spread' })).toThrow(RangeError);
});
