/**
 * Names of the condition profiles. In: nothing. Out: the closed list. A profile says which trades may set which
 * columns of a bar; each bar names the profile that it was made by.
 */

/** `all`: every trade counts for everything. `sip`: the consolidated rules of the US tapes. */
export type ProfileName = 'all' | 'sip';

/** Every profile, in the order in which bars of one bucket are put out. */
export const profileNames: readonly ProfileName[] = ['all', 'sip'];

/** What one trade may set; bits of the masks that `eligibility` answers. */
export const Eligible = {
  highLow: 1,
  last: 2,
  volume: 4,
  /** Sets open and close only if it is the first trade of its trading date that sets a price. */
  lastIfFirst: 8,
} as const;
