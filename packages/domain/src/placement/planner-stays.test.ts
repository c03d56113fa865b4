/** Why instruments stay although there is a reason to move them: an example for each, and that none is without one. */
import { expect, test } from 'vitest';
import { afterPlan, measured, movesOf, planToRest, scene, sceneDataset, staysOf } from '../../test-kit/plan-scene.ts';
import { explainMove, explainStay } from './plan-explain.ts';
import { type PlanInput, stayReasons } from './plan-types.ts';
import { planPlacement } from './planner.ts';

const even = { a: [0, 100], b: [1, 100], c: [2, 100], d: [3, 100] } as const;

function pin(symbol: string, partition: number): { dataset: string; symbol: string; partition: number } {
  return { dataset: sceneDataset, symbol, partition };
}

/** Hot x was moved to 4, where it has cooled; 5 is empty. */
function afterHot(laterMs: number, rates: Parameters<typeof measured>[0]): PlanInput {
  const input = scene(5, { ...even, x: [0, 600] });
  const after = afterPlan(input, planPlacement(input), laterMs);
  return { ...after, instruments: measured(rates) };
}

/** x has just become hot, and its move is listed. */
function withListed(): PlanInput {
  const input = scene(6, { ...even, x: [0, 600] });
  return { ...input, placement: planPlacement(input).next, policy: { ...input.policy, pins: [pin('x', 1)] } };
}

const cases: Readonly<Record<(typeof stayReasons)[number], readonly [input: PlanInput, stay: string]>> = {
  unseen: [scene(4, even, { pins: [pin('new', 1)] }), 'new pinned: unseen'],
  'no-such-partition': [scene(4, even, { pins: [pin('a', 4)] }), 'a pinned: no-such-partition'],
  pending: [withListed(), 'x pinned: pending'],
  cooldown: [afterHot(599_999, { ...even, x: [0, 10] }), 'x cooled: cooldown'],
  'source-unfit': [{ ...scene(5, { ...even, x: [0, 600] }), unfit: new Map([[0, 'lagging']]) }, 'x hot: source-unfit'],
  'source-behind': [{ ...scene(5, { ...even, x: [0, 600] }), unfit: new Map([[0, 'behind']]) }, 'x hot: source-behind'],
  'target-unfit': [
    { ...scene(4, even, { pins: [pin('a', 3)] }), unfit: new Map([[3, 'silent']]) },
    'a pinned: target-unfit',
  ],
  alone: [scene(4, even), 'x hot: alone'],
  'dedicated-at-most': [scene(5, { ...even, x: [0, 600] }, { dedicatedMax: 0 }), 'x hot: dedicated-at-most'],
  'no-free-partition': [scene(4, { ...even, x: [0, 600] }), 'x hot: no-free-partition'],
  'no-room': [scene(4, even), 'p unpinned: no-room'],
  'overrides-at-most': [scene(4, even, { pins: [pin('a', 3)], overridesMax: 0 }), 'a pinned: overrides-at-most'],
  'moves-at-most': [scene(4, even, { pins: [pin('a', 3), pin('b', 3)], movesMax: 1 }), 'b pinned: moves-at-most'],
};

/** Of these two the scene takes more than one plan. */
function inputOf(reason: keyof typeof cases): PlanInput {
  if (reason === 'alone') {
    const { input } = planToRest(scene(5, { ...even, x: [0, 100] }, { pins: [pin('x', 4)] }), 9);
    return { ...input, policy: { ...input.policy, pins: [] }, instruments: measured({ ...even, x: [0, 600] }) };
  }
  if (reason !== 'no-room') return cases[reason][0];
  const { input } = planToRest(scene(4, { ...even, p: [0, 10] }, { pins: [pin('p', 3)] }), 9);
  return {
    ...input,
    policy: { ...input.policy, pins: [] },
    instruments: measured({ ...even, a: [0, 120], p: [0, 10] }),
  };
}

test.each(stayReasons)('%s', (reason) => {
  const plan = planPlacement(inputOf(reason));
  expect(staysOf(plan)).toContain(cases[reason][1]);
  const stay = plan.stays.find(({ stays }) => stays === reason);
  expect(movesOf(plan).filter((move) => move.startsWith(`${stay?.symbol} `))).toEqual([]);
});

test('hot and alone it has its partition to itself like a dedicated one', () => {
  const plan = planPlacement(inputOf('alone'));
  expect([plan.partitions[4]?.role, plan.skew.after, plan.moves]).toEqual(['dedicated', 1, []]);
});

test('what stays is told in the order of names', () => {
  const plan = planPlacement(scene(4, { ...even, x: [0, 600], y: [1, 700], w: [2, 650] }));
  expect(plan.stays.map(({ symbol }) => symbol)).toEqual(['w', 'x', 'y']);
});

test('a cooldown says how long it lasts, and ends', () => {
  const waiting = planPlacement(afterHot(599_000, { ...even, x: [0, 10] }));
  expect(waiting.stays[0]).toMatchObject({ stays: 'cooldown', waitMs: 1_000, partition: 4 });
  expect(movesOf(planPlacement(afterHot(600_000, { ...even, x: [0, 10] })))).toEqual(['x 4>0 cooled']);
});

test('what is in its cooldown is not spread either', () => {
  const input = scene(4, { a: [0, 100], b: [0, 100], c: [0, 100], d: [0, 100] });
  const first = planPlacement(input);
  expect(first.moves).toHaveLength(3);
  const crowded = { a: [0, 100], b: [0, 400], c: [0, 400], d: [0, 400] } as const;
  const soon = { ...afterPlan(input, first, 1), instruments: measured({ ...crowded, e: [1, 400] }) };
  const moved = new Set(first.moves.map(({ symbol }) => symbol));
  for (const { symbol } of planPlacement(soon).moves) expect(moved.has(symbol)).toBe(false);
});

test('partitions that lag or are silent neither give nor take', () => {
  const crowded = scene(6, { a: [0, 100], b: [0, 100], c: [0, 100], d: [0, 100] });
  const unfit = new Map([[0, 'lagging'] as const]);
  expect(movesOf(planPlacement({ ...crowded, unfit }))).toEqual([]);
  const silent = new Map([1, 2, 4, 5].map((partition) => [partition, 'silent'] as const));
  for (const { to } of planPlacement({ ...crowded, unfit: silent }).moves) expect(to).toBe(3);
});

test('a partition that is some seconds behind gives what is pinned alone, and takes', () => {
  const crowded = scene(6, { a: [0, 100], b: [0, 100], c: [0, 100], d: [0, 100] });
  const from = new Map([[0, 'behind'] as const]);
  expect(movesOf(planPlacement({ ...crowded, unfit: from }))).toEqual([]);
  const policy = { ...crowded.policy, pins: [pin('a', 1)] };
  expect(movesOf(planPlacement({ ...crowded, policy, unfit: from }))).toEqual(['a 0>1 pinned']);
  const to = new Map([1, 2, 3, 4, 5].map((partition) => [partition, 'behind'] as const));
  expect(movesOf(planPlacement({ ...crowded, unfit: to }))).toEqual(movesOf(planPlacement(crowded)));
});

test('listed moves count among those that are allowed at once', () => {
  const input = scene(4, even, { pins: [pin('a', 3), pin('b', 3), pin('c', 3)], movesMax: 2 });
  const first = planPlacement(input);
  expect(movesOf(first)).toEqual(['a 0>3 pinned', 'b 1>3 pinned']);
  expect(staysOf(planPlacement({ ...input, placement: first.next }))).toContain('c pinned: moves-at-most');
});

test('what has been moved once may be moved again when no further one may', () => {
  const input = scene(4, even, { pins: [pin('a', 3)], overridesMax: 1 });
  const after = afterPlan(input, planPlacement(input));
  const plan = planPlacement({ ...after, policy: { ...after.policy, pins: [pin('a', 2), pin('b', 3)] } });
  expect([movesOf(plan), staysOf(plan)]).toEqual([['a 3>2 pinned'], ['b pinned: overrides-at-most']]);
});

test('a dry run says in a line why an instrument moves and why another stays', () => {
  const plan = planPlacement(scene(5, { ...even, x: [0, 600], y: [1, 550] }));
  expect(plan.moves.slice(0, 1).map(explainMove)).toEqual([
    'us-equities x: 0 to 4, hot: it is hot and gets a partition of its own (600 ticks/s; 0 from 700 to 100, 4 from 0 to 600)',
  ]);
  expect(plan.stays.map(explainStay)).toEqual([
    'us-equities y: stays in 1 (hot): no added partition is empty; add partitions (550 ticks/s)',
  ]);
  const waiting = planPlacement(afterHot(1_500, { ...even, x: [0, 10] }));
  expect(waiting.stays.map(explainStay)).toEqual([
    'us-equities x: stays in 4 (cooled to 0): it was moved not long ago, 599 s of log time are left (10 ticks/s)',
  ]);
  const unseen = planPlacement(scene(4, {}, { pins: [pin('new', 1)] }));
  expect(unseen.stays.map(explainStay)).toEqual([
    'us-equities new: nowhere yet (pinned to 1): nobody has seen it yet; its pin decides where it begins (0 ticks/s)',
  ]);
});
