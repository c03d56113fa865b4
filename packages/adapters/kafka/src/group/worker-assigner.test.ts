/** From what members told to what the brokers are given. */
import { AssignerProtocol, type Cluster, type Logger } from 'kafkajs';
import { expect, test } from 'vitest';
import { encodeMemberData } from './member-data.ts';
import { assignmentOf, workerAssigner } from './worker-assigner.ts';

const topic = 'stream.ticks';

function member(memberId: string, userData: Buffer): { memberId: string; memberMetadata: Buffer } {
  return {
    memberId,
    memberMetadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics: [topic], userData }),
  };
}

function told(generation: number, owned: number[], rates: [number, number][] = [], partitionsInUse = 0): Buffer {
  return encodeMemberData({ address: 'worker:1', generation, owned, rates: new Map(rates), partitionsInUse });
}

function given(members: { memberId: string; memberMetadata: Buffer }[], partitions: number[]): Record<string, unknown> {
  const assignments = assignmentOf(topic, partitions, members).map(({ memberId, memberAssignment }) => [
    memberId,
    AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment[topic],
  ]);
  return Object.fromEntries(assignments) as Record<string, unknown>;
}

test('what members own stays theirs, and what nobody owns goes to who has least', () => {
  const members = [member('a', told(4, [1, 3])), member('b', told(4, [0]))];
  expect(given(members, [0, 1, 2, 3])).toEqual({ a: [1, 3], b: [0, 2] });
});

test('a zombie that claims what it owned in an older generation does not get it back', () => {
  const members = [member('a', told(3, [0, 1])), member('b', told(5, [0, 1]))];
  expect(given(members, [0, 1, 2, 3])).toEqual({ a: [2, 3], b: [0, 1] });
});

test('who took everything while the others were silent gives each what it had, and keeps its own', () => {
  const first = member('c', told(9, [0, 1, 2, 3, 4, 5]));
  const [a, b] = [member('a', told(4, [1, 5])), member('b', told(4, [0, 2]))];
  expect(given([a, first, b], [0, 1, 2, 3, 4, 5])).toEqual({ a: [1, 5], b: [0, 2], c: [3, 4] });
  expect(given([first, a], [0, 1, 2, 3, 4, 5])).toEqual({ a: [1, 4, 5], c: [0, 2, 3] });
});

test('the rate of the newest owner counts', () => {
  const old = told(
    3,
    [0, 1, 2],
    [
      [0, 10],
      [1, 10],
      [2, 10],
    ],
  );
  const now = told(
    4,
    [0, 1],
    [
      [0, 1_000],
      [1, 10],
    ],
  );
  for (const members of [
    [member('a', old), member('b', now)],
    [member('b', now), member('a', old)],
  ]) {
    expect(given(members, [0, 1, 2])).toEqual({ a: [1, 2], b: [0] });
  }
});

test('members whose words cannot be read get their part all the same', () => {
  const members = [member('a', Buffer.from('something else')), member('b', Buffer.alloc(0))];
  expect(given(members, [0, 1])).toEqual({ a: [0], b: [1] });
});

test('every member is given an assignment, also an empty one', () => {
  expect(given([member('a', told(0, [])), member('b', told(0, []))], [])).toEqual({ a: [], b: [] });
});

/** What the leader gives out that itself knows of `own` partitions in use, on a topic of `there`. */
async function givenByLeader(own: number, there: number, members: Parameters<typeof given>[0]): Promise<number[]> {
  const partitions = Array.from({ length: there }, (_, partitionId) => ({ partitionId }));
  // The parts of kafkajs's objects that an assigner looks at.
  const cluster = { findTopicPartitionMetadata: () => partitions } as unknown as Cluster;
  const make = workerAssigner({ topic, partitions: () => own, tell: () => ({ ...nothing, partitionsInUse: own }) });
  const assigner = make({ cluster, groupId: 'g', logger: {} as Logger });
  const assignments = await assigner.assign({ members, topics: [topic] });
  const decoded = assignments.map(({ memberAssignment }) => AssignerProtocol.MemberAssignment.decode(memberAssignment));
  return decoded.flatMap((one) => one?.assignment[topic] ?? []).toSorted((one, other) => one - other);
}

const nothing = { address: 'worker:1', generation: 0, owned: [], rates: new Map<number, number>() };

test.each([
  ['the base alone, where nobody knows of a map', 2, 0, 6, [0, 1]],
  ['what the leader knows to be in use', 4, 2, 6, [0, 1, 2, 3]],
  ['what any member knows to be in use, though the leader does not', 2, 4, 6, [0, 1, 2, 3]],
  ['no more than there are', 9, 8, 3, [0, 1, 2]],
])('given out is %s', async (_, own, other, there, partitions) => {
  const members = [member('a', told(1, [0], [], own)), member('b', told(1, [1], [], other))];
  expect(await givenByLeader(own, there, members)).toEqual(partitions);
});

test('a member of a version before, which says nothing of it, takes part', async () => {
  const before = told(1, [0]);
  const members = [member('a', before.subarray(0, before.length - 1)), member('b', told(1, [1], [], 3))];
  expect(await givenByLeader(2, 4, members)).toEqual([0, 1, 2]);
});
