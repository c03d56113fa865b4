/**
 * The names of a stream's topics. In: the stream's name. Out: names in Kafka. The four topics of the log have one number of partitions;
 * `control`, where maps are, has one partition and keeps the last record of each key.
 */
import { type TopicName, topicNames } from '@tapeline/domain';

/** A topic of a stream. */
export type StreamTopicName = TopicName | 'control';

/** All of them, in the order in which they are made. */
export const streamTopicNames: readonly StreamTopicName[] = [...topicNames, 'control'];

/** The name of a topic in Kafka. */
export function topicOf(stream: string, topic: StreamTopicName): string {
  return `${stream}.${topic}`;
}
