/**
 * A worker while positions cannot be kept: one of three brokers stands still, and the topic of offsets needs all three.
 * Kafka 4 then lets heartbeats wait behind the one commit that was begun, whatever connection they come on: the worker
 * keeps what it owns, goes on asking, never ends, begins no second commit, and is a member again when the replicas are back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { joinWorkers, kafkaAdmin } from '@tapeline/kafka';
import { createMetrics, type Metrics, silentLogger, systemClock } from '@tapeline/runtime';
import type { KafkaCluster } from '@tapeline/testbed';
import { expect, test } from 'vitest';
import { coordinatorOf, makeTicks, newStream, offsetsTopic } from './group-topic.ts';
import { ownCluster } from '../kafka/own-cluster.ts';

// Short, so that ten sessions without any answer, after which a worker that hangs would end, are 30 s.
const sessionTimeoutMs = 3_000;
const config = { 'group.min.session.timeout.ms': '1000' };
const frozenMs = 45_000;
const cluster = await ownCluster({ brokers: 3, quickStart: true, config });

async function needReplicas(brokers: readonly string[], count: number): Promise<void> {
  const admin = kafkaAdmin({ connection: { brokers, clientId: 'offsets-topic' } });
  await admin.setTopicConfig(offsetsTopic, { 'min.insync.replicas': String(count) });
  admin.close();
}

/** A broker that neither coordinates the group nor decides for the cluster. */
async function bystander(kafka: KafkaCluster, stream: string): Promise<KafkaCluster['nodes'][number]> {
  const coordinator = await coordinatorOf(kafka, stream);
  const controller = await kafka.controller();
  const node = kafka.nodes.find(({ id }) => id !== coordinator && id !== controller);
  if (node === undefined) throw new Error('every broker has a part');
  return node;
}

async function valueOf(metrics: Metrics, name: string): Promise<number> {
  return Number(new RegExp(`^tapeline_group_${name} (\\S+)$`, 'm').exec(await metrics.text())?.[1]);
}

test.skipIf(cluster === undefined)(
  'a worker whose positions cannot be kept keeps its share, tries once, and is a member again (needs Kafka of its own: install Java 17 and Maven)',
  async () => {
    const kafka = cluster as KafkaCluster;
    const stream = newStream();
    await makeTicks(kafka.brokers, stream, 2);
    const metrics = createMetrics({ ofProcess: false });
    const ownership = await joinWorkers({
      connection: { brokers: kafka.brokers, clientId: 'offsets-topic' },
      stream,
      address: '127.0.0.1:7001',
      commitEveryMs: 100,
      sessionTimeoutMs,
      clock: systemClock,
      logger: silentLogger,
      metrics,
    });
    const ended = ownership.failed.catch((error: unknown) => String(error));
    const heard: string[] = [];
    ownership.follow((partitions) => heard.push(partitions.join()));
    await needReplicas(kafka.brokers, 3);
    const node = await bystander(kafka, stream);
    await node.kill('SIGSTOP');
    for (const endMs = Date.now() + frozenMs; Date.now() < endMs; await sleep(100)) {
      ownership.notePosition(0, Date.now());
    }
    expect(await valueOf(metrics, 'silence_seconds')).toBeGreaterThan(sessionTimeoutMs / 1_000);
    await node.kill('SIGCONT');
    const endMs = Date.now() + 30_000;
    while ((await valueOf(metrics, 'silence_seconds')) > 1 && Date.now() < endMs) await sleep(100);
    expect(await valueOf(metrics, 'silence_seconds')).toBeLessThan(1);
    expect(heard).toEqual(['0,1']);
    expect(await Promise.race([ended, sleep(5_000, 'a member')])).toBe('a member');
    expect(await valueOf(metrics, 'commit_failures_total')).toBe(1);
    await ownership.leave();
  },
  150_000,
);
