/**
 * The requests of whoever watches a stream. In: what is asked. Out: bytes to send, and what a reply says: topics with their
 * replicas, and what a group has committed. Versions that every broker of Kafka 4 speaks.
 */
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Api } from './wire-requests.ts';

/** OffsetFetch of one group. */
export const offsetFetchApi: Api = { key: 9, name: 'OffsetFetch', version: 7 };

/** A topic and how often its records are kept. */
export type ReplicatedTopic = {
  readonly code: number;
  readonly name: string;
  readonly id: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly leader: number;
    readonly leaderEpoch: number;
    readonly replicas: number;
  }[];
};

/** Reads the reply to Metadata of version 12, replicas included. */
export function readReplicatedTopics(reply: Buffer): readonly ReplicatedTopic[] {
  const reader = new ByteReader(reply);
  reader.tags();
  reader.int32();
  reader.list((node) => {
    node.int32();
    node.text();
    node.int32();
    node.text();
    node.tags();
  });
  reader.text();
  reader.int32();
  return reader.list((topic) => {
    const code = topic.int16();
    const name = topic.text() ?? '';
    const id = topic.take(16).toString('base64url');
    topic.int8();
    const partitions = topic.list((part) => {
      part.int16();
      const [partition, leader, leaderEpoch] = [part.int32(), part.int32(), part.int32()];
      const replicas = part.list((node) => node.int32()).length;
      part.list((node) => node.int32());
      part.list((node) => node.int32());
      part.tags();
      return { partition, leader, leaderEpoch, replicas };
    });
    topic.int32();
    topic.tags();
    return { code, name, id, partitions };
  });
}

/** Asks what a group has committed of partitions of one topic. */
export function offsetFetchBody(groupId: string, topic: string, partitions: readonly number[]): Buffer {
  const writer = new ByteWriter().text(groupId).count(1).text(topic).count(partitions.length);
  for (const partition of partitions) writer.int32(partition);
  return writer.noTags().int8(0).noTags().written;
}

/** Reads the reply to it: next offsets by partition, -1 where nothing was committed. */
export function readOffsetFetch(reply: Buffer): { readonly code: number; readonly next: ReadonlyMap<number, number> } {
  const reader = new ByteReader(reply);
  reader.tags();
  reader.int32();
  const next = new Map<number, number>();
  let first = 0;
  reader.list((topic) => {
    topic.text();
    topic.list((part) => {
      const [partition, offset] = [part.int32(), part.int64()];
      part.int32();
      part.text();
      first ||= part.int16();
      part.tags();
      next.set(partition, offset);
    });
    topic.tags();
  });
  return { code: reader.int16() || first, next };
}
