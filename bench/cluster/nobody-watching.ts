/**
 * Forming bars of a market in which nobody watches. In: nothing. Out: the seam, with no subscriber and no wish, so that a
 * worker under test makes none, as a worker does for instruments that nobody follows.
 */
import type { FormingBars } from '@tapeline/domain';

/** Nobody subscribes and nobody wants anything. */
export const nobodyWatching: FormingBars = {
  publish: () => undefined,
  subscribe: () => () => undefined,
  want: () => () => undefined,
  isWanted: () => false,
};
