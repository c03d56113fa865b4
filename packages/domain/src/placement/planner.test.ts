/** Why instruments move: an example worked out by hand for each reason, and who goes first. */
import { expect, test } from 'vitest';
import {
  afterPlan,
  measured,
  movesOf,
  planToRest,
  type SceneInstrument,
  scene,
  sceneDataset,
  staysOf,
} from '../../test-kit/plan-scene.ts';
import { policyProblem } from './placement-policy.ts';
import { planPlacement } from './planner.ts';

const even = { a: [0, 100], b: [1, 100], c: [2, 100], d: [3, 100] } as const;

/** Eighty instruments of 10 ticks a second, evenly over four partitions. */
function manySmall(): Record<string, SceneInstrument> {
  return Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`s${index}`, [index % 4, 10] as const]));
}

function pin(symbol: string, partition: number): { dataset: string; symbol: string; partition: number } {
  return { dataset: sceneDataset, symbol, partition };
}

test('nothing moves without a reason', () => {
  const input = scene(4, even);
  const plan = planPlacement(input);
  expect(plan).toMatchObject({ change: undefined, moves: [], stays: [], skew: { before: 1, after: 1 } });
  expect(plan.next).toBe(input.placement);
});

test('pinned: what the policy wants elsewhere goes there, in the order of names', () => {
  const plan = planPlacement(scene(4, even, { pins: [pin('d', 0), pin('a', 3), pin('b', 1)] }));
  expect(movesOf(plan)).toEqual(['a 0>3 pinned', 'd 3>0 pinned']);
  expect(plan.next.overrideOf(sceneDataset, 'a')).toEqual({ partition: 3, epoch: 1, standing: 'pinned' });
});

test('pinned: a pin does not wait for a cooldown, and nothing else moves what is pinned', () => {
  const input = scene(6, { ...even, hot: [0, 900] }, { pins: [pin('hot', 1)] });
  const first = planPlacement(input);
  expect(movesOf(first)).toEqual(['hot 0>1 pinned', 'b 1>4 spread']);
  const again = afterPlan(input, first, 1);
  const second = planPlacement({ ...again, policy: { ...again.policy, pins: [pin('hot', 2)] } });
  expect(movesOf(second)).toEqual(['hot 1>2 pinned', 'c 2>1 spread']);
});

test('pinned: also what was spread before and is not measured any more', () => {
  const start = scene(5, manySmall());
  const { input } = planToRest(start, 9);
  const symbol = planPlacement(start).moves[0]?.symbol ?? '';
  const at = input.placement.lookUp({ dataset: sceneDataset, symbol }).partition;
  const policy = { ...input.policy, pins: [pin(symbol, 0)] };
  expect(movesOf(planPlacement({ ...input, instruments: measured({}), policy }))).toEqual([`${symbol} ${at}>0 pinned`]);
});

test('hot: it goes to the empty added partition of the highest number, the hottest first', () => {
  const plan = planPlacement(scene(8, { ...even, x: [0, 600], y: [1, 800] }));
  expect(movesOf(plan).slice(0, 2)).toEqual(['y 1>7 hot', 'x 0>6 hot']);
  expect(plan.moves[0]).toMatchObject({
    ticksPerSec: 800,
    from: { partition: 1, epoch: 0 },
    fromLoad: { before: 900, after: 100 },
    toLoad: { before: 0, after: 800 },
  });
  expect(plan.partitions.map(({ role }) => role).slice(6)).toEqual(['dedicated', 'dedicated']);
  expect(plan.next.overrideOf(sceneDataset, 'y')?.standing).toBe('dedicated');
});

test('hot begins at its share of the target and not below', () => {
  const at = (rate: number): string[] =>
    movesOf(planPlacement(scene(5, { x: [0, rate], y: [0, 400] }, { skewMax: 1.9 })));
  expect([at(500)[0], at(499.999)[0]]).toEqual(['x 0>4 hot', 'y 0>1 spread']);
});

test('hot: a partition that something is pinned to is not empty, even before it comes', () => {
  const plan = planPlacement(scene(8, { ...even, x: [0, 600] }, { pins: [pin('unseen', 7)] }));
  expect(movesOf(plan)[0]).toBe('x 0>6 hot');
});

test('hot: an empty partition that is silent is passed over', () => {
  const input = scene(8, { ...even, x: [0, 600] });
  expect(movesOf(planPlacement({ ...input, unfit: new Map([[7, 'silent']]) }))[0]).toBe('x 0>6 hot');
});

test('cooled: below its share it goes back to where it was first', () => {
  const { input } = planToRest(scene(5, { ...even, x: [0, 600] }), 9);
  const inBand = planPlacement({ ...input, instruments: measured({ ...even, x: [0, 250] }) });
  expect(movesOf(inBand)).toEqual([]);
  const cool = planPlacement({ ...input, instruments: measured({ ...even, x: [0, 20] }) });
  expect(movesOf(cool)).toEqual(['x 4>0 cooled']);
  expect(cool.next.overrideOf(sceneDataset, 'x')).toEqual({ partition: 0, epoch: 3, standing: 'spread' });
});

test('cooled: where there is no room it goes to the lightest instead, of equal ones to the first', () => {
  const others = { a: [0, 100], b: [1, 100], c: [2, 80], d: [3, 80] } as const;
  const { input } = planToRest(scene(5, { ...others, x: [0, 600] }), 9);
  expect(input.placement.lookUp({ dataset: sceneDataset, symbol: 'x', pin: 0 }).partition).toBe(4);
  expect(movesOf(planPlacement({ ...input, instruments: measured({ ...others, x: [0, 90] }) }))[0]).toBe(
    'x 4>2 cooled',
  );
});

test('cooled: one that has no ticks any more gives its partition back as well', () => {
  const { input } = planToRest(scene(8, { ...even, x: [0, 600] }), 9);
  const plan = planPlacement({ ...input, instruments: measured(even) });
  expect(plan.moves.map(({ symbol, reason }) => [symbol, reason])).toEqual([['x', 'cooled']]);
});

test('cooled: the partition that it leaves is kept empty for the next hot one', () => {
  const { input } = planToRest(scene(8, { ...manySmall(), x: [0, 600], y: [1, 700] }), 9);
  expect(input.placement.lookUp({ dataset: sceneDataset, symbol: 'y' }).partition).toBe(7);
  const plan = planPlacement({ ...input, instruments: measured({ ...manySmall(), x: [0, 600], y: [1, 5] }) });
  expect(movesOf(plan)).toEqual([expect.stringMatching(/^y 7>\d cooled$/)]);
  expect(plan.partitions.map(({ role }) => role).slice(6)).toEqual(['dedicated', 'reserved']);
});

test('surplus: with fewer partitions of their own allowed the least hot goes back', () => {
  const { input } = planToRest(scene(12, { ...even, x: [0, 600], y: [1, 700] }), 9);
  const plan = planPlacement({ ...input, policy: { ...input.policy, dedicatedMax: 1 } });
  expect(movesOf(plan)[0]).toMatch(/^x 10>\d surplus$/);
  expect(plan.moves.filter(({ reason }) => reason === 'surplus')).toHaveLength(1);
});

test('unpinned: it goes back to where it was first', () => {
  const start = scene(4, { ...even, p: [0, 10] }, { pins: [pin('p', 3)] });
  const first = planToRest(start, 9);
  expect(first.moves).toBe(1);
  const freed = { ...first.input, policy: { ...start.policy, pins: [] } };
  const plan = planPlacement(freed);
  expect(movesOf(plan)).toEqual(['p 3>0 unpinned']);
  expect(planToRest(afterPlan(freed, plan), 1)).toMatchObject({ moves: 0, last: { stays: [] } });
});

test('unpinned and hot: it gets a partition of its own', () => {
  const start = scene(6, { ...even, x: [0, 800] }, { pins: [pin('x', 1)] });
  const { input } = planToRest(start, 9);
  const plan = planPlacement({ ...input, policy: { ...start.policy, pins: [] } });
  expect(movesOf(plan)[0]).toMatch(/^x 1>\d hot$/);
});

test('spread: the heaviest that fits goes from the busiest to the lightest', () => {
  const plan = planPlacement(
    scene(4, { a: [0, 300], b: [0, 200], c: [0, 100], d: [1, 200], e: [2, 200], f: [3, 100] }),
  );
  // 1,100 over 4 are 275: partition 0 has 600, and 3 takes 175 at most.
  expect(movesOf(plan)).toEqual(['c 0>3 spread', 'b 0>1 spread']);
});

test('spread: once begun, relief goes on to half of what the skew allows', () => {
  const more = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`t${index}`, [0, 10] as const]));
  const { last } = planToRest(scene(4, { ...manySmall(), ...more }), 9);
  // 1,000 over 4 are 250: relief begins above 325 and ends at 287.5.
  expect(last.partitions[0]?.after).toBe(280);
});

test('spread: new partitions take their part, but for those kept for hot instruments', () => {
  const { last, input } = planToRest(scene(8, manySmall(), { dedicatedMax: 2 }), 9);
  expect(last.partitions.map(({ role }) => role)).toEqual([...Array(6).fill('shared'), 'reserved', 'reserved']);
  for (const { after } of last.partitions.slice(0, 6)) expect(after).toBeGreaterThan(100);
  expect(last.skew.after).toBeLessThanOrEqual(1.3);
  expect(input.placement.partitions).toBe(8);
});

test('spread: one added partition to four is filled although none of the four carries too much', () => {
  const { last, moves } = planToRest(scene(5, manySmall()), 9);
  expect(last.partitions[4]?.after).toBeGreaterThanOrEqual(0.85 * 160);
  expect(moves).toBe(14);
});

test('spread: an instrument heavier than the level stays, and the others leave it', () => {
  const { last } = planToRest(scene(4, { x: [0, 490], a: [0, 60], b: [0, 60], c: [1, 60], d: [2, 60], e: [3, 60] }), 9);
  expect(last.partitions.map(({ after }) => after)).toEqual([490, 120, 120, 60]);
  expect(last.partitions[0]?.after).toBe(490);
});

test('spread: two instruments heavier than the level part at the first move', () => {
  const plan = planPlacement(scene(4, { x: [0, 490], y: [0, 480], a: [0, 5], b: [0, 5], c: [1, 20] }));
  expect(movesOf(plan)[0]).toBe('y 0>2 spread');
});

test('spread: what a partition carries without being noticed moves nobody', () => {
  expect(movesOf(planPlacement(scene(4, { a: [0, 10], b: [0, 9] })))).toEqual([]);
});

test('partitions that were added are published even if nothing moves', () => {
  const plan = planPlacement(scene(5, { a: [0, 1] }));
  expect(plan.change).toMatchObject({ partitions: 5, moves: [] });
  expect(plan.next).toMatchObject({ partitions: 5, epoch: 1 });
});

test('a count of partitions below that of the map is stale and does not count', () => {
  const grown = planPlacement(scene(5, { a: [0, 1] })).next;
  expect(planPlacement({ ...scene(4, { a: [0, 1] }), placement: grown })).toMatchObject({ change: undefined });
});

test('what is due for several reasons goes in the order of reasons, as far as moves are allowed', () => {
  const many = manySmall();
  const { input } = planToRest(scene(8, { ...many, x: [0, 600], p: [1, 1] }, { pins: [pin('p', 2)] }), 9);
  const instruments = measured({ ...many, x: [0, 10], p: [1, 1], y: [3, 700], q: [3, 1] });
  const policy = { ...input.policy, pins: [pin('q', 1)], movesMax: 3 };
  const plan = planPlacement({ ...input, instruments, policy });
  expect(plan.moves.map(({ reason }) => reason)).toEqual(['pinned', 'hot', 'cooled']);
  expect(staysOf(plan)).toEqual(['p unpinned: moves-at-most']);
});

test('partitions wanted carry all ticks at the target', () => {
  expect(planPlacement(scene(4, { a: [0, 2_001], b: [1, 1_000] })).partitionsWanted).toBe(4);
  expect(planPlacement(scene(4, {})).partitionsWanted).toBe(1);
});

test('rates that are none count as 0', () => {
  const instruments = measured({ a: [0, Number.NaN], b: [0, -5], c: [0, Infinity] });
  expect(planPlacement({ ...scene(4, {}), instruments }).partitions[0]?.before).toBe(1e8);
});

test.each([
  ['targetTicksPerSec', 0],
  ['targetTicksPerSec', Infinity],
  ['hotEnterShare', Number.NaN],
  ['hotExitShare', 0.5],
  ['hotExitShare', 0],
  ['cooldownMs', -1],
  ['movesMax', 0],
  ['movesMax', 1.5],
  ['dedicatedMax', -1],
  ['skewMax', 1],
  ['skewMax', 2],
  ['overridesMax', 0.5],
] as const)('a policy whose %s is %d is none', (field, value) => {
  const { policy } = scene(4, {});
  expect(policyProblem({ ...policy, [field]: value })?.field).toBe(field);
  expect(() => planPlacement(scene(4, {}, { [field]: value }))).toThrow(RangeError);
});

test('a policy that pins an instrument twice or to no partition is none', () => {
  expect(policyProblem(scene(4, {}, { pins: [pin('a', 1), pin('a', 1)] }).policy)?.field).toBe('pins');
  expect(policyProblem(scene(4, {}, { pins: [pin('a', -1)] }).policy)?.field).toBe('pins');
  expect(policyProblem(scene(4, {}, { pins: [pin('a', 1)] }).policy)).toBeUndefined();
});
