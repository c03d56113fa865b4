/**
 * The public entry of the testbed: real Kafka brokers and Cassandra nodes on this machine without containers, and a TCP
 * proxy with faults. In: what a test or a bench wants. Out: servers that end with it.
 */
export { type CassandraCluster, CassandraNode, type CassandraOptions, startCassandra } from './cassandra-cluster.ts';
export { type Certificates, type Certified, makeCertificates } from './certificates.ts';
export { FaultProxy, type FaultProxyConfig } from './fault-proxy.ts';
export { type Direction, type Directions, type FaultCounts, type FaultSettings, noFaults } from './fault-settings.ts';
export { freePorts } from './free-ports.ts';
export { findJava, findMaven } from './java-tools.ts';
export { type KafkaCluster, KafkaNode, type KafkaOptions, startKafka } from './kafka-cluster.ts';
export { supportedOptions } from './cassandra-questions.ts';
export { brokerIds, topicPartitions } from './kafka-questions.ts';
export type { PartitionState, TopicConfig } from './kafka-questions.ts';
export { type KafkaSecurity, type KafkaUser, saslMechanisms } from './kafka-settings.ts';
export { cacheFolder, mavenJars } from './maven-jars.ts';
export {
  cassandraForTests,
  type CassandraForTests,
  kafkaForTests,
  type KafkaForTests,
  type NoServer,
} from './servers-for-tests.ts';
export { isUnavailable, TestbedError, type TestbedErrorCode } from './testbed-error.ts';
export { cassandraArtifacts, cassandraVersion, kafkaArtifacts, kafkaVersion } from './versions.ts';
