/**
 * Our way to spread partitions, as kafkajs and the brokers want it. In: what the members of a group told of themselves.
 * Out: the partitions of each. Only the group's leader computes it; the rule itself is the domain's and pure.
 */
import { type AssignMember, assignPartitions } from '@tapeline/domain';
import { AssignerProtocol, type GroupMember, type GroupMemberAssignment, type PartitionAssigner } from 'kafkajs';
import { decodeMemberData, encodeMemberData, type MemberData } from './member-data.ts';

/** The protocol's name: all members of a group must offer the same. */
export const assignerName = 'tapeline-sticky-by-rate';
const formatVersion = 1;

/** What the assigner needs to know. */
export type AssignerParts = {
  readonly topic: string;
  /** Partitions that are spread, from 0, as far as this worker knows; others may know of more, and those beyond are nobody's. */
  readonly partitions: () => number;
  /** What this worker tells at each join. */
  readonly tell: () => MemberData;
};

/** The assigner of one worker. */
export function workerAssigner({ topic, partitions: ownCount, tell }: AssignerParts): PartitionAssigner {
  return ({ cluster }) => ({
    name: assignerName,
    version: formatVersion,
    protocol: ({ topics }) => ({
      name: assignerName,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: formatVersion,
        topics,
        userData: encodeMemberData(tell()),
      }),
    }),
    assign: async ({ members }) => {
      const count = Math.max(ownCount(), inUseOf(members));
      const known = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      const partitions = known.filter((partition) => partition < count);
      return assignmentOf(topic, partitions, members);
    },
  });
}

/** The most that any member knows to be in use: whoever heard of a map first tells the others by the group itself. */
function inUseOf(members: readonly GroupMember[]): number {
  return Math.max(0, ...members.map(({ memberMetadata }) => memberDataOf(memberMetadata)?.partitionsInUse ?? 0));
}

/** The partitions of each member, as bytes for the brokers. */
export function assignmentOf(
  topic: string,
  partitions: readonly number[],
  members: readonly GroupMember[],
): GroupMemberAssignment[] {
  const told = members
    .map(({ memberId, memberMetadata }) => ({ memberId, data: memberDataOf(memberMetadata) }))
    .toSorted((one, other) => (one.data?.generation ?? 0) - (other.data?.generation ?? 0));
  const rates = new Map<number, number>();
  // In the order of generations, so that of two who measured a partition the one that still has it counts.
  for (const { data } of told) for (const [partition, rate] of data?.rates ?? []) rates.set(partition, rate);
  const claims = told.map(({ memberId, data }) => ({
    id: memberId,
    owned: data?.owned ?? [],
    generation: data?.generation ?? 0,
  }));
  const even = Math.ceil(partitions.length / members.length);
  const given = assignPartitions({ partitions, members: withoutSurplus(claims, even), rates });
  return members.map(({ memberId }) => ({
    memberId,
    memberAssignment: AssignerProtocol.MemberAssignment.encode({
      version: formatVersion,
      assignment: { [topic]: given.get(memberId) ?? [] },
      userData: Buffer.alloc(0),
    }),
  }));
}

/**
 * The same claims, but whoever claims more than `even` leaves the surplus to others that claim it too, the newest generation
 * first. Who comes back first from a silence of the group is given everything, and the others counted theirs on until now:
 * of what must be given up anyway each of them has back what it had.
 */
function withoutSurplus(claims: readonly AssignMember[], even: number): AssignMember[] {
  const claimants = new Map<number, number>();
  for (const { owned } of claims) for (const one of owned) claimants.set(one, (claimants.get(one) ?? 0) + 1);
  return claims.toReversed().map((member) => {
    let surplus = member.owned.length - even;
    const owned = member.owned.filter((partition) => {
      const count = claimants.get(partition) ?? 0;
      if (surplus <= 0 || count < 2) return true;
      claimants.set(partition, count - 1);
      surplus -= 1;
      return false;
    });
    return { ...member, owned };
  });
}

/** What a member told when it joined; `undefined` if it is not one of ours. */
export function memberDataOf(metadata: Buffer): MemberData | undefined {
  if (metadata.length === 0) return undefined;
  const userData = AssignerProtocol.MemberMetadata.decode(metadata)?.userData;
  return userData === undefined || userData === null ? undefined : decodeMemberData(userData);
}
