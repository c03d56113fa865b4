/**
 * States that a simulation of moves has to reach. In: nothing. Out: the closed list: what can happen to an instrument between
 * partitions, what writers, coordinators and owners can do wrong, and what an instrument can have with it when it moves. A run over
 * many seeds must hit each: a rule that is never exercised proves nothing.
 */
import { type HandoverEvent, handoverEvents } from '@tapeline/domain';

/** What goes wrong, or is only odd, around the partitions. */
export const worldStates = [
  /** A writer that knows no map, is behind the newest one, or has a wrong hash lands something in another place than the map's. */
  'writerWithoutMap',
  'writerBehindMap',
  'writerOfWrongHash',
  /** An Origin stands before the first entry of a pinned instrument, also again after a crash. */
  'originTold',
  'writerCrashed',
  /** A request lands after its writer crashed, after it was given up, or after the same things landed by another writer. */
  'crashedRequestLanded',
  'failedBatchLanded',
  'landedAfterResend',
  'requestLost',
  'replyLost',
  'resentElsewhere',
  /** A tick is refused and leaves a Void; another writer accepted it all the same. */
  'refusedTick',
  'refusedAndAccepted',
  /** A coordinator is deposed while it waits in this phase; its late record is void. */
  'deposedClaiming',
  'deposedIdle',
  'deposedPreparing',
  'deposedPublishing',
  'deposedMoving',
  'voidRecord',
  /** The next coordinator appends the Move of its predecessor; somebody appends one long after. */
  'moveOfPredecessor',
  'moveAppendedTwice',
  /** One map record moves two instruments, and exchanges them. */
  'movedTogether',
  'crossed',
  'controlCompacted',
  'joinedAfterCompaction',
  'partitionAdded',
  'movedToAddedPartition',
  /** An owner ends and another one goes on from a snapshot, from one with parked entries, or from the first record. */
  'ownerFromSnapshot',
  'ownerFromParked',
  'ownerFromZero',
  'ownerTwice',
  /** Outputs and emissions come twice, of one owner and of two, and late. */
  'outputRepeated',
  'emissionRepeated',
  'emissionOfTwoOwners',
  'emissionLate',
  'handoverOfTwoOwners',
  /** An owner of another configuration sends what it has. */
  'foreignOwner',
  'retentionPassed',
  'gapDeclared',
  'tickThroughHole',
  'holeForgotten',
  'lateTick',
  'silence',
] as const;

/** What an instrument has with it when it moves. */
export const handoverFacts = [
  'leftWithHole',
  'leftWithForgottenHole',
  'leftWithWaitingProgress',
  'leftWithPendingAmendment',
  'leftWithAmendment',
  'leftWithOpenBar',
  'leftWithOpenCoarseBar',
  'leftWithExactSums',
  'leftWithFirstOfDate',
  'leftWithGone',
  'leftWithTrades',
] as const;

/** What comes of that afterwards. */
export const aftermathStates = [
  'gapAfterMove',
  'throughHoleAfterMove',
  'lateAfterMove',
  'revisedAfterMove',
  'amendedAfterMove',
  'forgottenHoleAfterMove',
  'movedTwice',
] as const;

/** A state of the world around the partitions. */
export type WorldState = (typeof worldStates)[number];

/** A state that a move meets an instrument in. */
export type HandoverFact = (typeof handoverFacts)[number];

/** A state of an instrument that moves. */
export type TravelState = HandoverFact | (typeof aftermathStates)[number];

/** A state that a run over many seeds must hit. A contradiction is none: in no run may there be one. */
export type MovedState = Exclude<HandoverEvent, 'contradicted'> | WorldState | TravelState;

/** All of them. */
export const movedStates: readonly MovedState[] = [
  ...handoverEvents.filter((event) => event !== 'contradicted'),
  ...worldStates,
  ...handoverFacts,
  ...aftermathStates,
];
