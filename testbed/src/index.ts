/**
 * The public entry of the testbed: real Kafka brokers, Cassandra nodes and Kubernetes clusters on this machine without
 * Docker, and a TCP proxy with faults. In: what a test or a bench wants. Out: servers that end with it.
 */
export { type CassandraCluster, CassandraNode, type CassandraOptions, startCassandra } from './cassandra-cluster.ts';
export { type Certificates, type Certified, makeCertificates } from './certificates.ts';
export { FaultProxy, type FaultProxyConfig } from './fault-proxy.ts';
export { type Direction, type Directions, type FaultCounts, type FaultSettings, noFaults } from './fault-settings.ts';
export { freePorts } from './free-ports.ts';
export { findJava, findMaven } from './java-tools.ts';
export { type KafkaCluster, KafkaNode, type KafkaOptions, startKafka } from './kafka-cluster.ts';
export type { ApiServer, ApiServerConfig } from './kubernetes/api-server.ts';
export { shellImage } from './kubernetes/cluster-images.ts';
export type { ClusterTools, Tool, ToolCall } from './kubernetes/cluster-tools.ts';
export { type KubernetesCluster, type KubernetesOptions, startKubernetes } from './kubernetes/kube-cluster.ts';
export { buildDockerfile, type DockerfileBuild } from './kubernetes/dockerfile-image.ts';
export { needPrograms, programFile } from './kubernetes/go-build.ts';
export { type ImageNames, imageNames } from './kubernetes/image-names.ts';
export { cassandraImage, cassandraImageName, kafkaImage, kafkaImageName } from './kubernetes/java-images.ts';
export type { KubernetesNode } from './kubernetes/kube-node.ts';
export { helm, kubeconform, kubernetesVersion } from './kubernetes/kube-versions.ts';
export { needForNodes } from './kubernetes/node-needs.ts';
export { tapelineImageName } from './kubernetes/load-images.ts';
export type { PortForward, PortForwardWish } from './kubernetes/port-forward.ts';
export { kubernetesForTests, type KubernetesForTests, namedKubernetes } from './kubernetes/kubernetes-for-tests.ts';
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
