/** From what members told to what the brokers are given. */
import { AssignerProtocol } from 'kafkajs';
import { expect, test } from 'vitest';
import { encodeMemberData } from './member-data.ts';
import { assignmentOf } from './worker-assigner.ts';

const topic = 'stream.ticks';

function member(memberId: string, userData: Buffer): { memberId: string; memberMetadata: Buffer } {
  return {
    memberId,
    memberMetadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics: [topic], userData }),
  };
}

function told(generation: number, owned: number[], rates: [number, number][] = []): Buffer {
  return encodeMemberData({ address: 'worker:1', generation, owned, rates: new Map(rates) });
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
