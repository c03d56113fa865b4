/**
 * Hot instruments in a plan. In: the board. Out: moves of hot ones to partitions of their own, and of those back that cooled.
 * Between the shares where heat begins and ends nothing changes (hysteresis), and nothing that was moved is moved again before
 * its cooldown is over.
 */
import type { PlanBoard } from './plan-board.ts';
import type { PlanItem } from './plan-item.ts';
import type { MoveReason, PartitionRole, StayReason } from './plan-types.ts';
import type { SpreadLevel } from './spread-level.ts';

/** An instrument that is to give its partition back. */
export type CooledItem = { readonly item: PlanItem; readonly reason: MoveReason };

/** Gives the hottest a partition of their own, as many as the policy allows and as there are empty ones. */
export function planHot(board: PlanBoard): void {
  const { policy } = board.input;
  const enter = policy.hotEnterShare * board.target;
  let owned = board.items.filter(({ standing }) => standing === 'dedicated').length;
  const empty = board.emptyPartitions();
  const isHot = (item: PlanItem): boolean =>
    item.milli >= enter && item.standing !== 'dedicated' && item.pinnedTo === undefined;
  for (const item of board.hottestFirst(isHot)) {
    const hasRoom = owned < policy.dedicatedMax;
    if (hasRoom && isAlone(board, item)) {
      board.alone.add(item.partition);
      board.stay(item, 'hot', 'alone');
      owned += 1;
      continue;
    }
    const block = board.blockOf(item, 'hot') ?? (hasRoom ? undefined : 'dedicated-at-most');
    const stays = block ?? moveToEmpty(board, item, empty);
    if (stays === undefined) owned += 1;
    else board.stay(item, 'hot', stays);
  }
}

/** Takes the partition of their own from those that cooled, and from the least hot where there are too many. */
export function planCooled(board: PlanBoard, roles: readonly PartitionRole[], level: SpreadLevel): void {
  for (const { item, reason } of cooledItems(board)) {
    const to = placeForCooled(board, item, roles, level);
    const block = to === undefined ? 'target-unfit' : board.move(item, to, reason, 'spread');
    if (block !== undefined) board.stay(item, reason, block, to);
  }
}

/** Instruments that `planCooled` would move, the least hot first, with the reason. */
export function cooledItems(board: PlanBoard): CooledItem[] {
  const { policy } = board.input;
  const exit = policy.hotExitShare * board.target;
  const owners = board.hottestFirst(({ standing }) => standing === 'dedicated');
  const free = owners.filter(({ pinnedTo, isMoved }) => pinnedTo === undefined && !isMoved).toReversed();
  const surplus = Math.max(0, owners.length - policy.dedicatedMax);
  return free.flatMap((item, index): CooledItem[] => {
    if (item.milli < exit) return [{ item, reason: 'cooled' }];
    return index < surplus ? [{ item, reason: 'surplus' }] : [];
  });
}

/** Alone is who came to an added partition to which nobody else came: base partitions get new instruments by the hash. */
function isAlone(board: PlanBoard, { partition, standing }: PlanItem): boolean {
  const isAdded = partition >= board.input.placement.basePartitions;
  return isAdded && standing !== undefined && board.arrivals[partition] === 1;
}

function moveToEmpty(board: PlanBoard, item: PlanItem, empty: number[]): StayReason | undefined {
  const to = empty[0];
  if (to === undefined) return 'no-free-partition';
  const block = board.move(item, to, 'hot', 'dedicated');
  if (block === undefined) empty.shift();
  return block;
}

/** Where it was first if there is room, else the partition that carries least. */
function placeForCooled(
  board: PlanBoard,
  { first, milli }: PlanItem,
  roles: readonly PartitionRole[],
  level: SpreadLevel,
): number | undefined {
  const load = (partition: number): number => board.loads[partition] ?? 0;
  if (roles[first] === 'shared' && load(first) + milli <= level.roomTo) return first;
  let lightest: number | undefined;
  for (let partition = 0; partition < board.partitions; partition += 1) {
    if (roles[partition] !== 'shared') continue;
    if (lightest === undefined || load(partition) < load(lightest)) lightest = partition;
  }
  return lightest;
}
