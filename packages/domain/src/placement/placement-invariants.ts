/**
 * What holds of every map and of every later map of the same stream. In: the parts of a map, and an earlier placement if
 * there is one. Out: the invariant that is broken, by name, with its instrument; or nothing. A reader of `control` asks before
 * it believes a record, a coordinator before it publishes one (handover.md §2.3, C0 to C5).
 */
import { InstrumentMap, type InstrumentName } from './instrument-map.ts';
import { epochMax, isPackable, type Override, partitionsMax } from './override.ts';
import { diffPlacements, type PlacementDiff } from './placement-diff.ts';
import { epochTimesMax, type ListedMove, Placement, type PlacementParts } from './placement.ts';

/** Every invariant by name: first those of one map, then those of two. */
export const placementInvariants = [
  /** A stream begins with 1 to 2^20 partitions, has at most 2^20, and never fewer than it began with. */
  'PARTITIONS_IN_RANGE',
  /** The epoch of a map is 0 to 2^31 - 1. */
  'EPOCH_IN_RANGE',
  /** An instrument has one override at most, so it lives in exactly one partition. */
  'ONE_OVERRIDE_EACH',
  /** An override names a partition that is there. */
  'OVERRIDE_PARTITION_IN_RANGE',
  /** The epoch of an override is 1 or more, and not above that of the map. */
  'OVERRIDE_EPOCH_IN_RANGE',
  /** Of two instruments in a partition one at most has it as its own. */
  'ONE_DEDICATED_EACH',
  /** An instrument has one listed move at most (C5). */
  'ONE_LISTED_MOVE_EACH',
  /** A listed move has gone where the map says, by the epoch that the map says (C2). */
  'LISTED_MOVE_IN_MAP',
  /** A listed move leaves another partition that is there, by an earlier epoch (C0). */
  'LISTED_MOVE_FROM_ELSEWHERE',
  /** Times of epochs rise with them, are of epochs of the map, and are not too many. */
  'EPOCH_TIMES_RISE',
  /** Base partitions never change. */
  'BASE_PARTITIONS_STAY',
  /** Partitions are never removed. */
  'PARTITIONS_NEVER_FALL',
  /** The epoch of the map never falls. */
  'EPOCH_NEVER_FALLS',
  /** One epoch is one map: two of the same epoch are alike. */
  'EPOCH_USED_ONCE',
  /** An override is never taken out, not even at home (C0). */
  'OVERRIDE_NEVER_DROPPED',
  /** Another place of an instrument has an epoch above that of the map before. */
  'NEW_PLACE_HAS_NEW_EPOCH',
  /** A map that follows at once lists each of its moves, from the place that the map before says (C2). */
  'NEW_PLACE_IS_LISTED',
  /** A map that follows at once moves nothing whose last move is still listed (C5). */
  'MOVE_AFTER_LAST_IS_DONE',
  /** A move that was marked done is never listed again, and none is listed late (C4). */
  'DONE_STAYS_DONE',
] as const;

/** The name of an invariant. */
export type PlacementInvariant = (typeof placementInvariants)[number];

/** An invariant that does not hold, and of which instrument if it is about one. */
export type BrokenInvariant = { readonly invariant: PlacementInvariant; readonly instrument?: InstrumentName };

/**
 * The first invariant that a map breaks, by itself or as a later map than `before`; `undefined` if all hold. Between the
 * two there may be maps that the reader did not see, as compaction takes them out.
 */
export function brokenInvariant(after: PlacementParts, before?: Placement): BrokenInvariant | undefined {
  // A placement sorts its overrides each time that it is asked for them.
  const parts = after instanceof Placement ? after.parts() : after;
  const broken = ofNumbers(parts) ?? ofOverrides(parts) ?? ofListedMoves(parts) ?? ofEpochTimes(parts);
  if (broken !== undefined || before === undefined) return broken;
  return brokenSuccession(after instanceof Placement ? after : Placement.of(after), before);
}

/** The first invariant that a map breaks as a later one than `before`, where it breaks none by itself; `undefined` if all hold. */
export function brokenSuccession(after: Placement, before: Placement): BrokenInvariant | undefined {
  return ofSuccession(before, after);
}

function broken(invariant: PlacementInvariant, instrument?: InstrumentName): BrokenInvariant {
  if (instrument === undefined) return { invariant };
  const { dataset, symbol } = instrument;
  return { invariant, instrument: { dataset, symbol } };
}

function ofNumbers({ basePartitions, partitions, epoch }: PlacementParts): BrokenInvariant | undefined {
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= partitionsMax;
  if (!isCount(basePartitions) || !isCount(partitions) || partitions < basePartitions) {
    return broken('PARTITIONS_IN_RANGE');
  }
  return Number.isInteger(epoch) && epoch >= 0 && epoch <= epochMax ? undefined : broken('EPOCH_IN_RANGE');
}

function ofOverrides({ overrides, partitions, epoch }: PlacementParts): BrokenInvariant | undefined {
  const seen = new InstrumentMap<true>();
  const dedicated = new Set<number>();
  for (const override of overrides) {
    const { dataset, symbol, partition } = override;
    if (seen.get(dataset, symbol) === true) return broken('ONE_OVERRIDE_EACH', override);
    seen.set(dataset, symbol, true);
    if (!isPackable({ partition, epoch: 0 }) || partition >= partitions) {
      return broken('OVERRIDE_PARTITION_IN_RANGE', override);
    }
    if (!isPackable(override) || override.epoch < 1 || override.epoch > epoch) {
      return broken('OVERRIDE_EPOCH_IN_RANGE', override);
    }
    if (override.standing !== 'dedicated') continue;
    if (dedicated.has(partition)) return broken('ONE_DEDICATED_EACH', override);
    dedicated.add(partition);
  }
  return undefined;
}

function ofListedMoves({ overrides, moves, partitions }: PlacementParts): BrokenInvariant | undefined {
  const listed = new InstrumentMap<ListedMove>();
  for (const move of moves) {
    if (listed.get(move.dataset, move.symbol) !== undefined) return broken('ONE_LISTED_MOVE_EACH', move);
    listed.set(move.dataset, move.symbol, move);
    const { from, fromEpoch } = move;
    const isThere = isPackable({ partition: from, epoch: fromEpoch }) && from < partitions;
    if (!isThere || from === move.to || fromEpoch >= move.epoch) return broken('LISTED_MOVE_FROM_ELSEWHERE', move);
  }
  if (moves.length === 0) return undefined;
  const found = new InstrumentMap<Override>();
  for (const override of overrides) {
    if (listed.get(override.dataset, override.symbol) !== undefined) {
      found.set(override.dataset, override.symbol, override);
    }
  }
  const other = moves.find(({ dataset, symbol, to, epoch }) => {
    const override = found.get(dataset, symbol);
    return override?.partition !== to || override.epoch !== epoch;
  });
  return other === undefined ? undefined : broken('LISTED_MOVE_IN_MAP', other);
}

function ofEpochTimes({ epochTimes, epoch }: PlacementParts): BrokenInvariant | undefined {
  let lastEpoch = 0;
  let lastMs = -Infinity;
  for (const time of epochTimes) {
    const rises = Number.isInteger(time.epoch) && time.epoch > lastEpoch && time.logTimeMs >= lastMs;
    if (!rises || time.epoch > epoch) return broken('EPOCH_TIMES_RISE');
    lastEpoch = time.epoch;
    lastMs = time.logTimeMs;
  }
  return epochTimes.length > epochTimesMax ? broken('EPOCH_TIMES_RISE') : undefined;
}

function ofSuccession(before: Placement, after: Placement): BrokenInvariant | undefined {
  if (after.basePartitions !== before.basePartitions) return broken('BASE_PARTITIONS_STAY');
  if (after.partitions < before.partitions) return broken('PARTITIONS_NEVER_FALL');
  if (after.epoch < before.epoch) return broken('EPOCH_NEVER_FALLS');
  const diff = diffPlacements(before, after);
  if (diff.dropped[0] !== undefined) return broken('OVERRIDE_NEVER_DROPPED', diff.dropped[0]);
  if (diff.epochs === 0) return isNoDifference(diff) ? undefined : broken('EPOCH_USED_ONCE');
  for (const moved of diff.moved) {
    if (moved.to.epoch <= before.epoch) return broken('NEW_PLACE_HAS_NEW_EPOCH', moved);
  }
  const late = diff.listed.find(({ epoch }) => epoch <= before.epoch);
  if (late !== undefined) return broken('DONE_STAYS_DONE', late);
  return diff.epochs === 1 ? ofNextMap(before, after, diff) : undefined;
}

/** What can be said only where no map lies between the two. */
function ofNextMap(before: Placement, after: Placement, diff: PlacementDiff): BrokenInvariant | undefined {
  for (const moved of diff.moved) {
    const { dataset, symbol, from } = moved;
    if (before.moveOf(dataset, symbol) !== undefined) return broken('MOVE_AFTER_LAST_IS_DONE', moved);
    const listed = after.moveOf(dataset, symbol);
    const isFromThere = from === undefined || listed?.from === from.partition;
    if (listed === undefined || listed.fromEpoch !== (from?.epoch ?? 0) || !isFromThere) {
      return broken('NEW_PLACE_IS_LISTED', moved);
    }
  }
  return undefined;
}

function isNoDifference({ partitionsAdded, moved, listed, appended }: PlacementDiff): boolean {
  return partitionsAdded === 0 && moved.length === 0 && listed.length === 0 && appended.length === 0;
}
