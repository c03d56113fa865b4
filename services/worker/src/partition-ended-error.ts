/**
 * The end of a loop, for those who wait for it. In: why. Out: an error that is no failure: the partition goes on elsewhere,
 * or in the next loop.
 */

/** Answers whoever waits for a loop that was stopped, and ends what it still had to do. */
export class PartitionEndedError extends Error {
  override name = 'PartitionEndedError';
}
