/**
 * Opens log and store on servers. In: the values of the options. Out: Kafka and Cassandra behind the type of every backend,
 * with topics and tables that fit. What keeps one of them from being used is told in its own words, and nothing stays open.
 */
import { cassandraStoreIn } from './cassandra-store-in.ts';
import { SharedFormingBars } from '@tapeline/embedded';
import type { Backend, BackendParts } from './backend.ts';
import type { BackendValues } from './backend-options.ts';
import { type KafkaStream, kafkaStreamIn } from './kafka-stream-in.ts';
import { settleStream } from './settle-stream.ts';

/** Opens both. Rejects with `BackendError` or an error of the seams. */
export async function openServers(values: BackendValues, parts: BackendParts): Promise<Backend> {
  const { stream, keyspace } = values;
  const [kafka = [], cassandra = []] = [values.kafka, values.cassandra];
  // The store first: it knows whether the stream is new, and topics are made only then.
  const opened = await cassandraStoreIn(values, parts);
  let kafkaStream: KafkaStream;
  try {
    const row = await settleStream(values, parts, opened.store);
    kafkaStream = await kafkaStreamIn(values, parts, row);
  } catch (error) {
    await opened.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    await Promise.all([kafkaStream.close(), opened.close()]);
  };
  let closed: Promise<void> | undefined;
  const { log, control, partitions, workers } = kafkaStream;
  return {
    kind: 'servers',
    log,
    control,
    partitions,
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
    `The stream was made with ${partitions} partitions: up to ${partitions} workers share its work, or one for each partition that a map names; more of them stand by.`,
    'What is acknowledged is in every in-sync replica of its partition; how many those are, and how long the log keeps ' +
      "records, the topics' settings say.",
  ];
}
