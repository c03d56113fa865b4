/**
 * What each partition weighs when partitions are spread over workers. In: partitions and their rates as far as they are
 * known. Out: a positive weight each. A partition costs something even when it is quiet, and one of unknown rate is
 * taken for an average one, so that nobody is given all of the quiet or the new ones.
 */

/** The part of the mean rate that a partition weighs beside its own rate. */
const quietShare = 0.05;

/** The weights, and whether all are the same, in which case each is 1 and loads are counts. */
export type Weights = { readonly of: ReadonlyMap<number, number>; readonly areEqual: boolean };

/**
 * Weights from ticks a second. A rate that is negative or no finite number counts as unknown; where none is known or
 * all are 0 the weights are equal.
 */
export function weighPartitions(partitions: readonly number[], rates: ReadonlyMap<number, number>): Weights {
  let sum = 0;
  let known = 0;
  for (const partition of partitions) {
    const rate = knownRate(rates, partition);
    if (rate === undefined) continue;
    sum += rate;
    known += 1;
  }
  const mean = known === 0 ? 0 : sum / known;
  const areEqual = partitions.every((partition) => (knownRate(rates, partition) ?? mean) === mean);
  const weigh = (partition: number): number =>
    areEqual || !(mean > 0) ? 1 : (knownRate(rates, partition) ?? mean) + mean * quietShare;
  return {
    of: new Map(partitions.map((partition) => [partition, weigh(partition)])),
    areEqual: areEqual || mean === 0,
  };
}

function knownRate(rates: ReadonlyMap<number, number>, partition: number): number | undefined {
  const rate = rates.get(partition);
  // Beyond this a sum of rates would be no number; no partition carries as much.
  return rate !== undefined && rate >= 0 && rate <= 1e15 ? rate : undefined;
}
