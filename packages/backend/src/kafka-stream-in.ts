/**
 * The log on Kafka, its `control` and the group of its workers. In: the values of the options. Out: both open on topics that fit, and
 * ways to add partitions, to take a share of the log and to find those who did.
 */
import type { StreamRow } from '@tapeline/cassandra';
import {
  type ControlLog,
  type Ownership,
  type PartitionAdmin,
  type TickLog,
  topicNames,
  type Workers,
} from '@tapeline/domain';
import {
  defaultCopies,
  findWorkers,
  idsByTopic,
  joinWorkers,
  kafkaAdmin,
  kafkaPartitions,
  type KafkaConnection,
  type KafkaControl,
  KafkaError,
  type KafkaLog,
  type KnownTopics,
  openKafkaControl,
  openKafkaLog,
  replacedTopic,
  type StreamTopics,
  topicOf,
  type WantedTopics,
} from '@tapeline/kafka';
import { BackendError, type BackendParts } from './backend.ts';
import type { BackendValues } from './backend-options.ts';
import { loginOf, tlsOf } from './read-login.ts';

/** An open log and its workers. */
export type KafkaStream = {
  readonly log: TickLog;
  readonly control: ControlLog;
  readonly partitions: PartitionAdmin;
  readonly workers: Workers;
  joinWorkers(address: string): Promise<Ownership>;
  close(): Promise<void>;
};

/** What brokers call our connections. */
const clientId = 'tapeline';

/**
 * Opens it on topics that fit and are those that the stream was made with. Partitions beyond its own are used once a map names them.
 * Rejects with `BackendError` or `LogError`.
 */
export async function kafkaStreamIn(values: BackendValues, parts: BackendParts, row: StreamRow): Promise<KafkaStream> {
  const { clock, logger, metrics, health, random } = parts;
  const { stream } = values;
  const { basePartitions: partitions } = row;
  const connection = connectionOf(values);
  const compression = values['kafka-compression'];
  const settings = compression === undefined ? {} : { compression };
  // Both connect at their first question.
  const workers = await told(async () => findWorkers({ connection, stream, clock, logger }));
  const admin = await told(async () => kafkaPartitions({ connection, stream, clock, logger }));
  const log = await told(() =>
    openKafkaLog({ connection, stream, partitions, settings, clock, random, logger, metrics }),
  );
  let control: KafkaControl;
  try {
    control = await told(() => openKafkaControl({ connection, stream, clock, random, logger, metrics }));
  } catch (error) {
    await log.close();
    throw error;
  }
  await closeIfReplaced(log, control, stream, row);
  return {
    log,
    control,
    partitions: admin,
    workers,
    joinWorkers: (address) =>
      told(async () => joinWorkers({ connection, stream, partitions, address, clock, logger, metrics, health })),
    close: async () => {
      admin.close();
      await Promise.all([workers.close(), log.close(), control.close()]);
    },
  };
}

/** Another who started at the same time may have entered other topics, and what was looked at may be deleted by now. */
async function closeIfReplaced(
  log: KafkaLog,
  control: KafkaControl,
  stream: string,
  { topicIds }: StreamRow,
): Promise<void> {
  const ids = idsByTopic(stream, new Map([...log.topicIds, [topicOf(stream, 'control'), control.topicId]]));
  const error = replacedTopic(stream, topicIds, ids);
  if (error === undefined) return;
  await Promise.all([log.close(), control.close()]);
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
