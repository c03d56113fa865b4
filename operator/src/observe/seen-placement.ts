/**
 * What the coordinator of a stream knows of its placement, as decisions read it. In: nothing. Out: types. It runs in this process
 * beside the rounds, so a look at it asks nobody and is as old as the last record of `control` that was read.
 */
import type { InstrumentName, Placement, Plan } from '@tapeline/domain';
import type { MovePhase } from '../crd/placement-status-schema.ts';

/** A move that is under way. */
export type SeenMove = InstrumentName & {
  /** The epoch that the instrument gets. */
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  readonly phase: MovePhase;
  /** When it came into this phase, ms since the Unix epoch. */
  readonly sinceMs: number;
};

/** An instrument and its rate. */
export type SeenRate = InstrumentName & {
  readonly ticksPerSec: number;
  readonly partition: number;
  /** Whether it has the partition for itself. */
  readonly isDedicated: boolean;
};

/** How often order could not be kept, by the newest report of each partition, however old. */
export type SeenOrder = {
  readonly declaredGaps: number;
  readonly violations: number;
  /** How many partitions reported lately. */
  readonly reporting: number;
};

/** The placement. */
export type SeenPlacement = {
  /** The map in force. */
  readonly placement: Placement;
  /** In the order of epochs and names. */
  readonly moves: readonly SeenMove[];
  /** What would be moved now, whoever may move it; undefined before the first round of planning, and in mode Off. */
  readonly plan: Plan | undefined;
  /** Whether rates were measured for long enough; before that a plan is about pins alone. */
  readonly isMeasured: boolean;
  /** The busiest instruments, the busiest first. */
  readonly busiest: readonly SeenRate[];
  readonly order: SeenOrder;
};
