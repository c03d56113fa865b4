/**
 * Topics that are made while the cluster's controller stands still: brokers answer, and whatever needs the controller
 * waits behind it. One call makes them, once another controller is there.
 */
import { kafkaAdmin } from '@tapeline/kafka';
import { expect, test } from 'vitest';
import { ownCluster } from './own-cluster.ts';

const cluster = await ownCluster({ brokers: 3, quickStart: true });

test.skipIf(cluster === undefined)(
  'topics are made by one call although the controller hangs when it begins (needs Kafka of its own: install Java 17 and Maven)',
  async () => {
    const controller = await cluster?.controller();
    const node = cluster?.nodes.find(({ id }) => id === controller);
    await node?.kill('SIGSTOP');
    const admin = kafkaAdmin({ connection: { brokers: cluster?.brokers ?? [], clientId: 'test' } });
    const startMs = Date.now();
    try {
      const made = await admin.ensureTopics({ stream: 'hang', partitions: 2, replicationFactor: 2 });
      process.stdout.write(`topics made while the controller hangs: ${Date.now() - startMs} ms\n`);
      expect(made).toMatchObject({ partitions: 2 });
      expect(made.created).toContain('hang.ticks');
    } finally {
      await node?.kill('SIGCONT');
      admin.close();
    }
  },
  120_000,
);
