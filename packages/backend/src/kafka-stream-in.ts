/**
 * The log on Kafka and the group of its workers. In: the values of the options. Out: an open log whose topics fit, and ways
 * to take a share of it and to find those who did.
 */
import { type Ownership, type TickLog, topicNames, type Workers } from '@tapeline/domain';
import {
  findWorkers,
  joinWorkers,
  kafkaAdmin,
  type KafkaConnection,
  KafkaError,
  openKafkaLog,
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

/** What Kafka and we keep records for where nobody says otherwise, ms. */
const retentionMsDefault = 604_800_000;

/** What brokers call our connections. */
const clientId = 'tapeline';

/**
 * Opens it on topics that fit. `partitions` is over how many of them the stream spreads its instruments: those beyond it
 * stay empty and are nobody's. Rejects with `BackendError` or `LogError`.
 */
export async function kafkaStreamIn(
  values: BackendValues,
  parts: BackendParts,
  partitions: number,
): Promise<KafkaStream> {
  const { clock, logger, metrics, random } = parts;
  const { stream } = values;
  const connection = connectionOf(values);
  const compression = values['kafka-compression'];
  const settings = compression === undefined ? {} : { compression };
  const log = await told(() =>
    openKafkaLog({ connection, stream, partitions, settings, clock, random, logger, metrics }),
  );
  const workers = findWorkers({ connection, stream, clock, logger });
  return {
    log,
    workers,
    joinWorkers: (address) =>
      told(async () => joinWorkers({ connection, stream, partitions, address, clock, logger, metrics })),
    close: async () => {
      await Promise.all([workers.close(), log.close()]);
    },
  };
}

/** Sees to it that the topics fit; answers how many partitions they have. Rejects with `BackendError`. */
export async function prepareTopics(values: BackendValues, { clock, logger }: BackendParts): Promise<number> {
  const admin = kafkaAdmin({ connection: connectionOf(values), clock, logger });
  try {
    const { partitions, created, changed } = await told(() => admin.ensureTopics(wantedTopics(values)));
    if (created.length > 0) logger.info('topics were made', { topics: created.join(',') });
    if (changed.length > 0) logger.info('settings of topics were changed', { topics: changed.join(',') });
    return partitions;
  } finally {
    admin.close();
  }
}

function wantedTopics(values: BackendValues): WantedTopics {
  const { stream, partitions, retention } = values;
  const [replicationFactor, minInsyncReplicas] = [values['kafka-replication'], values['kafka-min-insync']];
  // Without a wish of somebody's a new topic has the default, and one that is there stays as somebody made it.
  const isWished = retention !== retentionMsDefault;
  return {
    stream,
    createTopics: values['kafka-create-topics'],
    partitions,
    ...(isWished ? { retentionMs: Object.fromEntries(topicNames.map((topic) => [topic, retention])) } : {}),
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
