/**
 * Spreads partitions over workers. In: partitions, workers with what they own, rates. Out: each partition at exactly one
 * worker. Pure and the same for every order of the input, so it does not matter who computes it. Sticky: what is owned
 * stays where it is unless the balance is off, because a partition that moves is recovered from its snapshot. Law 5.
 */
import { balance } from './assign-balance.ts';
import { lightestOf, Share } from './assign-share.ts';
import { weighPartitions } from './assign-weights.ts';

/** A worker as it presents itself. */
export type AssignMember = {
  /** Unlike any other's. */
  readonly id: string;
  /** Partitions that it works on; those that do not exist are ignored. */
  readonly owned: readonly number[];
  /** The generation of the group in which it was given them; of two that claim a partition the higher keeps it. 0 if absent. */
  readonly generation?: number;
};

/** What is to be spread, over whom, and by what weight. */
export type PartitionsToAssign = {
  readonly partitions: readonly number[];
  readonly members: readonly AssignMember[];
  /** Ticks a second of a partition; one that is missing counts as an average one. */
  readonly rates: ReadonlyMap<number, number>;
};

/**
 * The partitions of each member by its id, ascending; every partition at one member, none if there is no member.
 *
 * With equal or unknown rates the counts differ by one at most. With rates the heaviest member carries at most 1.25 times
 * the mean, or (mean + heaviest partition) / 0.9 where partitions are too heavy for that. An owned partition moves only
 * if balancing lowers the higher load of a pair of members by a tenth or more. Of two members that claim a partition the
 * one of the higher generation keeps it, then the one whose id comes first.
 */
export function assignPartitions({ partitions, members, rates }: PartitionsToAssign): Map<string, number[]> {
  const all = [...new Set(partitions)].toSorted((one, other) => one - other);
  const weights = weighPartitions(all, rates);
  const ordered = members.toSorted((one, other) => compareTexts(one.id, other.id));
  const shares = new Map(ordered.map(({ id }) => [id, new Share(id)]));
  if (shares.size === 0) return new Map();
  const owners = ownersOf(ordered);
  const free = [];
  for (const partition of all) {
    const item = { partition, weight: weights.of.get(partition) ?? 1 };
    const share = shares.get(owners.get(partition)?.id ?? '');
    if (share === undefined) free.push(item);
    else share.add(item);
  }
  const spread = [...shares.values()];
  // The heaviest first: the light ones then even out what the heavy ones left.
  free.sort((one, other) => other.weight - one.weight || one.partition - other.partition);
  for (const item of free) lightestOf(spread)?.add(item);
  balance(spread, weights.areEqual);
  return new Map(spread.map(({ id, items }) => [id, sortedPartitions(items)]));
}

function ownersOf(ordered: readonly AssignMember[]): Map<number, AssignMember> {
  const owners = new Map<number, AssignMember>();
  for (const member of ordered) {
    for (const partition of member.owned) {
      const before = owners.get(partition);
      if (before === undefined || (member.generation ?? 0) > (before.generation ?? 0)) owners.set(partition, member);
    }
  }
  return owners;
}

function sortedPartitions(items: readonly { readonly partition: number }[]): number[] {
  return items.map(({ partition }) => partition).toSorted((one, other) => one - other);
}

/** By code units: the same everywhere, whatever the language of the machine. */
function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
