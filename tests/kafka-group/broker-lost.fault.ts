/**
 * Workers while one of three brokers is gone for good: the group's coordinator moves, or partitions have no leader left.
 * Neither is a reason to work on nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaCluster } from '@tapeline/testbed';
import { afterEach, expect, test } from 'vitest';
import { newStream } from './group-topic.ts';
import { heard, killMembers, Member, settled } from './member.ts';
import { ownCluster } from '../kafka/own-cluster.ts';

const cluster = await ownCluster({ brokers: 3, quickStart: true });
const partitions = 6;
const sessionMs = 6_000;

afterEach(killMembers);

async function start(replicas: number): Promise<{ kafka: KafkaCluster; stream: string; members: Member[] }> {
  if (cluster === undefined) throw new Error('this test is skipped without a cluster');
  const { brokers } = cluster;
  const stream = newStream();
  await cluster.createTopic(`${stream}.ticks`, { partitions, replicas });
  const members = [0, 1].map((number) => new Member({ brokers, stream, number, metadataMaxAgeMs: 3_000 }));
  await settled(members, partitions, 30_000);
  return { kafka: cluster, stream, members };
}

test.skipIf(cluster === undefined)(
  'whichever broker is lost, workers are still in their group: one that ends has its heir at once (needs Kafka of its own: install Java 17 and Maven)',
  async () => {
    const { kafka, stream, members } = await start(3);
    for (const node of kafka.nodes) {
      const killedMs = Date.now();
      await node.kill('SIGKILL');
      await sleep(2 * sessionMs);
      await settled(members, partitions, 20_000);
      process.stdout.write(`broker ${node.id} lost, settled after at most ${Date.now() - killedMs} ms\n`);
      const [leaver, heir] = members as [Member, Member];
      const atMs = leaver.signal('SIGTERM');
      await heard(heir, atMs, 8_000, (owned) => owned.length === partitions);
      members.splice(0, 1);
      members.push(new Member({ brokers: kafka.brokers, stream, number: node.id + 1, metadataMaxAgeMs: 3_000 }));
      await settled(members, partitions, 20_000);
      await node.start();
      await kafka.ready();
      await sleep(2_000);
    }
  },
);

test.skipIf(cluster === undefined)(
  'partitions without a leader leave every worker with its share (needs Kafka of its own: install Java 17 and Maven)',
  async () => {
    const { kafka, stream, members } = await start(1);
    const [node] = kafka.nodes;
    await node?.kill('SIGKILL');
    await sleep(5 * sessionMs);
    const leaders = (await kafka.partitions(`${stream}.ticks`)).map(({ leader }) => leader);
    expect(leaders).toContain(-1);
    await settled(members, partitions, 20_000);
    const [leaver, heir] = members as [Member, Member];
    const atMs = leaver.signal('SIGTERM');
    await heard(heir, atMs, 8_000, (owned) => owned.length === partitions);
    await node?.start();
    expect(heir.isRunning).toBe(true);
  },
);
