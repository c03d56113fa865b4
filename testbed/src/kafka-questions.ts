/**
 * What the testbed asks a broker, by hand-made frames. In: the address of a listener without TLS and login. Out: the
 * brokers, the active controller, who leads a partition; and a topic made. Formats: https://kafka.apache.org/protocol
 */
import { exchange, type ExchangeTarget } from './one-exchange.ts';
import { WireReader, WireWriter } from './wire-bytes.ts';

/** One partition, as a broker knows it. `leader` is -1 while there is none. */
export type PartitionState = {
  readonly partition: number;
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
};

/** A topic to be made; `settings` are Kafka's own, such as `retention.ms`. */
export type TopicConfig = {
  readonly partitions: number;
  readonly replicas: number;
  readonly settings?: Readonly<Record<string, string>>;
};

const answerWithinMs = 5_000;
const metadataKey = 3;
const createTopicsKey = 19;
const describeQuorumKey = 55;
const correlation = 7;
const clientName = 'tapeline-testbed';

/** The ids of the brokers that are registered and not fenced. */
export async function brokerIds(target: ExchangeTarget): Promise<number[]> {
  return (await metadata(target, [])).brokers;
}

/** The partitions of a topic; empty if there is no such topic. */
export async function topicPartitions(target: ExchangeTarget, topic: string): Promise<PartitionState[]> {
  return (await metadata(target, [topic])).partitions;
}

/** The id of the node that leads the quorum of controllers; -1 while none does. */
export async function activeController(target: ExchangeTarget): Promise<number> {
  const body = new WireWriter().u8(2).compactText('__cluster_metadata').u8(2).i32(0).u8(0).u8(0).u8(0);
  const answer = await ask(target, { key: describeQuorumKey, version: 0, flexible: true, body });
  expectNoError(answer.i16(), 'the quorum');
  answer.varint();
  answer.compactText();
  answer.varint();
  answer.i32();
  expectNoError(answer.i16(), 'the quorum');
  return answer.i32();
}

/** Makes a topic. Rejects if the broker refuses, also because it exists. */
export async function createTopic(target: ExchangeTarget, topic: string, config: TopicConfig): Promise<void> {
  const settings = Object.entries(config.settings ?? {});
  const body = new WireWriter()
    .i32(1)
    .text(topic)
    .i32(config.partitions)
    .i16(config.replicas)
    .i32(0)
    .i32(settings.length);
  for (const [name, value] of settings) body.text(name).text(value);
  body.i32(answerWithinMs).u8(0);
  const answer = await ask(target, { key: createTopicsKey, version: 2, flexible: false, body });
  answer.i32();
  answer.list(() => {
    answer.text();
    expectNoError(answer.i16(), `topic ${topic}`);
    return answer.text();
  });
}

async function metadata(
  target: ExchangeTarget,
  topics: readonly string[],
): Promise<{ readonly brokers: number[]; readonly partitions: PartitionState[] }> {
  const body = new WireWriter().i32(topics.length);
  for (const topic of topics) body.text(topic);
  const answer = await ask(target, { key: metadataKey, version: 1, flexible: false, body });
  const brokers = answer.list(() => {
    const id = answer.i32();
    answer.text();
    answer.i32();
    answer.text();
    return id;
  });
  answer.i32();
  const found = answer.list(() => {
    answer.i16();
    answer.text();
    answer.u8();
    return answer.list(() => {
      answer.i16();
      const partition = answer.i32();
      const leader = answer.i32();
      const replicas = answer.list(() => answer.i32());
      return { partition, leader, replicas, inSync: answer.list(() => answer.i32()) };
    });
  });
  return { brokers, partitions: found.flat() };
}

type Question = {
  readonly key: number;
  readonly version: number;
  /** Whether header and body end in tagged fields. */
  readonly flexible: boolean;
  readonly body: WireWriter;
};

async function ask(target: ExchangeTarget, question: Question): Promise<WireReader> {
  const head = new WireWriter().i16(question.key).i16(question.version).i32(correlation).text(clientName);
  if (question.flexible) head.u8(0);
  const content = head.bytes(question.body.finish()).finish();
  const frame = new WireWriter().i32(content.length).bytes(content).finish();
  const bytes = await exchange(target, frame, kafkaFrameLength, answerWithinMs);
  const answer = new WireReader(bytes.subarray(4));
  const answered = answer.i32();
  if (answered !== correlation)
    throw new Error(`${target.host}:${target.port} answered ${answered}, a question nobody asked`);
  if (question.flexible) answer.varint();
  return answer;
}

function kafkaFrameLength(bytes: Buffer): number | undefined {
  return bytes.length < 4 ? undefined : bytes.readInt32BE() + 4;
}

function expectNoError(code: number, what: string): void {
  if (code !== 0) throw new Error(`the broker refuses ${what} with error ${code} (https://kafka.apache.org/protocol)`);
}
