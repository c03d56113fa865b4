/**
 * The first trade of a trading date that sets a price, by profile: some sale conditions set open and close only if
 * they are on it (`Eligible.lastIfFirst`). In: candidates as trades are applied, bars as they leave. Out: which trade
 * is first now. It is decided by (event time, publisher, sequence), so arrival does not matter.
 */

/** A trade's place in the order of its date, and whether it sets open and close only by being first. */
export type FirstCandidate = {
  /** ns from the start of the date. */
  readonly ns: number;
  readonly publisher: number;
  readonly sequence: number;
  readonly conditional: boolean;
  /** Start of its bar of the finest level, whole seconds since the Unix epoch. */
  readonly barStartSec: number;
};

/** What an instrument keeps of one date and profile. */
export type FirstOfDate = {
  readonly date: number;
  readonly profile: number;
  /** Start of the date, whole seconds since the Unix epoch. */
  readonly startSec: number;
  /** The first of all, and the first among bars that have left. */
  first: FirstCandidate | undefined;
  left: FirstCandidate | undefined;
};

/** Compares publishers by id. */
export type Precedes = (left: number, right: number) => boolean;

/** Whether `left` comes before `right`; nothing comes after everything. */
export function isEarlier(left: FirstCandidate, right: FirstCandidate | undefined, precedes: Precedes): boolean {
  if (right === undefined) return true;
  if (left.ns !== right.ns) return left.ns < right.ns;
  if (left.publisher !== right.publisher) return precedes(left.publisher, right.publisher);
  return left.sequence < right.sequence;
}
