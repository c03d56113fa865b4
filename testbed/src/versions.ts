/**
 * What the testbed runs, pinned in one place. In: nothing. Out: Maven coordinates. A new version is a change of this file
 * alone; its jars get a folder of their own in the cache.
 */

/** Apache Kafka, the version of every broker. */
export const kafkaVersion = '4.1.2';

/** Apache Cassandra, the version of every node. */
export const cassandraVersion = '5.0.9';

/** What a broker needs, as `group:artifact:version`; Maven adds what these need themselves. */
export const kafkaArtifacts: readonly string[] = [
  `org.apache.kafka:kafka_2.13:${kafkaVersion}`,
  'org.apache.logging.log4j:log4j-core:2.24.3',
  'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3',
];

/** What a Cassandra node needs, as `group:artifact:version`. */
export const cassandraArtifacts: readonly string[] = [`org.apache.cassandra:cassandra-all:${cassandraVersion}`];

/** The Maven plugin that copies jars into a folder. */
export const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
