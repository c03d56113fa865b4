/**
 * The log on three real brokers whose copies are missing. A partition that waits for its replicas holds up no other of
 * its leader; and a log that lost what was acknowledged, as it may with an unclean election, is told as another one to
 * whoever appends and to whoever reads.
 */
import type { TickLog } from '@tapeline/domain';
import type { KafkaCluster, KafkaNode } from '@tapeline/testbed';
import { afterEach, describe, expect, test } from 'vitest';
import { readAll, until } from './kafka-load.ts';
import { KafkaStream } from './kafka-stream.ts';
import { mend, ownCluster } from './own-cluster.ts';

/** A follower that fetches nothing is in sync, and waited for, for 12 s. */
const config = { 'replica.lag.time.max.ms': '12000', 'broker.session.timeout.ms': '12000' };
const cluster = await ownCluster({ brokers: 3, replicationProxied: true, quickStart: true, config });

let stream: KafkaStream | undefined;
afterEach(async () => {
  await mend(cluster);
  await stream?.end();
  stream = undefined;
});

async function madeIn(own: KafkaCluster, wanted: Parameters<typeof KafkaStream.make>[1]): Promise<KafkaStream> {
  stream = await KafkaStream.make(own.brokers, wanted);
  return stream;
}

function nodeOf(own: KafkaCluster, id: number): KafkaNode {
  return own.nodes.find((node) => node.id === id) as KafkaNode;
}

/** Two partitions of one leader with different followers; the cluster chooses them by chance, so of few it may have none. */
async function twoOfOneLeader(
  own: KafkaCluster,
  topic: string,
): Promise<{ waits: number; goesOn: number; follower: number }> {
  const states = await own.partitions(topic);
  for (const { partition: waits, leader, replicas } of states) {
    const follower = replicas.find((id) => id !== leader) as number;
    const other = states.find((state) => state.leader === leader && !state.replicas.includes(follower));
    if (other !== undefined) return { waits, goesOn: other.partition, follower };
  }
  throw new Error('no leader has two partitions with different followers');
}

/** The longest append to a partition, one after the other, ms. */
async function longestAppend(log: TickLog, partition: number, forMs: number): Promise<number> {
  let longestMs = 0;
  for (const startMs = performance.now(); performance.now() - startMs < forMs;) {
    const sentMs = performance.now();
    await log.append('ticks', partition, Buffer.alloc(64));
    longestMs = Math.max(longestMs, performance.now() - sentMs);
    await pause(20);
  }
  return longestMs;
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });
}

describe.skipIf(cluster === undefined)('replicas that are missing (needs Java 17 and Maven: install them)', () => {
  test('a partition that waits for its replicas holds up no other partition of its leader', async () => {
    const own = cluster as KafkaCluster;
    const made = await madeIn(own, { partitions: 36, replicationFactor: 2, minInsyncReplicas: 2 });
    const { waits, goesOn, follower } = await twoOfOneLeader(own, made.topic('ticks'));
    const log = await made.open({ produceTimeoutMs: 2_000, deliveryTimeoutMs: 90_000 });
    for (const partition of [waits, goesOn]) await log.append('ticks', partition, Buffer.alloc(64));
    await nodeOf(own, follower).kill('SIGSTOP');
    const waiting = log.append('ticks', waits, Buffer.alloc(64));
    const firstMs = await longestAppend(log, goesOn, 2_500);
    const thenMs = await longestAppend(log, goesOn, 6_000);
    await nodeOf(own, follower).kill('SIGCONT');
    await expect(waiting).resolves.toMatchObject({ offset: 1 });
    expect(await readAll(log, waits)).toHaveLength(2);
    expect(thenMs).toBeLessThan(1_500);
    console.log(
      `beside a partition that waits: longest append ${Math.round(firstMs)} ms, then ${Math.round(thenMs)} ms`,
    );
  }, 180_000);

  test('a leader with less than was acknowledged: appends and readers of now end, and another partition goes on', async () => {
    const own = cluster as KafkaCluster;
    const made = await madeIn(own, { partitions: 2, replicationFactor: 3, minInsyncReplicas: 1 });
    const topic = made.topic('ticks');
    const log = await made.open();
    const reader = log.open('ticks', 0, 0);
    const read = async (): Promise<number | undefined> => (await reader.next())?.at(-1)?.offset;
    await log.append('ticks', 0, Buffer.alloc(64));
    expect(await read()).toBe(0);
    for (const { replicationProxy } of own.nodes) replicationProxy?.set({ stalled: 'both' });
    // Acknowledged once the leader is alone in sync; the first may be on its way to a follower, and gets there in the end.
    for (const offset of [1, 2, 3]) {
      expect(await log.append('ticks', 0, Buffer.alloc(64))).toMatchObject({ offset });
      expect(await read()).toBe(offset);
    }
    const leader = await own.leaderOf(topic, 0);
    await nodeOf(own, leader).kill('SIGKILL');
    for (const { replicationProxy } of own.nodes) await replicationProxy?.heal();
    await made.admin.setTopicConfig(topic, { 'unclean.leader.election.enable': 'true' });
    await until(async () => ![-1, leader].includes(await own.leaderOf(topic, 0)), 60_000);
    await expect(reader.next()).rejects.toMatchObject({ code: 'LOG_REPLACED' });
    await expect(log.append('ticks', 0, Buffer.alloc(64))).rejects.toMatchObject({ code: 'LOG_REPLACED' });
    await expect(log.append('ticks', 0, Buffer.alloc(64))).rejects.toThrow(/went back/);
    await until(async () => (await own.leaderOf(topic, 1)) !== -1, 60_000);
    await expect(log.append('ticks', 1, Buffer.alloc(64))).resolves.toMatchObject({ offset: 0 });
  }, 240_000);
});
