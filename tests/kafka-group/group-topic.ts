/**
 * Topics for the tests of the group. In: brokers. Out: topics made, grown and filled, the offsets that a group committed,
 * by kafkajs's own admin, and which broker coordinates it.
 */
import { randomBytes } from 'node:crypto';
import { silentLogger } from '@tapeline/runtime';
import type { KafkaCluster } from '@tapeline/testbed';
import { kafkajsClient } from '../../packages/adapters/kafka/src/kafkajs-client.ts';

const patience = { connectionTimeoutMs: 5_000, requestTimeoutMs: 20_000, retries: 3 };

/** A stream's name that nobody else has. */
export function newStream(): string {
  return `group-${randomBytes(6).toString('hex')}`;
}

/** Where brokers keep what they know of groups. */
export const offsetsTopic: string = '__consumer_offsets';

/** The broker that coordinates the workers of a stream: it leads the partition that Java's hash of the group's name gives. */
export async function coordinatorOf(
  cluster: Pick<KafkaCluster, 'partitions' | 'leaderOf'>,
  stream: string,
): Promise<number> {
  const { length } = await cluster.partitions(offsetsTopic);
  let hash = 0;
  for (const character of `${stream}.worker`) hash = (Math.imul(31, hash) + character.charCodeAt(0)) | 0;
  return cluster.leaderOf(offsetsTopic, (hash & 0x7fffffff) % length);
}

/** Makes `<stream>.ticks`. */
export async function makeTicks(brokers: readonly string[], stream: string, partitions: number): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    await admin.createTopics({
      topics: [{ topic: `${stream}.ticks`, numPartitions: partitions }],
      waitForLeaders: true,
    });
  });
}

/** Adds partitions to `<stream>.ticks`, up to `partitions`. */
export async function growTicks(brokers: readonly string[], stream: string, partitions: number): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    await admin.createPartitions({ topicPartitions: [{ topic: `${stream}.ticks`, count: partitions }] });
  });
}

/** Puts a record into each partition. */
export async function fillTicks(brokers: readonly string[], stream: string, partitions: number): Promise<void> {
  const client = kafkajsClient({ brokers, clientId: 'group-tests' }, silentLogger, patience);
  const producer = client.producer({ createPartitioner: () => () => 0 });
  await producer.connect();
  const messages = Array.from({ length: partitions }, (_, partition) => ({ partition, value: 'x' }));
  await producer.send({ topic: `${stream}.ticks`, messages });
  await producer.disconnect();
}

/** Offsets that the group of a stream committed, by partition. */
export async function committed(brokers: readonly string[], stream: string): Promise<Map<number, number>> {
  return withAdmin(brokers, async (admin) => {
    const topics = await admin.fetchOffsets({ groupId: `${stream}.worker`, topics: [`${stream}.ticks`] });
    return new Map(topics[0]?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  });
}

type Admin = ReturnType<ReturnType<typeof kafkajsClient>['admin']>;

async function withAdmin<Value>(brokers: readonly string[], use: (admin: Admin) => Promise<Value>): Promise<Value> {
  const admin = kafkajsClient({ brokers, clientId: 'group-tests' }, silentLogger, patience).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}
