/**
 * The log on Kafka and the group of its workers. In: the values of the options. Out: an open log whose topics fit, and ways
 * to take a share of it and to find those who did.
 */
import type { StreamRow } from '@tapeline/cassandra';
import { type Ownership, type TickLog, topicNames, type Workers } from '@tapeline/domain';
import {
  defaultCopies,
  findWorkers,
  idsByTopic,
  joinWorkers,
  kafkaAdmin,
  type KafkaConnection,
  KafkaError,
  type KafkaLog,
  type KnownTopics,
  openKafkaLog,
  replacedTopic,
  type StreamTopics,
  type WantedTopics,
} from '@tapeline/kafka';
import { BackendError, type BackendParts } from './backend.ts';
import type { BackendValues } from './backend-options.ts';
import { loginOf, tlsOf } from './read-login.ts';

/** An open log and its workers. */
export type KafkaStream = {
  readonly log: TickLog;
  readonly workers: Workers;
  joinWorkers(address: string): Promise<Ownership>;
  close(): Promise<void>;
};

/** What brokers call our connections. */
const clientId = 'tapeline';

/**
 * Opens it on topics that fit and are those that the stream was made with. Partitions beyond its own stay empty and are
 * nobody's. Rejects with `BackendError` or `LogError`.
 */
export async function kafkaStreamIn(values: BackendValues, parts: BackendParts, row: StreamRow): Promise<KafkaStream> {
  const { clock, logger, metrics, health, random } = parts;
  const { stream } = values;
  const { basePartitions: partitions } = row;
  const connection = connectionOf(values);
  const compression = values['kafka-compression'];
  const settings = compression === undefined ? {} : { compression };
  // It connects at its first question.
  const workers = await told(async () => findWorkers({ connection, stream, clock, logger }));
  const log = await told(() =>
    openKafkaLog({ connection, stream, partitions, settings, clock, random, logger, metrics }),
  );
  await closeIfReplaced(log, stream, row);
  return {
    log,
    workers,
    joinWorkers: (address) =>
      told(async () => joinWorkers({ connection, stream, partitions, address, clock, logger, metrics, health })),
    close: async () => {
      await Promise.all([workers.close(), log.close()]);
    },
  };
}

/** Another who started at the same time may have entered other topics, and what was looked at may be deleted by now. */
async function closeIfReplaced(log: KafkaLog, stream: string, { topicIds }: StreamRow): Promise<void> {
  const error = replacedTopic(stream, topicIds, idsByTopic(stream, log.topicIds));
  if (error === undefined) return;
  await log.close();
  throw error;
}

/**
 * Sees to it that the topics fit; `known` are those that the stream has, absent = it is new. Rejects with `BackendError`, or
 * with `LogError` LOG_REPLACED.
 */
export async function prepareTopics(
  values: BackendValues,
  { clock, logger }: BackendParts,
  known: KnownTopics | undefined,
): Promise<StreamTopics> {
  const admin = kafkaAdmin({ connection: connectionOf(values), clock, logger });
  try {
    const wanted = wantedTopics(values);
    const topics = await told(() => admin.ensureTopics(known === undefined ? wanted : { ...wanted, known }));
    const { created, changed } = topics;
    if (created.length > 0) logger.info('topics were made', { topics: created.join(',') });
    if (changed.length > 0) logger.info('settings of topics were changed', { topics: changed.join(',') });
    return topics;
  } finally {
    admin.close();
  }
}

/** What the values want the topics of their stream to be. */
export function wantedTopics(values: BackendValues): WantedTopics {
  const { stream, partitions, retention } = values;
  // Who may wait does not take the first broker of several for the only one: its single copy would stay for ever.
  const copiesDefault = values['start-wait'] > 0 ? defaultCopies : undefined;
  const [replicationFactor, minInsyncReplicas] = [
    values['kafka-replication'] ?? copiesDefault,
    values['kafka-min-insync'],
  ];
  return {
    stream,
    createTopics: values['kafka-create-topics'],
    partitions,
    // Absent, a new topic has the default, and one that is there stays as somebody made it.
    ...(retention === undefined
      ? {}
      : { retentionMs: Object.fromEntries(topicNames.map((topic) => [topic, retention])) }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    ...(minInsyncReplicas === undefined ? {} : { minInsyncReplicas }),
  };
}

function connectionOf(values: BackendValues): KafkaConnection {
  const [tls, login, mechanism] = [tlsOf('kafka', values), loginOf('kafka', values), values['kafka-sasl']];
  return {
    brokers: values.kafka ?? [],
    clientId,
    ...(tls === undefined ? {} : { tls }),
    ...(login === undefined || mechanism === undefined ? {} : { sasl: { mechanism, ...login } }),
  };
}

/** What Kafka says of a start, in the error of every backend. */
async function told<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof KafkaError ? new BackendError(error.message, { cause: error }) : error;
  }
}
