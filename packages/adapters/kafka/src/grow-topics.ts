/**
 * Partitions that are added. In: a topic or a stream, and how many there have to be. Out: topics that have them, as every broker that
 * answers tells. Law 3: none is ever taken away. A reply that is lost is settled by looking: what is there is not asked for again.
 */
import { topicNames } from '@tapeline/domain';
import type { Clock } from '@tapeline/runtime';
import { adminApis, createPartitionsBody, readCreatePartitions, type TopicAnswer } from './admin-requests.ts';
import { code } from './error-codes.ts';
import { KafkaError } from './kafka-connection.ts';
import { PassingError, throughFailover } from './through-failover.ts';
import { growing, isThere, throwAny, toldBack } from './topic-answers.ts';
import { topicOf } from './topic-names.ts';
import type { WireCalls } from './wire-calls.ts';
import { apis, type ClusterFacts, metadataBody, readMetadata } from './wire-requests.ts';

/** What growing asks of a cluster. */
export type GrowCalls = Pick<WireCalls, 'ask' | 'askNode' | 'metadata'>;

const growTimeoutMs = 10_000;
/** Of asking one broker what it knows, ms: one that hangs is not waited for. */
const knowsTimeoutMs = 1_000;

/** Raises a topic to exactly `count` partitions. Rejects with `KafkaError` KAFKA_TOPICS where it has more. */
export async function addPartitions(calls: GrowCalls, clock: Clock, topic: string, count: number): Promise<void> {
  const hasThem = async (): Promise<boolean> => partitionsOf(await calls.metadata([topic]), topic) === count;
  const answers = await createPartitions(calls, topic, count);
  // Who looked at a broker that is behind asks for what was done already, and that broker may be behind still.
  const isTold = answers.every(mayBeDone) && (await toldBack(clock, hasThem));
  if (!isTold) throwAny(answers, growing);
}

/**
 * Sees to it that the four topics of a stream's log have `count` partitions at least; answers how many each of them has. Rejects with
 * `KafkaError`, KAFKA_TOPICS where a topic is missing or so many cannot be had.
 */
export async function growStream(calls: GrowCalls, clock: Clock, stream: string, count: number): Promise<number> {
  const names = topicNames.map((topic) => topicOf(stream, topic));
  return throughFailover(clock, stream, async () => {
    for (const name of behind(await seen(calls, names), names, count)) {
      const answers = await createPartitions(calls, name, count);
      // Another may have added them, or more, since we looked.
      throwAny(
        answers.filter((answer) => !mayBeDone(answer)),
        growing,
      );
      const isDone = await toldBack(clock, async () => partitionsOf(await calls.metadata([name]), name) >= count);
      if (!isDone) throwAny(answers, growing);
    }
    await toldBack(clock, async () => everybodyKnows(calls, names, count));
    const facts = await seen(calls, names);
    if (behind(facts, names, count).length > 0)
      throw new PassingError(`brokers do not tell the ${count} partitions yet`);
    return Math.min(...names.map((name) => partitionsOf(facts, name)));
  });
}

/** How many partitions a topic has. */
export function partitionsOf({ topics }: ClusterFacts, name: string): number {
  return topics.find((topic) => topic.name === name)?.partitions.length ?? 0;
}

async function createPartitions(calls: GrowCalls, topic: string, count: number): Promise<readonly TopicAnswer[]> {
  const body = createPartitionsBody(topic, count, growTimeoutMs);
  return calls.ask(adminApis.createPartitions, body, readCreatePartitions);
}

function mayBeDone({ code: answered }: TopicAnswer): boolean {
  return answered === code.none || answered === code.invalidPartitions;
}

async function seen(calls: GrowCalls, names: readonly string[]): Promise<ClusterFacts> {
  const facts = await calls.metadata(names);
  for (const topic of facts.topics) {
    if (isThere({ ...topic, code: topic.code }, growing)) continue;
    throw new KafkaError('KAFKA_TOPICS', `topic ${topic.name} is not there, so it cannot grow; bring it back`);
  }
  return facts;
}

function behind(facts: ClusterFacts, names: readonly string[], count: number): readonly string[] {
  return names.filter((name) => partitionsOf(facts, name) < count);
}

/** Whether each broker that answers knows of them: processes ask any of them, and look once. */
async function everybodyKnows(calls: GrowCalls, names: readonly string[], count: number): Promise<boolean> {
  const { nodes } = await calls.metadata(names);
  const know = await Promise.all(
    nodes.map(async ({ node }) =>
      calls.askNode(node, apis.metadata, metadataBody(names), readMetadata, knowsTimeoutMs).then(
        (facts) => behind(facts, names, count).length === 0,
        () => true,
      ),
    ),
  );
  return know.every(Boolean);
}
