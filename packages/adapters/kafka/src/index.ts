/**
 * The public entry of Kafka behind the seams. In: a connection. Out: the log, its topics, and the group of workers.
 * Nothing outside this package knows the client.
 */
export type { TopicConfig } from './admin-requests.ts';
export type { Compression } from './codecs.ts';
export { type KafkaControl, type KafkaControlOptions, openKafkaControl } from './control/kafka-control.ts';
export { findWorkers, type FindWorkersOptions, type WorkerFinder } from './group/find-workers.ts';
export { type JoinOptions, joinWorkers } from './group/join-workers.ts';
export {
  type KafkaConnection,
  KafkaError,
  type KafkaErrorCode,
  type KafkaLogin,
  type KafkaPlaces,
  type KafkaTls,
} from './kafka-connection.ts';
export { type KafkaLog, type KafkaLogOptions, openKafkaLog } from './kafka-log.ts';
export { defaultLogSettings, type LogSettings } from './log-settings.ts';
export { defaultCopies } from './new-topics.ts';
export { idsByTopic, type KnownTopics, replacedTopic } from './topic-ids.ts';
export { kafkaPartitions, type PartitionAdminOptions } from './partition-admin.ts';
export { type StreamTopicName, streamTopicNames, topicOf } from './topic-names.ts';
export { type KafkaAdmin, kafkaAdmin, type KafkaAdminOptions, type StreamTopics, type WantedTopics } from './topics.ts';
export {
  type ObservedTopic,
  observeStreams,
  type StreamObserver,
  type StreamObserverOptions,
} from './observe-stream.ts';
