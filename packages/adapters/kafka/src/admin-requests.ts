/**
 * The requests about topics and their settings. In: what is to be so. Out: bytes to send, and each topic's code and
 * message. Settings are changed one by one, so what others set on a topic stays.
 */
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Api } from './wire-requests.ts';

/** The versions that are spoken here. */
export const adminApis: Readonly<
  Record<
    | 'createTopics'
    | 'deleteTopics'
    | 'deleteRecords'
    | 'describeConfigs'
    | 'createPartitions'
    | 'alterConfigs'
    | 'describeCluster',
    Api
  >
> = {
  createTopics: { key: 19, name: 'CreateTopics', version: 7 },
  deleteTopics: { key: 20, name: 'DeleteTopics', version: 6 },
  deleteRecords: { key: 21, name: 'DeleteRecords', version: 2 },
  describeConfigs: { key: 32, name: 'DescribeConfigs', version: 4 },
  createPartitions: { key: 37, name: 'CreatePartitions', version: 3 },
  alterConfigs: { key: 44, name: 'IncrementalAlterConfigs', version: 1 },
  describeCluster: { key: 60, name: 'DescribeCluster', version: 2 },
};

/** Settings of a topic by their names. */
export type TopicConfig = Readonly<Record<string, string>>;

/** A topic to make. */
export type NewTopic = {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: TopicConfig;
};

/** How many brokers a cluster has: all that are registered, and those of them that are up. */
export type BrokerCount = { readonly registered: number; readonly up: number };

/** What became of a topic's request. */
export type TopicAnswer = { readonly name: string; readonly code: number; readonly message: string | null };

const topicResource = 2;
const setOperation = 0;
const brokersEndpoint = 1;

/** Makes topics. */
export function createTopicsBody(topics: readonly NewTopic[], timeoutMs: number): Buffer {
  const writer = new ByteWriter().count(topics.length);
  for (const { name, partitions, replicationFactor, config } of topics) {
    writer.text(name).int32(partitions).int16(replicationFactor).count(0).count(Object.keys(config).length);
    for (const [key, value] of Object.entries(config)) writer.text(key).text(value).noTags();
    writer.noTags();
  }
  return writer.int32(timeoutMs).int8(0).noTags().written;
}

/** Reads the reply to it. */
export function readCreateTopics(reply: Buffer): TopicAnswer[] {
  const reader = replyOf(reply);
  reader.int32();
  return reader.list((topic) => {
    const name = topic.text() ?? '';
    topic.take(16);
    const answer = { name, code: topic.int16(), message: topic.text() };
    topic.int32();
    topic.int16();
    topic.list(passConfig);
    topic.tags();
    return answer;
  });
}

/** Deletes topics by name. */
export function deleteTopicsBody(names: readonly string[], timeoutMs: number): Buffer {
  const writer = new ByteWriter().count(names.length);
  for (const name of names) writer.text(name).raw(Buffer.alloc(16)).noTags();
  return writer.int32(timeoutMs).noTags().written;
}

/** Reads the reply to it. */
export function readDeleteTopics(reply: Buffer): TopicAnswer[] {
  const reader = replyOf(reply);
  reader.int32();
  return reader.list((topic) => {
    const name = topic.text() ?? '';
    topic.take(16);
    const answer = { name, code: topic.int16(), message: topic.text() };
    topic.tags();
    return answer;
  });
}

/** Deletes what a partition holds before an offset; asked of its leader. */
export function deleteRecordsBody(topic: string, partition: number, offset: number, timeoutMs: number): Buffer {
  const writer = new ByteWriter().count(1).text(topic).count(1).int32(partition).int64(offset).noTags().noTags();
  return writer.int32(timeoutMs).noTags().written;
}

/** Reads the reply to it: the code. */
export function readDeleteRecords(reply: Buffer): number {
  const reader = replyOf(reply);
  reader.int32();
  const codes = reader.list((topic) => {
    topic.text();
    const parts = topic.list((part) => {
      part.int32();
      part.int64();
      const answered = part.int16();
      part.tags();
      return answered;
    });
    topic.tags();
    return parts;
  });
  return codes.flat()[0] ?? -1;
}

/** Asks for the settings of topics. */
export function describeConfigsBody(names: readonly string[]): Buffer {
  const writer = new ByteWriter().count(names.length);
  // No keys: all of them.
  for (const name of names) writer.int8(topicResource).text(name).uvarint(0).noTags();
  return writer.int8(0).int8(0).noTags().written;
}

/** Reads the reply to it. */
export function readDescribeConfigs(reply: Buffer): (TopicAnswer & { readonly config: TopicConfig })[] {
  const reader = replyOf(reply);
  reader.int32();
  return reader.list((result) => {
    const answered = result.int16();
    const message = result.text();
    result.int8();
    const name = result.text() ?? '';
    const entries = result.list(readSetting);
    result.tags();
    return { name, code: answered, message, config: Object.fromEntries(entries) };
  });
}

/** Sets some settings of topics; the others stay. */
export function alterConfigsBody(changes: ReadonlyMap<string, TopicConfig>): Buffer {
  const writer = new ByteWriter().count(changes.size);
  for (const [name, config] of changes) {
    writer.int8(topicResource).text(name).count(Object.keys(config).length);
    for (const [key, value] of Object.entries(config)) writer.text(key).int8(setOperation).text(value).noTags();
    writer.noTags();
  }
  return writer.int8(0).noTags().written;
}

/** Reads the reply to it. */
export function readAlterConfigs(reply: Buffer): TopicAnswer[] {
  const reader = replyOf(reply);
  reader.int32();
  return reader.list((result) => {
    const answered = result.int16();
    const message = result.text();
    result.int8();
    const name = result.text() ?? '';
    result.tags();
    return { name, code: answered, message };
  });
}

/** Raises a topic's number of partitions to `count`. */
export function createPartitionsBody(name: string, count: number, timeoutMs: number): Buffer {
  const writer = new ByteWriter().count(1).text(name).int32(count).uvarint(0).noTags();
  return writer.int32(timeoutMs).int8(0).noTags().written;
}

/** Reads the reply to it. */
export function readCreatePartitions(reply: Buffer): TopicAnswer[] {
  const reader = replyOf(reply);
  reader.int32();
  return reader.list((result) => {
    const answer = { name: result.text() ?? '', code: result.int16(), message: result.text() };
    result.tags();
    return answer;
  });
}

/** Asks for the brokers of the cluster, those that are down included. */
export function describeClusterBody(): Buffer {
  return new ByteWriter().int8(0).int8(brokersEndpoint).int8(1).noTags().written;
}

/** Reads the reply to it. */
export function readDescribeCluster(reply: Buffer): BrokerCount {
  const reader = replyOf(reply);
  reader.int32();
  reader.int16();
  reader.text();
  reader.int8();
  reader.text();
  reader.int32();
  const areUp = reader.list((broker) => {
    broker.int32();
    broker.text();
    broker.int32();
    broker.text();
    const isFenced = broker.int8() !== 0;
    broker.tags();
    return !isFenced;
  });
  return { registered: areUp.length, up: areUp.filter(Boolean).length };
}

function replyOf(reply: Buffer): ByteReader {
  const reader = new ByteReader(reply);
  reader.tags();
  return reader;
}

function passConfig(reader: ByteReader): void {
  reader.text();
  reader.text();
  reader.int8();
  reader.int8();
  reader.int8();
  reader.tags();
}

function readSetting(reader: ByteReader): [name: string, value: string] {
  const name = reader.text() ?? '';
  const value = reader.text() ?? '';
  reader.int8();
  reader.int8();
  reader.int8();
  reader.list((synonym) => {
    synonym.text();
    synonym.text();
    synonym.int8();
    synonym.tags();
  });
  reader.int8();
  reader.text();
  reader.tags();
  return [name, value];
}
