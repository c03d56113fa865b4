/**
 * Workers while their broker is away: killed and started again, or silent behind a dead line. Nobody gives anything up, and
 * when it is back everybody has what they had.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaCluster } from '@tapeline/testbed';
import { afterEach, expect, test } from 'vitest';
import { makeTicks, newStream } from './group-topic.ts';
import { heard, killMembers, Member, settled } from './member.ts';
import { ownCluster } from '../kafka/own-cluster.ts';

const cluster = await ownCluster({ brokers: 1, proxied: true, quickStart: true });
const partitions = 6;

afterEach(killMembers);

async function start(): Promise<{ kafka: KafkaCluster; members: Member[] }> {
  if (cluster === undefined) throw new Error('this test is skipped without a cluster');
  const { brokers } = cluster;
  const stream = newStream();
  await makeTicks(brokers, stream, partitions);
  const members = [0, 1].map((number) => new Member({ brokers, stream, number }));
  await settled(members, partitions, 30_000);
  return { kafka: cluster, members };
}

/** Each has what it had before and heard of nothing else since `fromMs`; and they are members, not only believe so. */
async function isAsBefore(members: readonly Member[], before: readonly unknown[], fromMs: number): Promise<void> {
  await settled(members, partitions, 30_000);
  expect(members.map(({ owned }) => owned)).toEqual(before);
  // Changes alone are told.
  for (const { lines } of members) expect(lines.filter(({ atMs }) => atMs > fromMs)).toEqual([]);
  const [leaver, heir] = members as [Member, Member];
  const leftMs = leaver.signal('SIGTERM');
  await heard(heir, leftMs, 8_000, (owned) => owned.length === partitions);
}

test.skipIf(cluster === undefined)(
  'behind a dead line for 15 s nothing is given up, and everybody has the same after (needs Kafka of its own: install Java 17 and Maven)',
  async () => {
    const { kafka, members } = await start();
    const before = members.map(({ owned }) => owned);
    const proxy = kafka.nodes[0]?.proxy;
    const atMs = Date.now();
    proxy?.set({ stalled: 'both' });
    await sleep(15_000);
    await proxy?.heal();
    await sleep(10_000);
    await isAsBefore(members, before, atMs);
  },
);

for (const awayMs of [2_000, 20_000]) {
  test.skipIf(cluster === undefined)(
    `a broker that is killed and away for ${awayMs / 1_000} s takes nothing from its workers, and everybody has the same after (needs Kafka of its own: install Java 17 and Maven)`,
    async () => {
      const { kafka, members } = await start();
      const before = members.map(({ owned }) => owned);
      const [node] = kafka.nodes;
      const atMs = Date.now();
      await node?.kill('SIGKILL');
      await sleep(awayMs);
      await node?.start();
      await kafka.ready();
      await sleep(15_000);
      await isAsBefore(members, before, atMs);
    },
  );
}
