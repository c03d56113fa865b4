/**
 * What a test and its coordinator process say to each other. In: nothing. Out: the types of JSON, and the name of the variable with the
 * policy.
 */
import type { CoordinatorState, MovePhase } from '@tapeline/domain';

/** The environment's policy: a JSON object of some fields of `PlacementPolicy`. */
export const policyVariable = 'COORDINATOR_POLICY';

/** A move as it is told. */
export type ToldMove = {
  readonly symbol: string;
  readonly from: number;
  readonly to: number;
  readonly epoch: number;
  readonly phase: MovePhase;
};

/** What a coordinator knows; empty before it read `control` to its end. */
export type CoordinatorStatus = {
  readonly state: CoordinatorState;
  /** 0 = it does not lead. */
  readonly token: number;
  readonly epoch: number;
  readonly partitions: number;
  /** Moves that the map lists. */
  readonly listed: number;
  readonly moves: readonly ToldMove[];
  /** Why instruments moved, such as `AAA hot`, of moves that arrived; each once, oldest first. */
  readonly made: readonly string[];
  /** Hot symbols that stay where they are by the last plan, since nobody else is there. */
  readonly alone: readonly string[];
  /** The last ones that arrived, oldest first. */
  readonly ended: readonly ToldMove[];
};
