/**
 * Opens log and store on servers. In: the values of the options. Out: Kafka and Cassandra behind the type of every backend,
 * with topics and tables that fit. What keeps one of them from being used is told in its own words, and nothing stays open.
 */
import { cassandraStoreIn } from './cassandra-store-in.ts';
import { SharedFormingBars } from '@tapeline/embedded';
import type { Backend, BackendParts } from './backend.ts';
import type { BackendValues } from './backend-options.ts';
import { type KafkaStream, kafkaStreamIn, prepareTopics } from './kafka-stream-in.ts';

/** Opens both. Rejects with `BackendError` or an error of the seams. */
export async function openServers(values: BackendValues, parts: BackendParts): Promise<Backend> {
  const { stream, keyspace } = values;
  const [kafka = [], cassandra = []] = [values.kafka, values.cassandra];
  // Topics first: brokers answer in a moment or not at all, and the store may have tables to make.
  const found = await prepareTopics(values, parts);
  const opened = await cassandraStoreIn(values, parts);
  let kafkaStream: KafkaStream;
  try {
    // What the topics had when the stream was new; more of them were added later, and instruments stay where they are.
    const base = await opened.store.basePartitions(found);
    kafkaStream = await kafkaStreamIn(values, parts, base);
  } catch (error) {
    await opened.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    await Promise.all([kafkaStream.close(), opened.close()]);
  };
  let closed: Promise<void> | undefined;
  const { log, workers } = kafkaStream;
  return {
    kind: 'servers',
    log,
    store: opened.store,
    forming: new SharedFormingBars(parts.logger),
    place: `Kafka ${kafka.join(',')}, stream ${stream}; Cassandra ${cassandra.join(',')}, keyspace ${keyspace}`,
    limits: limitsOf(log.partitionCount),
    joinWorkers: (address) => kafkaStream.joinWorkers(address),
    workers,
    close: async () => (closed ??= close()),
  };
}

function limitsOf(partitions: number): readonly string[] {
  return [
    `The stream has ${partitions} partitions, so up to ${partitions} workers share its work; more of them stand by.`,
    'What is acknowledged is in every in-sync replica of its partition; how many those are, and how long the log keeps ' +
      "records, the topics' settings say.",
  ];
}
