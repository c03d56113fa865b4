/**
 * Kafka and Cassandra for tests of processes. In: nothing, or servers named by the environment. Out: the options that put a
 * process on them, each time on a stream and keyspace of its own; or why there are none.
 */
import { cassandraForTests, kafkaForTests } from '@tapeline/testbed';

const [kafka, cassandra] = [await kafkaForTests(), await cassandraForTests()];

/** What is missing; undefined = both are there. */
export const unavailable: string | undefined = kafka.unavailable ?? cassandra.unavailable;

let streams = 0;

/** Options of a new stream. */
export function onNewStream(partitions = 4): readonly string[] {
  if (kafka.unavailable !== undefined || cassandra.unavailable !== undefined) throw new Error(unavailable);
  streams += 1;
  const name = `p${process.pid}x${Date.now().toString(36)}x${streams}`;
  const servers = ['--kafka', kafka.brokers.join(','), '--cassandra', cassandra.contactPoints.join(',')];
  const places = ['--cassandra-dc', cassandra.datacenter, '--stream', name, '--keyspace', name];
  return [...servers, ...places, '--partitions', String(partitions), '--cassandra-replication', '1'];
}
