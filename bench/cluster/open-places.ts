/**
 * Opens log and store for a bench. In: where they are. Out: the adapters as every process uses them, with settings that
 * are theirs by default; a stream and a keyspace of a bench are its own.
 */
import { type CassandraOptions, type CassandraStore, openCassandraStore } from '@tapeline/cassandra';
import { kafkaAdmin, type KafkaLog, openKafkaLog } from '@tapeline/kafka';
import { createLogger, createMetrics, systemClock, systemRandom } from '@tapeline/runtime';
import type { CassandraPlace } from './bench-servers.ts';

/** A stream on Kafka. */
export type LogPlace = { readonly brokers: readonly string[]; readonly stream: string; readonly partitions: number };

/** A keyspace on Cassandra. */
export type StorePlace = CassandraPlace & { readonly keyspace: string };

const logger = createLogger({ name: 'bench', level: 'warn', format: 'text' });

/** Opens the log; its topics are made if they are missing, with a copy of each record on one broker. */
export async function openLog({ brokers, stream, partitions }: LogPlace): Promise<KafkaLog> {
  const connection = { brokers, clientId: 'tapeline-bench' };
  const admin = kafkaAdmin({ connection, logger });
  try {
    await admin.ensureTopics({ stream, partitions, replicationFactor: 1 });
  } finally {
    admin.close();
  }
  const metrics = createMetrics({ ofProcess: false });
  return openKafkaLog({ connection, stream, clock: systemClock, random: systemRandom, logger, metrics });
}

/** Opens the store for the snapshots of `stream`; its keyspace and tables are made if they are missing. */
export async function openStore(
  place: StorePlace,
  stream: string,
  settings: Pick<CassandraOptions, 'revisionTtlSec'> = {},
): Promise<CassandraStore> {
  return openCassandraStore({
    contactPoints: place.contactPoints,
    localDataCenter: place.dataCenter,
    keyspace: place.keyspace,
    createKeyspace: true,
    replication: { [place.dataCenter]: 1 },
    stream,
    clock: systemClock,
    random: systemRandom,
    logger,
    metrics: createMetrics({ ofProcess: false }),
    ...settings,
  });
}
