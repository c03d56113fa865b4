/**
 * Pins in a plan. In: the board. Out: moves of instruments that the policy wants elsewhere, and of those whose pin was taken
 * out. A pin wins over cooldowns and over what the planner would do, never over the protocol.
 */
import { compareNames, InstrumentMap } from './instrument-map.ts';
import type { PlanBoard } from './plan-board.ts';
import type { PlanItem } from './plan-item.ts';
import type { SpreadLevel } from './spread-level.ts';

/** Moves what is pinned, in the order of names. */
export function planPins(board: PlanBoard): void {
  const pinned = new InstrumentMap<PlanItem>();
  for (const item of board.items) if (item.pinnedTo !== undefined) pinned.set(item.dataset, item.symbol, item);
  for (const { dataset, symbol, partition } of board.input.policy.pins.toSorted(compareNames)) {
    const item = pinned.get(dataset, symbol);
    if (item === undefined) {
      const unknown = { partition: undefined, to: partition, ticksPerSec: 0, waitMs: 0 };
      board.stays.push({ dataset, symbol, wanted: 'pinned', stays: 'unseen', ...unknown });
      continue;
    }
    if (item.partition === partition) continue;
    const isThere = partition < board.partitions;
    const block = isThere ? board.move(item, partition, 'pinned', 'pinned') : 'no-such-partition';
    if (block !== undefined) board.stay(item, 'pinned', block, partition);
  }
}

/**
 * Whose pin was taken out goes back to where it was first, where there is room, so that a pin that was tried leaves
 * nothing behind. Where there is none it stays, and may be spread as any other.
 */
export function planUnpins(board: PlanBoard, level: SpreadLevel): void {
  const freed = board.hottestFirst(
    ({ standing, pinnedTo, isMoved, first, partition }) =>
      standing === 'pinned' && pinnedTo === undefined && !isMoved && first !== partition,
  );
  for (const item of freed) {
    const hasRoom = (board.loads[item.first] ?? 0) + item.milli <= level.roomTo;
    const block = hasRoom ? board.move(item, item.first, 'unpinned', 'spread') : 'no-room';
    if (block !== undefined) board.stay(item, 'unpinned', block, item.first);
  }
}
