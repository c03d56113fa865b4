/**
 * The two requests that tell positions to a group's coordinator. In: what is told. Out: bytes to send, and what a reply
 * says. Versions that every broker of Kafka 4 speaks, and that name the member: Kafka refuses one that is none any more.
 */
import { ByteReader } from '../byte-reader.ts';
import { ByteWriter } from '../byte-writer.ts';
import type { Api } from '../wire-requests.ts';

/** The versions that are spoken here. */
export const commitApis: Readonly<Record<'findCoordinator' | 'offsetCommit', Api>> = {
  findCoordinator: { key: 10, name: 'FindCoordinator', version: 3 },
  offsetCommit: { key: 8, name: 'OffsetCommit', version: 8 },
};

/** A member of a group, as its coordinator knows it. */
export type CommitMember = { readonly memberId: string; readonly generation: number };

const ofGroup = 0;

/** Asks where a group's coordinator is. */
export function findCoordinatorBody(groupId: string): Buffer {
  return new ByteWriter().text(groupId).int8(ofGroup).noTags().written;
}

/** Reads the reply to it; `node` is -1 where there is none. */
export function readFindCoordinator(reply: Buffer): { readonly code: number; readonly node: number } {
  const reader = new ByteReader(reply);
  reader.tags();
  reader.int32();
  const code = reader.int16();
  reader.text();
  return { code, node: reader.int32() };
}

/** Tells next offsets of partitions of one topic. */
export function offsetCommitBody(
  groupId: string,
  { memberId, generation }: CommitMember,
  topic: string,
  positions: ReadonlyMap<number, number>,
): Buffer {
  const writer = new ByteWriter().text(groupId).int32(generation).text(memberId).text(null);
  writer.count(1).text(topic).count(positions.size);
  for (const [partition, offset] of positions) writer.int32(partition).int64(offset).int32(-1).text('').noTags();
  return writer.noTags().noTags().written;
}

/** Reads the reply to it: the first code that is none of success, or 0. */
export function readOffsetCommit(reply: Buffer): number {
  const reader = new ByteReader(reply);
  reader.tags();
  reader.int32();
  const codes = reader.list((topic) => {
    topic.text();
    const ofTopic = topic.list((part) => {
      part.int32();
      const code = part.int16();
      part.tags();
      return code;
    });
    topic.tags();
    return ofTopic;
  });
  return codes.flat().find((code) => code !== 0) ?? 0;
}
