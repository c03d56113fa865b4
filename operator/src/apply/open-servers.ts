/**
 * Kafka and Cassandra behind the operator's seams. In: what is declared and what Secrets hold. Out: ports on pooled connections. A
 * changed Secret is another connection; the old one ends when nobody has used it for a while.
 */
import { createHash } from 'node:crypto';
import { type KeyspaceAdmin, openKeyspaceAdmin } from '@tapeline/cassandra';
import { topicNames } from '@tapeline/domain';
import { defaultCopies, kafkaAdmin, type KafkaConnection, observeStreams } from '@tapeline/kafka';
import type { Clock, Logger, Metrics, RandomSource } from '@tapeline/runtime';
import type { SecretBook } from '../observe/read-secrets.ts';
import { ClientPool } from './client-pool.ts';
import { cassandraOf, connectionOf } from './connections.ts';
import type { KafkaPort, KeyspacePort, Servers } from './ports.ts';

/** What connections are made with. */
export type ServersParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random: RandomSource;
};

type KafkaClient = { readonly port: KafkaPort; close(): Promise<void> };

/** Servers on real connections; opened when somebody asks. */
export function openServers(parts: ServersParts): Servers {
  const { clock, logger } = parts;
  const onProblem = (error: unknown): void => logger.debug('a connection did not end well', { error });
  const kafkas = new ClientPool<KafkaClient>(clock, onProblem);
  const keyspaces = new ClientPool<KeyspaceAdmin>(clock, onProblem);
  return {
    withKafka: async (spec, secrets, work) =>
      kafkas.with(
        keyOf(spec, secrets),
        () => Promise.resolve(kafkaClient(parts, connectionOf(spec, secrets))),
        ({ port }) => work(port),
      ),
    withKeyspace: async (spec, keyspace, secrets, work) =>
      keyspaces.with(
        keyOf({ spec, keyspace }, secrets),
        () => openKeyspaceAdmin({ ...parts, ...cassandraOf(spec, secrets), keyspace }),
        (admin) => work(keyspacePort(admin)),
      ),
    close: async () => {
      await Promise.all([kafkas.close(), keyspaces.close()]);
    },
  };
}

/** No secret stands in a key. */
function keyOf(spec: unknown, { digest }: SecretBook): string {
  return createHash('sha256')
    .update(`${JSON.stringify(spec)} ${digest}`)
    .digest('hex');
}

function kafkaClient({ clock, logger }: ServersParts, connection: KafkaConnection): KafkaClient {
  const admin = kafkaAdmin({ connection, clock, logger });
  const observer = observeStreams({ connection, clock, logger });
  return {
    port: {
      topics: (stream) => observer.topics(stream),
      lag: (stream) => observer.lag(stream),
      createTopics: async (stream, { partitions, replicas, minInsyncReplicas, retentionMs, config }) => {
        await admin.ensureTopics({
          stream,
          topics: topicNames,
          partitions,
          config,
          // Brokers may still be registering, and topics that were made with one copy have one for ever.
          replicationFactor: replicas ?? defaultCopies,
          ...(minInsyncReplicas === undefined ? {} : { minInsyncReplicas }),
          ...(retentionMs === undefined
            ? {}
            : { retentionMs: Object.fromEntries(topicNames.map((topic) => [topic, retentionMs])) }),
        });
      },
      createControl: async (stream, { replicas, minInsyncReplicas }) => {
        await admin.ensureTopics({
          stream,
          topics: ['control'],
          partitions: 1,
          replicationFactor: replicas ?? defaultCopies,
          ...(minInsyncReplicas === undefined ? {} : { minInsyncReplicas }),
        });
      },
      setTopicConfig: (topic, config) => admin.setTopicConfig(topic, config),
      addPartitions: (topic, count) => admin.addPartitions(topic, count),
      deleteTopics: (topics) => admin.deleteTopics(topics),
    },
    close: () => {
      admin.close();
      observer.close();
      return Promise.resolve();
    },
  };
}

function keyspacePort(admin: KeyspaceAdmin): KeyspacePort {
  return {
    observe: () => admin.observe(),
    createKeyspace: (replication) => admin.createKeyspace(replication),
    setReplication: (replication) => admin.setReplication(replication),
    migrate: async () => {
      await admin.migrate();
    },
    setTable: (name, change) => admin.setTable(name, change),
    dropKeyspace: () => admin.dropKeyspace(),
    findStream: (stream) => admin.findStream(stream),
    enterStream: async (stream, row) => {
      await admin.enterStream(stream, row);
    },
    findPins: (stream, wanted) => admin.findPins(stream, wanted),
    enterPins: (stream, pins) => admin.enterPins(stream, pins),
  };
}
