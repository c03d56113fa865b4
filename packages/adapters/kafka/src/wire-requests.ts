/**
 * The five requests of the log, in the versions that carry topic ids. In: what is asked. Out: bytes to send, and what a
 * reply says. Every broker of Kafka 4 speaks them; produce goes by topic name below version 13, which brokers before 4.1
 * do not have.
 */
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

/** A request's key, name and version. */
export type Api = { readonly key: number; readonly name: string; readonly version: number };

/** The versions that are spoken here. */
export const apis: Readonly<
  Record<'produce' | 'produceByName' | 'fetch' | 'listOffsets' | 'metadata' | 'initProducerId', Api>
> = {
  produce: { key: 0, name: 'Produce', version: 13 },
  produceByName: { key: 0, name: 'Produce', version: 9 },
  fetch: { key: 1, name: 'Fetch', version: 13 },
  listOffsets: { key: 2, name: 'ListOffsets', version: 7 },
  metadata: { key: 3, name: 'Metadata', version: 12 },
  initProducerId: { key: 22, name: 'InitProducerId', version: 4 },
};

/** One broker of the cluster. */
export type NodeFacts = { readonly node: number; readonly host: string; readonly port: number };

/** A partition's leader; `leader` is -1 where there is none now. */
export type PartitionFacts = { readonly partition: number; readonly leader: number; readonly leaderEpoch: number };

/** A topic as a broker knows it. */
export type TopicFacts = {
  readonly code: number;
  readonly name: string;
  readonly id: string;
  readonly partitions: readonly PartitionFacts[];
};

/** A cluster as a broker knows it. */
export type ClusterFacts = { readonly nodes: readonly NodeFacts[]; readonly topics: readonly TopicFacts[] };

/** A partition by the topic's name and id. */
export type Place = { readonly topic: string; readonly topicId: string; readonly partition: number };

/** A batch for a partition. */
export type ProducePart = { readonly place: Place; readonly batch: Buffer };

/** What became of a batch. */
export type ProduceAnswer = {
  readonly place: { readonly topic: string; readonly partition: number };
  readonly code: number;
  readonly baseOffset: number;
  readonly appendTimeMs: number;
  readonly message: string | null;
};

/** What is wanted of a partition. */
export type FetchPart = {
  readonly place: Place;
  readonly offset: number;
  /** Of the leader that is meant; -1 = any. */
  readonly leaderEpoch: number;
  /** Of the batch before `offset`; -1 = not known. */
  readonly lastEpoch: number;
  readonly bytesMax: number;
};

/** Bounds of a fetch. */
export type FetchBounds = { readonly waitMs: number; readonly bytesMax: number };

/** Where a log parts from the one that was read: its newest epoch up to the last one that was read, and that one's end. */
export type Diverging = { readonly epoch: number; readonly endOffset: number };

/** What was there of a partition. */
export type FetchAnswer = {
  readonly topicId: string;
  readonly partition: number;
  readonly code: number;
  readonly highWatermark: number;
  /** Set where the batch that was read last is not in this log. */
  readonly diverging: Diverging | undefined;
  readonly bytes: Buffer;
};

const divergingTag = 0;
const plainFetch = { replica: -1, session: 0, sessionEpoch: -1, uncommitted: 0 } as const;

/** Asks for these topics and all brokers. */
export function metadataBody(topics: readonly string[]): Buffer {
  const writer = new ByteWriter().count(topics.length);
  for (const topic of topics) writer.raw(Buffer.alloc(16)).text(topic).noTags();
  return writer.int8(0).int8(0).noTags().written;
}

/** Reads the reply to it. */
export function readMetadata(reply: Buffer): ClusterFacts {
  const reader = replyOf(reply);
  reader.int32();
  const nodes = reader.list((node) => {
    const facts = { node: node.int32(), host: node.text() ?? '', port: node.int32() };
    node.text();
    node.tags();
    return facts;
  });
  reader.text();
  reader.int32();
  const topics = reader.list((topic) => {
    const code = topic.int16();
    const name = topic.text() ?? '';
    const id = idOf(topic);
    topic.int8();
    const partitions = topic.list(readPartition);
    topic.int32();
    topic.tags();
    return { code, name, id, partitions };
  });
  return { nodes, topics };
}

/** A batch for each of some partitions, all of this leader; the pieces are sent one after the other. */
export function produceBody(parts: readonly ProducePart[], timeoutMs: number, byId: boolean): Buffer[] {
  const pieces: Buffer[] = [];
  const topics = byTopic(parts);
  let writer = new ByteWriter().text(null).int16(-1).int32(timeoutMs).count(topics.size);
  for (const [topicId, ofTopic] of topics) {
    if (byId) writer.raw(Buffer.from(topicId, 'base64url'));
    else writer.text((ofTopic[0] as ProducePart).place.topic);
    writer.count(ofTopic.length);
    for (const { place, batch } of ofTopic) {
      writer.int32(place.partition).uvarint(batch.length + 1);
      pieces.push(writer.written, batch);
      writer = new ByteWriter().noTags();
    }
    writer.noTags();
  }
  pieces.push(writer.noTags().written);
  return pieces;
}

/** Reads the reply to it. */
export function readProduce(reply: Buffer, parts: readonly ProducePart[], byId: boolean): ProduceAnswer[] {
  const names = new Map(parts.map(({ place }) => [place.topicId, place.topic]));
  return replyOf(reply)
    .list((topic) => {
      const name = byId ? names.get(idOf(topic)) : topic.text();
      const answers = topic.list((part) => {
        const partition = part.int32();
        const code = part.int16();
        const baseOffset = part.int64();
        const appendTimeMs = part.int64();
        part.int64();
        part.list(passRecordError);
        const message = part.text();
        part.tags();
        return { place: { topic: name ?? '', partition }, code, baseOffset, appendTimeMs, message };
      });
      topic.tags();
      return answers;
    })
    .flat();
}

/** Records of some partitions, all of this leader, each from its offset on. */
export function fetchBody(parts: readonly FetchPart[], bounds: FetchBounds): Buffer {
  const topics = byTopic(parts);
  const writer = new ByteWriter().int32(plainFetch.replica).int32(bounds.waitMs).int32(1).int32(bounds.bytesMax);
  writer.int8(plainFetch.uncommitted).int32(plainFetch.session).int32(plainFetch.sessionEpoch).count(topics.size);
  for (const [topicId, ofTopic] of topics) {
    writer.raw(Buffer.from(topicId, 'base64url')).count(ofTopic.length);
    for (const { place, offset, leaderEpoch, lastEpoch, bytesMax } of ofTopic) {
      writer.int32(place.partition).int32(leaderEpoch).int64(offset).int32(lastEpoch);
      writer.int64(-1).int32(bytesMax).noTags();
    }
    writer.noTags();
  }
  return writer.count(0).text('').noTags().written;
}

/** Reads the reply to it: the code of the whole, and each partition. */
export function readFetch(reply: Buffer): { readonly code: number; readonly answers: FetchAnswer[] } {
  const reader = replyOf(reply);
  reader.int32();
  const code = reader.int16();
  reader.int32();
  const answers = reader.list((topic) => {
    const topicId = idOf(topic);
    const ofTopic = topic.list((part) => {
      const partition = part.int32();
      const partCode = part.int16();
      const highWatermark = part.int64();
      part.int64();
      part.int64();
      part.list(passAborted);
      part.int32();
      const bytes = part.take(Math.max(0, part.uvarint() - 1));
      let diverging: Diverging | undefined;
      part.tags((tag, value) => {
        if (tag === divergingTag) diverging = { epoch: value.int32(), endOffset: value.int64() };
      });
      return { topicId, partition, code: partCode, highWatermark, diverging, bytes };
    });
    topic.tags();
    return ofTopic;
  });
  return { code, answers: answers.flat() };
}

/** Which end of a partition is asked for. */
export type OffsetEnd = 'first' | 'end';

/** Asks for one end of one partition, which has to be led by the asked broker in this epoch. */
export function listOffsetsBody({ topic, partition }: Place, end: OffsetEnd, leaderEpoch: number): Buffer {
  const writer = new ByteWriter().int32(-1).int8(0).count(1).text(topic).count(1);
  writer
    .int32(partition)
    .int32(leaderEpoch)
    .int64(end === 'first' ? -2 : -1);
  return writer.noTags().noTags().noTags().written;
}

/** Reads the reply to it. */
export function readListOffsets(reply: Buffer): { readonly code: number; readonly offset: number } | undefined {
  const reader = replyOf(reply);
  reader.int32();
  const answers = reader.list((topic) => {
    topic.text();
    const parts = topic.list((part) => {
      part.int32();
      const code = part.int16();
      part.int64();
      const offset = part.int64();
      part.int32();
      part.tags();
      return { code, offset };
    });
    topic.tags();
    return parts;
  });
  return answers.flat()[0];
}

/** Asks for a producer's id. */
export function initProducerIdBody(): Buffer {
  return new ByteWriter().text(null).int32(60_000).int64(-1).int16(-1).noTags().written;
}

/** Reads the reply to it. */
export function readInitProducerId(reply: Buffer): { code: number; producerId: number; producerEpoch: number } {
  const reader = replyOf(reply);
  reader.int32();
  return { code: reader.int16(), producerId: reader.int64(), producerEpoch: reader.int16() };
}

function byTopic<Part extends { readonly place: Place }>(parts: readonly Part[]): ReadonlyMap<string, Part[]> {
  const topics = new Map<string, Part[]>();
  for (const part of parts) {
    const ofTopic = topics.get(part.place.topicId);
    if (ofTopic === undefined) topics.set(part.place.topicId, [part]);
    else ofTopic.push(part);
  }
  return topics;
}

/** A reply without the tags of its head. */
function replyOf(reply: Buffer): ByteReader {
  const reader = new ByteReader(reply);
  reader.tags();
  return reader;
}

function idOf(reader: ByteReader): string {
  return reader.take(16).toString('base64url');
}

function readPartition(reader: ByteReader): PartitionFacts {
  reader.int16();
  const facts = { partition: reader.int32(), leader: reader.int32(), leaderEpoch: reader.int32() };
  for (let list = 0; list < 3; list += 1) reader.list((node) => node.int32());
  reader.tags();
  return facts;
}

function passRecordError(reader: ByteReader): void {
  reader.int32();
  reader.text();
  reader.tags();
}

function passAborted(reader: ByteReader): void {
  reader.int64();
  reader.int64();
  reader.tags();
}
