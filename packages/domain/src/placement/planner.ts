/**
 * The planner: from rates and a policy to the next placement. In: what a `PlanInput` says. Out: a plan with its moves, the
 * reason of each, and why others stay. Pure and the same for every order of the input; nothing moves without a reason, and with
 * constant rates the plans come to rest.
 */
import { compareNames } from './instrument-map.ts';
import { applyChange, type PlacementChange } from './placement-change.ts';
import { policyProblem } from './placement-policy.ts';
import { PlanBoard } from './plan-board.ts';
import { cooledItems, planCooled, planHot } from './plan-hot.ts';
import { milliPerTick, type PlanItem } from './plan-item.ts';
import { planPins, planUnpins } from './plan-pins.ts';
import { planSpread } from './plan-spread.ts';
import type { PartitionRole, Plan, PlanInput } from './plan-types.ts';
import { SpreadLevel } from './spread-level.ts';

/** A plan that contradicts the rules of placement: a defect of the planner, told with the refusal. */
export class PlanRefusedError extends Error {
  override name = 'PlanRefusedError';
}

/** Plans the next step. Throws `RangeError` for a policy that has a problem (`policyProblem`). */
export function planPlacement(input: PlanInput): Plan {
  const problem = policyProblem(input.policy);
  if (problem !== undefined) throw new RangeError(`${problem.field} of the policy ${problem.problem}`);
  const board = new PlanBoard(input);
  const loadsBefore = board.loads.slice();
  const rolesBefore = board.roles();
  planPins(board);
  planHot(board);
  const leaving = new Set(cooledItems(board).map(({ item }) => item));
  const roles = board.roles();
  const level = levelOf(board, roles, leaving);
  planCooled(board, roles, level);
  planUnpins(board, level);
  const rolesAfter = board.roles();
  planSpread(board, rolesAfter, levelOf(board, rolesAfter, new Set()));
  const change = changeOf(board);
  const total = board.loads.reduce((sum, load) => sum + load, 0);
  return {
    change,
    next: change === undefined ? input.placement : applied(input, change),
    moves: board.moves,
    stays: board.stays.toSorted(compareNames),
    partitions: Array.from(board.loads, (after, partition) => ({
      before: (loadsBefore[partition] ?? 0) / milliPerTick,
      after: after / milliPerTick,
      role: rolesAfter[partition] ?? 'shared',
    })),
    skew: { before: skewOf(loadsBefore, rolesBefore), after: skewOf(board.loads, rolesAfter) },
    partitionsWanted: Math.max(1, Math.ceil(total / board.target)),
  };
}

/** The level of the shared partitions, which also those who leave a partition of their own will share. */
function levelOf(board: PlanBoard, roles: readonly PartitionRole[], leaving: ReadonlySet<PlanItem>): SpreadLevel {
  const shares: number[] = [];
  const pinned = new Map<number, number>();
  for (const item of board.items) {
    if (roles[item.partition] !== 'shared' && !leaving.has(item)) continue;
    if (item.pinnedTo === undefined) shares.push(item.milli);
    else pinned.set(item.partition, (pinned.get(item.partition) ?? 0) + item.milli);
  }
  const heavyFirst = Float64Array.from([...shares, ...pinned.values()])
    .sort()
    .reverse();
  const partitions = roles.filter((role) => role === 'shared').length;
  return new SpreadLevel(heavyFirst, Math.max(1, partitions), board.input.policy.skewMax, board.target);
}

function changeOf(board: PlanBoard): PlacementChange | undefined {
  const { input, partitions } = board;
  if (board.moves.length === 0 && partitions === input.placement.partitions) return undefined;
  const moves = board.moves.map(({ dataset, symbol, to, standing }) => {
    const pin = input.instruments.get(dataset, symbol)?.pin;
    return { dataset, symbol, pin, to, standing };
  });
  return { logTimeMs: input.logTimeMs, partitions, moves, appended: [] };
}

function applied({ placement }: PlanInput, change: PlacementChange): Plan['next'] {
  const result = applyChange(placement, change);
  if (result.kind === 'applied') return result.placement;
  throw new PlanRefusedError(`the plan for epoch ${placement.epoch + 1} is refused: ${JSON.stringify(result)}`);
}

/** The busiest of the shared partitions as a multiple of their mean. */
function skewOf(loads: Float64Array, roles: readonly PartitionRole[]): number {
  const shared = Array.from(loads).filter((_, partition) => roles[partition] === 'shared');
  const sum = shared.reduce((total, load) => total + load, 0);
  const busiest = shared.reduce((most, load) => Math.max(most, load), 0);
  return sum > 0 ? (busiest * shared.length) / sum : 1;
}
