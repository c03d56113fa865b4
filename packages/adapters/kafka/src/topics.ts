/**
 * The topics of a stream. In: what they have to be. Out: topics that are so, or one sentence for each fact that is not,
 * with its remedy. Settings that others made stay; a number of partitions is changed by whoever asks for just that, and never lowered
 * (law 3: an instrument's partition follows from it).
 */
import type { TopicName } from '@tapeline/domain';
import { type Clock, type Logger, silentLogger, systemClock } from '@tapeline/runtime';
import {
  adminApis,
  alterConfigsBody,
  type BrokerCount,
  createTopicsBody,
  deleteRecordsBody,
  deleteTopicsBody,
  describeClusterBody,
  readAlterConfigs,
  readCreateTopics,
  readDeleteRecords,
  readDeleteTopics,
  readDescribeCluster,
  type TopicConfig,
} from './admin-requests.ts';
import { code } from './error-codes.ts';
import { type KafkaConnection, KafkaError, type KafkaPlaces, optionPlaces } from './kafka-connection.ts';
import { controlChange, unfitControl } from './control-topic.ts';
import { addPartitions, growStream, partitionsOf } from './grow-topics.ts';
import { defaultLogSettings } from './log-settings.ts';
import { given, messageBytesMax, newTopics } from './new-topics.ts';
import { told } from './start-errors.ts';
import { thinTopics, unfitFacts } from './topic-facts.ts';
import { idsByTopic, type KnownTopics, replacedTopic } from './topic-ids.ts';
import { type StreamTopicName, streamTopicNames, topicOf } from './topic-names.ts';
import { throughFailover } from './through-failover.ts';
import {
  changing,
  deleting,
  describeTopics,
  isThere,
  looking,
  throwAny,
  toldBack,
  type TopicWork,
} from './topic-answers.ts';
import { WireCalls } from './wire-calls.ts';
import type { ClusterFacts } from './wire-requests.ts';

/** What the topics of a stream have to be. */
export type WantedTopics = {
  readonly stream: string;
  /** Of each topic of the log, where they are made; topics that are there decide for themselves. */
  readonly partitions: number;
  /** Which topics are seen to; absent = all of the stream. */
  readonly topics?: readonly StreamTopicName[];
  /** Copies of each record; absent = 3, in a cluster of one broker 1. */
  readonly replicationFactor?: number;
  /** Copies that a record must have before it is acknowledged; absent = one less than there are, at least 1. */
  readonly minInsyncReplicas?: number;
  /** How long records stay, ms, by topic; `null` leaves it to the cluster; absent = a week, of topics that are made. */
  readonly retentionMs?: Readonly<Partial<Record<TopicName, number | null>>>;
  /** Further settings of every topic of the log; `null` keeps our hands off one that we would set. */
  readonly config?: Readonly<Record<string, string | null>>;
  /** Topics that the stream has, so that they are never made; absent = it is new. */
  readonly known?: KnownTopics;
  /** `false` makes and changes nothing, and only tells what does not fit; absent = true. */
  readonly createTopics?: boolean;
};

/** What the topics are. */
export type StreamTopics = {
  /** Of the topic of the log that has the fewest; as wanted where none of them was seen to. */
  readonly partitions: number;
  /** What tells each topic from any other of its name, of those that were seen to. */
  readonly ids: ReadonlyMap<StreamTopicName, string>;
  readonly created: readonly string[];
  readonly changed: readonly string[];
};

/** Work on the topics of a cluster. */
export type KafkaAdmin = {
  /**
   * Makes what is missing, sets what differs and may be set; rejects with `KafkaError` KAFKA_TOPICS for the rest, and with
   * `LogError` LOG_REPLACED, with nothing made, where a known topic is missing or another.
   */
  ensureTopics(wanted: WantedTopics): Promise<StreamTopics>;
  /** The settings of a topic as they count now. */
  topicConfig(topic: string): Promise<TopicConfig>;
  /** Sets settings of one topic; the others stay. */
  setTopicConfig(topic: string, config: TopicConfig): Promise<void>;
  /** Deletes topics; those that are not there are passed over. */
  deleteTopics(topics: readonly string[]): Promise<void>;
  /** Deletes what a partition holds before an offset. */
  deleteRecords(topic: string, partition: number, beforeOffset: number): Promise<void>;
  /** Raises a topic's number of partitions to exactly `count`. */
  addPartitions(topic: string, count: number): Promise<void>;
  /**
   * Sees to it that each of the four topics of a stream's log has `count` partitions at least; answers how many every one has. May be
   * asked by several at once.
   */
  growStream(stream: string, count: number): Promise<number>;
  close(): void;
};

/** What an admin is made with. */
export type KafkaAdminOptions = {
  readonly connection: KafkaConnection;
  readonly logger?: Logger;
  readonly clock?: Clock;
};

const adminTimeoutMs = 20_000;
/** Of one try to make or set topics, ms: below what a broker waits for a controller that hangs, so that the next is asked. */
const changeTimeoutMs = 10_000;
/** Of counting brokers, ms: each one knows it by heart, so one that hangs is not waited for. */
const countTimeoutMs = 3_000;
/** Looks at new topics until each partition has a leader. */
const leaderLooksMax = 100;
const leaderLookMs = 100;
/** Looks at a topic that is said to be missing or another, each at another broker: one that has just started is behind. */
const doubtLooksMax = 5;
const doubtLookMs = 300;
/** Looks for the settings of a topic that was just made. */
const configLooksMax = 50;
const topicExists = 36;

/** Work on topics. Throws `KafkaError` KAFKA_OPTION; everything else is told by its calls. */
export function kafkaAdmin({ connection, logger = silentLogger, clock = systemClock }: KafkaAdminOptions): KafkaAdmin {
  const { connectTimeoutMs } = defaultLogSettings;
  const { places = optionPlaces } = connection;
  const calls = new WireCalls({ connection, connectTimeoutMs, requestTimeoutMs: adminTimeoutMs, clock, logger });
  return {
    ensureTopics: async (wanted) => told(ensureTopics({ calls, clock, logger, wanted, places }), connection),
    topicConfig: async (topic) => (await told(configsOf(calls, clock, [topic], looking), connection)).get(topic) ?? {},
    setTopicConfig: async (topic, config) => told(setConfigs(calls, clock, new Map([[topic, config]])), connection),
    deleteTopics: async (topics) => told(deleteTopics(calls, clock, topics), connection),
    deleteRecords: async (topic, partition, offset) => told(deleteRecords(calls, topic, partition, offset), connection),
    addPartitions: async (topic, count) => told(addPartitions(calls, clock, topic, count), connection),
    growStream: async (stream, count) => told(growStream(calls, clock, stream, count), connection),
    close: () => calls.close(),
  };
}

async function deleteTopics(calls: WireCalls, clock: Clock, topics: readonly string[]): Promise<void> {
  const body = deleteTopicsBody(topics, adminTimeoutMs);
  const answers = await calls.ask(adminApis.deleteTopics, body, readDeleteTopics);
  throwAny(
    answers.filter((answer) => answer.code !== code.unknownTopicOrPartition),
    deleting,
  );
  // Brokers hear of it one after the other, and who looks next must not find what is gone.
  await toldBack(clock, async () => {
    const facts = await calls.metadata(topics);
    return topics.every((name) => !isTopicThere(facts, name, deleting));
  });
}

async function deleteRecords(calls: WireCalls, topic: string, partition: number, offset: number): Promise<void> {
  const facts = await calls.metadata([topic]);
  const leader = facts.topics[0]?.partitions.find((part) => part.partition === partition)?.leader ?? -1;
  const body = deleteRecordsBody(topic, partition, offset, adminTimeoutMs);
  const answered = await calls.askNode(leader, adminApis.deleteRecords, body, readDeleteRecords);
  throwAny([{ name: topic, code: answered, message: null }], deleting);
}

/** What the work on the topics of a stream needs. */
type Work = {
  readonly calls: WireCalls;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wanted: WantedTopics;
  readonly places: KafkaPlaces;
};

async function ensureTopics(work: Work): Promise<StreamTopics> {
  const before = await sureOfKnown(work);
  // A broker answers, so what goes wrong from here on may be a change of leaders that ends by itself.
  let seen: ClusterFacts | undefined = before;
  const created = new Set<string>();
  return throughFailover(work.clock, work.wanted.stream, async () => {
    const facts = seen ?? (await sureOfKnown(work));
    seen = undefined;
    return settleTopics(work, facts, created);
  });
}

/** What is there, once brokers agree that the known topics are. Rejects with LOG_REPLACED. */
async function sureOfKnown({ calls, clock, wanted }: Work): Promise<ClusterFacts> {
  const { stream, known = new Map() } = wanted;
  for (let look = 1; ; look += 1) {
    const facts = await calls.metadata(streamTopicNames.map((topic) => topicOf(stream, topic)));
    const error = replacedTopic(stream, known, idsOf(stream, facts, workOn(wanted)));
    if (error === undefined) return facts;
    if (look === doubtLooksMax) throw error;
    await clock.sleep(doubtLookMs);
  }
}

async function settleTopics(work: Work, before: ClusterFacts, created: Set<string>): Promise<StreamTopics> {
  const { calls, clock, logger, wanted } = work;
  const topics = wanted.topics ?? streamTopicNames;
  const names = topics.map((topic) => topicOf(wanted.stream, topic));
  const missing = names.filter((name) => !isTopicThere(before, name, workOn(wanted)));
  const mayChange = wanted.createTopics !== false;
  if (missing.length > 0 && !mayChange) {
    throw new KafkaError(
      'KAFKA_TOPICS',
      `topics are missing: ${missing.join(', ')}; create them (control with one partition and cleanup.policy=compact), or let this program do it`,
    );
  }
  const { describeCluster } = adminApis;
  const brokers = await calls.ask(describeCluster, describeClusterBody(), readDescribeCluster, countTimeoutMs);
  // Before the answer, which may be lost although they were made.
  for (const name of missing) created.add(name);
  if (missing.length > 0) await createTopics(work, missing, brokers);
  const now = missing.length === 0 ? before : await withLeaders(calls, clock, names);
  const configs = await configsOf(calls, clock, names, workOn(wanted));
  const changes = new Map<string, TopicConfig>();
  const facts = topics.map((topic) => {
    const name = topicOf(wanted.stream, topic);
    const config = configs.get(name) ?? {};
    const change = mayChange ? changeOf(config, wanted, topic) : {};
    if (Object.keys(change).length > 0) changes.set(name, change);
    return { topic, name, config: { ...config, ...change }, partitions: partitionsOf(now, name) };
  });
  const ofLog = facts.filter(({ topic }) => topic !== 'control');
  const control = facts.filter(({ topic }) => topic === 'control');
  const problems = [...unfitFacts(ofLog), ...control.flatMap((fact) => unfitControl(fact, fact.partitions))];
  if (problems.length > 0) throw new KafkaError('KAFKA_TOPICS', problems.join('. '));
  if (changes.size > 0) await setConfigs(calls, clock, changes);
  warnOfThin(logger, thinTopics(facts, brokers));
  return {
    partitions: ofLog.length === 0 ? wanted.partitions : Math.min(...ofLog.map(({ partitions }) => partitions)),
    ids: idsOf(wanted.stream, now, workOn(wanted)),
    created: [...created],
    changed: [...changes.keys()],
  };
}

async function createTopics(work: Work, missing: readonly string[], brokers: BrokerCount): Promise<void> {
  const { calls, logger, wanted, places } = work;
  const topics = newTopics(wanted, missing, brokers, places.copies);
  const body = createTopicsBody(topics, changeTimeoutMs);
  const answers = await calls.ask(adminApis.createTopics, body, readCreateTopics, changeTimeoutMs);
  // Several processes may start at once; whoever comes second finds them made.
  throwAny(
    answers.filter((answer) => answer.code !== topicExists),
    changing,
  );
  if (brokers.registered > 1) return;
  logger.warn('the cluster has one broker: what it loses is lost', { topics: missing.join(',') });
}

function warnOfThin(logger: Logger, topics: readonly string[]): void {
  if (topics.length === 0) return;
  const remedy = 'set min.insync.replicas 2 on topics of 3 replicas';
  logger.warn('one broker alone may have what is acknowledged', { topics: topics.join(','), remedy });
}

/** A topic that was just made has leaders a moment later. */
async function withLeaders(calls: WireCalls, clock: Clock, names: readonly string[]): Promise<ClusterFacts> {
  for (let look = 0; look < leaderLooksMax; look += 1) {
    const facts = await calls.metadata(names);
    const hasLeaders = facts.topics.every(
      (topic) => topic.code === code.none && topic.partitions.every(({ leader }) => leader >= 0),
    );
    if (hasLeaders) return facts;
    await clock.sleep(leaderLookMs);
  }
  const seconds = (leaderLooksMax * leaderLookMs) / 1_000;
  throw new KafkaError(
    'KAFKA_TOPICS',
    `the new topics ${names.join(', ')} have no leaders after ${seconds} s; look at the brokers' logs`,
  );
}

/** The settings of topics; a broker that has not heard yet of one that was just made is followed by the next. */
async function configsOf(
  calls: WireCalls,
  clock: Clock,
  names: readonly string[],
  work: TopicWork,
): Promise<ReadonlyMap<string, TopicConfig>> {
  for (let look = 1; ; look += 1) {
    const described = await describeTopics(calls, names);
    const isKnown = described.every((answer) => answer.code !== code.unknownTopicOrPartition);
    if (!isKnown && look < configLooksMax) {
      await clock.sleep(leaderLookMs);
      continue;
    }
    throwAny(described, work);
    return new Map(described.map(({ name, config }) => [name, config]));
  }
}

/** Sets them, and waits a moment until a broker tells them back: brokers hear of a change one after the other. */
async function setConfigs(calls: WireCalls, clock: Clock, changes: ReadonlyMap<string, TopicConfig>): Promise<void> {
  const body = alterConfigsBody(changes);
  throwAny(await calls.ask(adminApis.alterConfigs, body, readAlterConfigs, changeTimeoutMs), changing);
  await toldBack(clock, async () => {
    const now = await configsOf(calls, clock, [...changes.keys()], changing);
    return [...changes].every(([name, change]) =>
      Object.entries(change).every(([key, value]) => now.get(name)?.[key] === value),
    );
  });
}

/** What a topic that is there needs: what the log cannot do without, and what was named. The rest is others' business. */
function changeOf(config: TopicConfig, wanted: WantedTopics, topic: StreamTopicName): TopicConfig {
  if (topic === 'control') return controlChange(config, wanted.minInsyncReplicas);
  const retention = wanted.retentionMs?.[topic];
  const holdsRecords = Number(config['max.message.bytes']) >= messageBytesMax;
  const change = given({
    'cleanup.policy': 'delete',
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': holdsRecords ? null : String(messageBytesMax),
    'min.insync.replicas': wanted.minInsyncReplicas === undefined ? null : String(wanted.minInsyncReplicas),
    'retention.ms': retention === undefined || retention === null ? null : String(retention),
    ...wanted.config,
  });
  return Object.fromEntries(Object.entries(change).filter(([key, value]) => config[key] !== value));
}

/** What is done to make sure of topics. */
function workOn({ createTopics: mayChange = true }: WantedTopics): TopicWork {
  return mayChange ? changing : looking;
}

/** The ids of the topics that are there. */
function idsOf(stream: string, facts: ClusterFacts, work: TopicWork): ReadonlyMap<StreamTopicName, string> {
  const there = facts.topics.filter((topic) => isThere(topic, work));
  return idsByTopic(stream, new Map(there.map(({ name, id }) => [name, id])));
}

function isTopicThere({ topics }: ClusterFacts, name: string, work: TopicWork): boolean {
  const facts = topics.find((topic) => topic.name === name);
  return facts !== undefined && isThere(facts, work);
}
