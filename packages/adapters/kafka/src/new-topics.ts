/**
 * What new topics are made with. In: what is wanted of them, the brokers that there are. Out: copies and settings; or one
 * sentence where there are too few brokers. What is acknowledged shall bear the loss of a broker, so fewer than three copies
 * are somebody's decision; a cluster of one broker has no other choice.
 */
import type { BrokerCount, NewTopic, TopicConfig } from './admin-requests.ts';
import { controlPartitions, newControlConfig } from './control-topic.ts';
import { KafkaError, optionPlaces } from './kafka-connection.ts';
import { type StreamTopicName, streamTopicNames, topicOf } from './topic-names.ts';
import type { WantedTopics } from './topics.ts';

/** The largest record and its batch's head, bytes. */
export const messageBytesMax = 9_437_184;

const weekMs = 604_800_000;
/** Copies of each record that a stream gets where nobody decided and there is no lack of brokers. */
export const defaultCopies = 3;

/** The topics to make of those that are missing. Throws `KafkaError` KAFKA_TOPICS where too few brokers are up. */
export function newTopics(
  wanted: WantedTopics,
  missing: readonly string[],
  brokers: BrokerCount,
  copiesPlace: string = optionPlaces.copies,
): readonly NewTopic[] {
  const replicationFactor = copiesOf(wanted, brokers, copiesPlace);
  return streamTopicNames
    .map((topic) => ({ topic, name: topicOf(wanted.stream, topic) }))
    .filter(({ name }) => missing.includes(name))
    .map(({ topic, name }) => ({
      name,
      partitions: topic === 'control' ? controlPartitions : wanted.partitions,
      replicationFactor,
      config: configFor(wanted, topic, replicationFactor),
    }));
}

/** Settings without those that are `null`. */
export function given(entries: Readonly<Record<string, string | null>>): TopicConfig {
  return Object.fromEntries(Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== null));
}

function copiesOf(
  { stream, replicationFactor }: WantedTopics,
  { registered, up }: BrokerCount,
  copiesPlace: string,
): number {
  const copies = replicationFactor ?? (registered === 1 ? 1 : defaultCopies);
  if (up >= copies) return copies;
  const fact = `new topics of ${stream} get ${copies} copies of each record, and ${up} of ${registered} brokers are up`;
  throw new KafkaError('KAFKA_TOPICS', `${fact}; start brokers, or choose fewer copies with ${copiesPlace} ${up}`);
}

function configFor(wanted: WantedTopics, topic: StreamTopicName, copies: number): TopicConfig {
  const minInsyncReplicas = wanted.minInsyncReplicas ?? Math.max(1, copies - 1);
  if (topic === 'control') return newControlConfig(minInsyncReplicas);
  const retention = wanted.retentionMs?.[topic];
  return given({
    'cleanup.policy': 'delete',
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': String(messageBytesMax),
    'min.insync.replicas': String(minInsyncReplicas),
    'retention.ms': retention === null ? null : String(retention ?? weekMs),
    'unclean.leader.election.enable': 'false',
    ...wanted.config,
  });
}
