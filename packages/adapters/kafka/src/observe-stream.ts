/**
 * Looks at a stream from outside. In: a connection. Out: its topics as they are, and how many records wait for its workers. It
 * changes nothing; a topic that a broker says is missing is looked for at others before it counts as missing.
 */
import { type Clock, type Logger, silentLogger, systemClock } from '@tapeline/runtime';
import type { TopicConfig } from './admin-requests.ts';
import { code } from './error-codes.ts';
import { commitApis, findCoordinatorBody, readFindCoordinator } from './group/commit-requests.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { defaultLogSettings } from './log-settings.ts';
import {
  offsetFetchApi,
  offsetFetchBody,
  readOffsetFetch,
  readReplicatedTopics,
  type ReplicatedTopic,
} from './observe-requests.ts';
import { told } from './start-errors.ts';
import { describeTopics, isThere, looking, throwAny } from './topic-answers.ts';
import { type StreamTopicName, streamTopicNames, topicOf } from './topic-names.ts';
import { WireCalls } from './wire-calls.ts';
import { apis, metadataBody, type OffsetEnd } from './wire-requests.ts';

/** A topic of a stream as it is. */
export type ObservedTopic = {
  readonly topic: StreamTopicName;
  /** Tells it from any other of its name. */
  readonly id: string;
  readonly partitions: number;
  /** Copies, of the partition that has the fewest. */
  readonly replicas: number;
  /** Every setting that counts now. */
  readonly config: TopicConfig;
};

/** Looks at the streams of one cluster. */
export type StreamObserver = {
  /** The topics that are there, `control` among them. Rejects with `KafkaError`. */
  topics(stream: string): Promise<readonly ObservedTopic[]>;
  /**
   * Records that wait for the workers by partition, of those that have a leader; what was never committed waits whole. Rejects
   * with `KafkaError`.
   */
  lag(stream: string): Promise<ReadonlyMap<number, number>>;
  close(): void;
};

/** What it is made with. */
export type StreamObserverOptions = {
  readonly connection: KafkaConnection;
  readonly clock?: Clock;
  readonly logger?: Logger;
};

const requestTimeoutMs = 5_000;
/** Looks for a topic that is said to be missing, each at another broker. */
const looksMax = 3;
const lookMs = 300;
/** Questions for offsets at once. */
const questionsMax = 16;

/** Connects at the first question. Throws `KafkaError` KAFKA_OPTION. */
export function observeStreams(options: StreamObserverOptions): StreamObserver {
  const { connection, clock = systemClock, logger = silentLogger } = options;
  const { connectTimeoutMs } = defaultLogSettings;
  const calls = new WireCalls({ connection, connectTimeoutMs, requestTimeoutMs, clock, logger });
  return {
    topics: async (stream) => told(topicsOf(calls, clock, stream), connection),
    lag: async (stream) => told(lagOf(calls, stream), connection),
    close: () => calls.close(),
  };
}

async function topicsOf(calls: WireCalls, clock: Clock, stream: string): Promise<readonly ObservedTopic[]> {
  const names = streamTopicNames.map((topic) => topicOf(stream, topic));
  let found: readonly ReplicatedTopic[] = [];
  for (let look = 1; look <= looksMax; look += 1) {
    const seen = await calls.ask(apis.metadata, metadataBody(names), readReplicatedTopics);
    found = seen.filter((topic) => isThere(topic, looking));
    if (found.length === names.length) break;
    if (look < looksMax) await clock.sleep(lookMs);
  }
  if (found.length === 0) return [];
  const described = await describeTopics(
    calls,
    found.map(({ name }) => name),
  );
  throwAny(described, looking);
  const configs = new Map(described.map(({ name, config }) => [name, config]));
  return streamTopicNames.flatMap((topic) => {
    const facts = found.find(({ name }) => name === topicOf(stream, topic));
    if (facts === undefined) return [];
    const replicas = Math.min(...facts.partitions.map((part) => part.replicas));
    return [
      { topic, id: facts.id, partitions: facts.partitions.length, replicas, config: configs.get(facts.name) ?? {} },
    ];
  });
}

async function lagOf(calls: WireCalls, stream: string): Promise<ReadonlyMap<number, number>> {
  const topic = topicOf(stream, 'ticks');
  const [facts] = (await calls.metadata([topic])).topics;
  if (facts === undefined || facts.code !== code.none) return new Map();
  const next = await committedOf(
    calls,
    `${stream}.worker`,
    topic,
    facts.partitions.map(({ partition }) => partition),
  );
  const led = facts.partitions.filter(({ leader }) => leader >= 0);
  const lags = new Map<number, number>();
  const ask = async ({ partition, leader, leaderEpoch }: (typeof led)[number]): Promise<void> => {
    const place = { topic, topicId: facts.id, partition };
    const endAt = async (end: OffsetEnd): Promise<number> => {
      const { code: answered, offset } = await calls.offset(leader, place, end, leaderEpoch);
      return answered === code.none ? offset : Number.NaN;
    };
    const committed = next.get(partition) ?? -1;
    const waits = (await endAt('end')) - (committed >= 0 ? committed : await endAt('first'));
    // A leader that is just changing tells nothing; the next look does.
    if (!Number.isNaN(waits)) lags.set(partition, Math.max(0, waits));
  };
  const rest = [...led];
  const asking = Array.from({ length: Math.min(questionsMax, led.length) }, async () => {
    for (let part = rest.shift(); part !== undefined; part = rest.shift()) await ask(part);
  });
  await Promise.all(asking);
  return lags;
}

/** What the group has committed; nothing while it has no coordinator, as before its first member. */
async function committedOf(
  calls: WireCalls,
  groupId: string,
  topic: string,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const { node, code: found } = await calls.ask(
    commitApis.findCoordinator,
    findCoordinatorBody(groupId),
    readFindCoordinator,
  );
  if (found !== code.none) return new Map();
  const answer = await calls.askNode(
    node,
    offsetFetchApi,
    offsetFetchBody(groupId, topic, partitions),
    readOffsetFetch,
  );
  return answer.code === code.none ? answer.next : new Map();
}
