/**
 * Kafka and Cassandra of a fault. In: which of them must be its own, because it is broken, and how. Out: both, or why there
 * are none; what is shared with other files is never broken.
 */
import {
  type CassandraCluster,
  cassandraForTests,
  type CassandraOptions,
  isUnavailable,
  type KafkaCluster,
  kafkaForTests,
  type KafkaOptions,
  startCassandra,
  startKafka,
} from '@tapeline/testbed';

/** Running servers. */
export type Servers = {
  readonly unavailable?: undefined;
  readonly brokers: readonly string[];
  readonly contactPoints: readonly string[];
  readonly datacenter: string;
  /** Only where it is the fault's own. */
  readonly kafka?: KafkaCluster;
  readonly cassandra?: CassandraCluster;
  /** Ends those that are its own. */
  close(): Promise<void>;
};

/** Why there are none. */
export type NoServers = { readonly unavailable: string };

/** Which servers must be the fault's own; absent = those of the run. */
export type ServersWish = { readonly kafka?: KafkaOptions; readonly cassandra?: CassandraOptions };

/** Starts or finds them. Rejects if they should come up here and do not. */
export async function startServers(wish: ServersWish = {}): Promise<Servers | NoServers> {
  const closings: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closing of closings.splice(0)) await closing();
  };
  try {
    const kafka = wish.kafka === undefined ? undefined : await startKafka({ quickStart: true, ...wish.kafka });
    if (kafka !== undefined) closings.push(() => kafka.close());
    const cassandra =
      wish.cassandra === undefined ? undefined : await startCassandra({ quickStart: true, ...wish.cassandra });
    if (cassandra !== undefined) closings.push(() => cassandra.close());
    const log = kafka ?? (await kafkaForTests());
    const store = cassandra ?? (await cassandraForTests());
    if ('unavailable' in log && log.unavailable !== undefined) return { unavailable: log.unavailable };
    if ('unavailable' in store && store.unavailable !== undefined) return { unavailable: store.unavailable };
    return {
      brokers: log.brokers,
      contactPoints: store.contactPoints,
      datacenter: store.datacenter,
      ...(kafka === undefined ? {} : { kafka }),
      ...(cassandra === undefined ? {} : { cassandra }),
      close,
    };
  } catch (error) {
    await close();
    if (isUnavailable(error)) return { unavailable: error.message };
    throw error;
  }
}

/** Those of a fault that breaks its own Kafka. Throws where there are none. */
export function ownKafka(servers: Servers | NoServers): { readonly cluster: KafkaCluster; readonly all: Servers } {
  if (servers.unavailable !== undefined) throw new Error(servers.unavailable);
  if (servers.kafka === undefined)
    throw new Error('the Kafka of these servers is shared: start the fault with one of its own');
  return { cluster: servers.kafka, all: servers };
}
