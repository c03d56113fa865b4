/**
 * Why a partition does not give or take instruments now (C2). In: what a board of reports found. Out: whether a move may be planned and
 * begun. One rule for the planner and for the coordinator, so that nothing is planned that is refused at once.
 */

/** Reasons, each with whether the partition takes meanwhile, and whether it gives what is urgent. */
const facts = {
  /** Its owner is behind by a quarter of retention. */
  lagging: { takes: false, givesUrgent: false },
  /** Its owner gave no sign of life. */
  silent: { takes: false, givesUrgent: false },
  /** Its owner runs under another configuration or state version than most, which the Handovers of the others do not fit. */
  'other-form': { takes: false, givesUrgent: false },
  /**
   * Its owner is behind by more than seconds. Until it reached the Move, all ticks of what it gives would go to the new partition, wait
   * there in vain and come back. A person who pins wants that all the same.
   */
  behind: { takes: true, givesUrgent: true },
} as const;

/** One of them. */
export type UnfitReason = keyof typeof facts;

/** Whether a partition gives; `isUrgent`: what goes is pinned to where it goes, or prepared already. */
export function givesNow(unfit: UnfitReason | undefined, isUrgent: boolean): boolean {
  return unfit === undefined || (isUrgent && facts[unfit].givesUrgent);
}

/** Whether a partition takes. */
export function takesNow(unfit: UnfitReason | undefined): boolean {
  return unfit === undefined || facts[unfit].takes;
}
