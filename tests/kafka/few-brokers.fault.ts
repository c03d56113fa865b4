/**
 * New topics while a broker is down: none is made with fewer copies than it would have with all of them, and what a person
 * chooses instead is done and told.
 */
import { kafkaAdmin, topicOf } from '@tapeline/kafka';
import { expect, test } from 'vitest';
import { keptLogger } from '../cassandra/store-on-server.ts';
import { ownCluster } from './own-cluster.ts';

const cluster = await ownCluster({ brokers: 3, quickStart: true });

test.skipIf(cluster === undefined)(
  'two of three brokers make no topic of three copies; the remedy is named and works (needs Kafka of its own: install Java 17 and Maven)',
  async () => {
    if (cluster === undefined) return;
    const logger = keptLogger();
    const admin = kafkaAdmin({ connection: { brokers: cluster.brokers, clientId: 'test' }, logger });
    try {
      await admin.ensureTopics({ stream: 'all', partitions: 1 });
      expect(await admin.topicConfig(topicOf('all', 'ticks'))).toMatchObject({ 'min.insync.replicas': '2' });
      expect(logger.lines).toEqual([]);
      await cluster.nodes[2]?.kill('SIGKILL');
      let made = 0;
      // Until the controller has heard of it, each attempt has a stream of its own.
      const attempt = async (): Promise<string> => {
        made += 1;
        return admin.ensureTopics({ stream: `few-${made}`, partitions: 1 }).then(
          () => 'made',
          (error: unknown) => String(error),
        );
      };
      await expect
        .poll(attempt, { timeout: 60_000, interval: 500 })
        .toMatch(/get 3 copies of each record, and 2 of 3 brokers are up; .* with --kafka-replication 2$/);
      await admin.ensureTopics({ stream: 'two', partitions: 1, replicationFactor: 2 });
      expect(logger.lines).toEqual([
        expect.stringMatching(/^one broker alone may have what is acknowledged .*two\.ticks/),
      ]);
    } finally {
      admin.close();
    }
  },
  120_000,
);
