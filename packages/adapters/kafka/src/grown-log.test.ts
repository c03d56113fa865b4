/**
 * Partitions that are added while the log is open: nothing is written to one before it was asked for, and nothing is acknowledged that a
 * broker did not take, whatever brokers know of it by then.
 */
import type { LogError } from '@tapeline/domain';
import { afterEach, expect, test } from 'vitest';
import { FakeCluster } from '../test-kit/fake-cluster.ts';
import { code } from './error-codes.ts';
import type { KafkaLog } from './kafka-log.ts';

let opened: KafkaLog | undefined;
afterEach(async () => opened?.close());

async function made(): Promise<{ cluster: FakeCluster; log: KafkaLog }> {
  const cluster = new FakeCluster();
  opened = await cluster.open();
  return { cluster, log: opened };
}

async function outcomeOf(append: Promise<{ offset: number }>): Promise<number | string> {
  return append.then(
    ({ offset }) => offset,
    (error: unknown) => (error as LogError).code,
  );
}

test('a partition that was added is unknown until somebody asks, and is written then', async () => {
  const { cluster, log } = await made();
  cluster.partitions = 4;
  expect(await outcomeOf(log.append('ticks', 3, Uint8Array.of(1)))).toBe('PARTITION_UNKNOWN');
  expect([await log.refreshPartitions(), log.partitionCount, log.basePartitions]).toEqual([4, 4, 2]);
  expect(await outcomeOf(log.append('ticks', 3, Uint8Array.of(2)))).toBe(0);
  expect(await cluster.held('ticks', 3)).toEqual([2]);
  const reader = log.open('ticks', 3, 0);
  expect((await reader.next())?.map(({ bytes }) => bytes[0])).toEqual([2]);
  await reader.close();
});

test('as many as every topic has count, and a broker that is behind takes none back', async () => {
  const { cluster, log } = await made();
  cluster.partitionsOf.set('s.ticks', 8).set('s.bars', 8).set('s.tape', 5).set('s.quarantine', 8);
  expect(await log.refreshPartitions()).toBe(5);
  cluster.partitionsOf.clear();
  expect(await log.refreshPartitions()).toBe(5);
  cluster.partitions = 6;
  expect(await log.refreshPartitions()).toBe(6);
});

test('where nobody tells how many there are, that is told, and what is known stays', async () => {
  const { cluster, log } = await made();
  cluster.partitions = 4;
  cluster.isSilent = true;
  await expect(log.refreshPartitions()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  expect(log.partitionCount).toBe(2);
  cluster.isSilent = false;
  expect(await log.refreshPartitions()).toBe(4);
});

test('a look that began before the partitions were there is not taken for the answer', async () => {
  const { cluster, log } = await made();
  const early = log.refreshPartitions();
  const asked = log.refreshPartitions();
  await Promise.resolve();
  cluster.partitions = 4;
  await early;
  await asked;
  expect(await log.refreshPartitions()).toBe(4);
});

test('a new partition without a leader is written once there is one, or refused when the time is out', async () => {
  const { cluster, log } = await made();
  cluster.partitions = 3;
  cluster.leaders.set('s.ticks 2', -1);
  await log.refreshPartitions();
  expect(await outcomeOf(log.append('ticks', 2, Uint8Array.of(1)))).toBe('LOG_UNAVAILABLE');
  const late = outcomeOf(log.append('ticks', 2, Uint8Array.of(2)));
  cluster.leaders.delete('s.ticks 2');
  expect(await late).toBe(0);
  expect(await cluster.held('ticks', 2)).toEqual([2]);
});

test('a broker that does not know the partition yet is asked again, and never taken for one that wrote', async () => {
  const { cluster, log } = await made();
  cluster.partitions = 3;
  await log.refreshPartitions();
  cluster.fates.push({ code: code.unknownTopicOrPartition }, 'say-nothing');
  expect(await outcomeOf(log.append('ticks', 2, Uint8Array.of(1)))).toBe(0);
  expect(await cluster.held('ticks', 2)).toEqual([1]);
  cluster.fateOf = () => ({ code: code.unknownTopicOrPartition });
  expect(await outcomeOf(log.append('ticks', 2, Uint8Array.of(2)))).toBe('LOG_UNAVAILABLE');
  expect(await cluster.held('ticks', 2)).toEqual([1]);
});
