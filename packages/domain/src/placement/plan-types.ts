/**
 * What the planner is given and what it says. In: nothing. Out: the types of input, moves, reasons and of what stays.
 * Everything that it says is complete enough to be shown to a person without looking anywhere else.
 */
import type { InstrumentMap, InstrumentName } from './instrument-map.ts';
import type { Place, Standing } from './override.ts';
import type { PlacementChange } from './placement-change.ts';
import type { PlacementPolicy } from './placement-policy.ts';
import type { Placement } from './placement.ts';
import type { UnfitReason } from './unfit-reason.ts';

/** What is known of an instrument. */
export type MeasuredInstrument = {
  /** From 0 on; another value counts as 0, one above 10^8 as that. */
  readonly ticksPerSec: number;
  /** The pin of its row (ADR 20); absent = it was first at home. */
  readonly pin?: number | undefined;
};

/** Everything that a plan depends on. */
export type PlanInput = {
  readonly placement: Placement;
  /** Partitions that there are now. Where this is less than the placement has, it is stale, and that counts. */
  readonly partitions: number;
  /** Log time, ms since the Unix epoch: that of the rates. */
  readonly logTimeMs: number;
  /** Instruments that have a row. One that is missing and was never moved is unknown, and a pin of it waits for its row. */
  readonly instruments: InstrumentMap<MeasuredInstrument>;
  readonly policy: PlacementPolicy;
  /** Partitions that do not give now, or neither give nor take; see `UnfitReason`. */
  readonly unfit?: ReadonlyMap<number, UnfitReason>;
};

/** Why an instrument moves. In this order they are planned, so the first ones win where only so many moves are allowed. */
export const moveReasons = [
  /** The policy wants it there. */
  'pinned',
  /** It is hot and gets a partition of its own. */
  'hot',
  /** More instruments have a partition of their own than the policy allows now, and this one is the least hot. */
  'surplus',
  /** It has a partition of its own and is not hot any more. */
  'cooled',
  /** Its pin was taken out of the policy, and where it was first there is room. */
  'unpinned',
  /** Its partition carries too much, or another one, such as a new one, too little. */
  'spread',
] as const;

/** The name of a reason. */
export type MoveReason = (typeof moveReasons)[number];

/** Why an instrument stays although there is a reason to move it. */
export const stayReasons = [
  /** A pin of an instrument that nobody has seen: its row will decide where it begins (ADR 20). */
  'unseen',
  /** A pin names a partition that is not there yet. */
  'no-such-partition',
  /** Its last move is still listed (C5). */
  'pending',
  /** It was moved not long enough ago. */
  'cooldown',
  /** Its partition is unfit to give. */
  'source-unfit',
  /** Its partition is some seconds behind, so it gives pinned ones alone. */
  'source-behind',
  /** The partition is unfit to take, or all are. */
  'target-unfit',
  /** Hot, and alone in its partition anyway. */
  'alone',
  /** As many instruments as the policy allows have a partition of their own. */
  'dedicated-at-most',
  /** No added partition is empty; base partitions get new instruments by the hash and are never one's own. */
  'no-free-partition',
  /** Where it was first there is no room, so the instrument whose pin was taken out stays. */
  'no-room',
  /** As many instruments as the policy allows were moved once. */
  'overrides-at-most',
  /** As many moves as the policy allows are listed or planned. */
  'moves-at-most',
] as const;

/** The name of a reason. */
export type StayReason = (typeof stayReasons)[number];

/** Ticks a second of a partition before and after a step. */
export type LoadChange = { readonly before: number; readonly after: number };

/** A move of a plan. */
export type PlannedMove = InstrumentName & {
  readonly reason: MoveReason;
  readonly from: Place;
  readonly to: number;
  readonly standing: Standing;
  readonly ticksPerSec: number;
  /** Ticks a second of the two partitions, by this move alone, in the order of moves. */
  readonly fromLoad: LoadChange;
  readonly toLoad: LoadChange;
};

/** An instrument that stays although there is a reason to move it. */
export type Stay = InstrumentName & {
  readonly wanted: MoveReason;
  readonly stays: StayReason;
  /** Where it is; `undefined` if that is not known. */
  readonly partition: number | undefined;
  /** Where it should go, if that is one partition. */
  readonly to: number | undefined;
  readonly ticksPerSec: number;
  /** ms of log time until the cooldown ends; 0 for all other reasons. */
  readonly waitMs: number;
};

/**
 * What a partition is for. `shared`: for all; `dedicated`: one hot instrument has it; `reserved`: empty, kept for the
 * next hot one; `unfit`: neither gives nor takes now.
 */
export type PartitionRole = 'shared' | 'dedicated' | 'reserved' | 'unfit';

/** A partition in a plan; ticks a second before and after all its moves. */
export type PlannedPartition = LoadChange & { readonly role: PartitionRole };

/** What is to be done, and why. */
export type Plan = {
  /** What to publish; `undefined` if nothing changes. */
  readonly change: PlacementChange | undefined;
  /** The placement after it. */
  readonly next: Placement;
  /** In the order in which they were planned. */
  readonly moves: readonly PlannedMove[];
  /** In the order of names. */
  readonly stays: readonly Stay[];
  /** By number. */
  readonly partitions: readonly PlannedPartition[];
  /** The busiest shared partition as a multiple of the mean of all shared ones; 1 if nothing is measured. */
  readonly skew: LoadChange;
  /** Partitions that would carry all ticks at the target. */
  readonly partitionsWanted: number;
};
