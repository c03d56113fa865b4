/**
 * Workers while their broker is away: killed and started again, or silent behind a dead line. They keep what they own
 * for a bounded time and come back by themselves.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isUnavailable, type KafkaCluster, startKafka } from '@tapeline/testbed';
import { afterAll, afterEach, expect, test } from 'vitest';
import { makeTicks, newStream } from './group-topic.ts';
import { heard, killMembers, Member, settled } from './member.ts';

const cluster = await startKafka({ brokers: 1, proxied: true, quickStart: true }).catch((error: unknown) => {
  if (!isUnavailable(error)) throw error;
  return undefined;
});
const partitions = 6;

afterEach(killMembers);
afterAll(async () => cluster?.close());

async function start(): Promise<{ kafka: KafkaCluster; members: Member[] }> {
  if (cluster === undefined) throw new Error('this test is skipped without a cluster');
  const { brokers } = cluster;
  const stream = newStream();
  await makeTicks(brokers, stream, partitions);
  const members = [0, 1].map((number) => new Member({ brokers, stream, number }));
  await settled(members, partitions, 30_000);
  return { kafka: cluster, members };
}

test.skipIf(cluster === undefined)(
  'a broker that is killed and started again has its workers back by themselves (needs Kafka of its own: install Java 17 and Maven)',
  async () => {
    const { kafka, members } = await start();
    const [node] = kafka.nodes;
    await node?.kill('SIGKILL');
    await sleep(2_000);
    await node?.start();
    await kafka.ready();
    const atMs = Date.now();
    await settled(members, partitions, 30_000);
    process.stdout.write(`broker killed and started again, until the workers are settled: ${Date.now() - atMs} ms\n`);
    for (const member of members) expect(member.isRunning).toBe(true);
    // They are members and do not only believe so: one that leaves is followed by the other at once.
    const [leaver, heir] = members as [Member, Member];
    const leftMs = leaver.signal('SIGTERM');
    await heard(heir, leftMs, 8_000, (owned) => owned.length === partitions);
  },
);

test.skipIf(cluster === undefined)(
  'behind a dead line partitions are kept for two sessions, then given up, and come back (needs Kafka of its own: install Java 17 and Maven)',
  async () => {
    const { kafka, members } = await start();
    const proxy = kafka.nodes[0]?.proxy;
    const atMs = Date.now();
    proxy?.set({ stalled: 'both' });
    const gaveUpMs = await Promise.all(
      members.map((member) => heard(member, atMs, 20_000, ({ length }) => length === 0)),
    );
    for (const givenUpMs of gaveUpMs) {
      expect(givenUpMs - atMs).toBeGreaterThan(11_000);
      expect(givenUpMs - atMs).toBeLessThan(14_000);
    }
    await proxy?.heal();
    const healedMs = Date.now();
    await settled(members, partitions, 30_000);
    process.stdout.write(`dead line healed, until the workers are settled: ${Date.now() - healedMs} ms\n`);
  },
);

test.skipIf(cluster === undefined)(
  'a broker that is away for longer than the partitions are kept has its workers back too (needs Kafka of its own: install Java 17 and Maven)',
  async () => {
    const { kafka, members } = await start();
    const [node] = kafka.nodes;
    const atMs = Date.now();
    await node?.kill('SIGKILL');
    await Promise.all(members.map((member) => heard(member, atMs, 20_000, ({ length }) => length === 0)));
    await sleep(8_000);
    await node?.start();
    await kafka.ready();
    const backMs = Date.now();
    await settled(members, partitions, 30_000);
    process.stdout.write(`broker back after 20 s, until the workers are settled: ${Date.now() - backMs} ms\n`);
  },
);
