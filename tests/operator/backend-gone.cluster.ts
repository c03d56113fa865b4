/**
 * What is outside changes or goes away under the whole operator: servers that are gone while objects are deleted, and the three ways
 * out; settings that somebody altered by hand; a topic that was deleted behind its back.
 */
import { kubeTypes } from '@tapeline/kubernetes';
import { tickStoreType, tickStreamType } from '@tapeline/operator';
import { FaultProxy, type KafkaCluster, startKafka } from '@tapeline/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pause, until } from '../faults/rig/until.ts';
import { eventCounts } from './rig/effects.ts';
import { Market } from './rig/market.ts';
import { namespace } from './rig/operator-cluster.ts';
import { startWholeOperator, type WholeOperator } from './rig/whole-operator.ts';

const whole = await startWholeOperator();
const own: { kafka?: KafkaCluster; market?: Market; proxy?: FaultProxy } = {};
const lines: string[] = [];
/** A settled stream or store is looked at once a minute, and a loaded machine takes its time. */
const driftWithinMs = 90_000;

function operator(): WholeOperator {
  if (whole.unavailable !== undefined) throw new Error(whole.unavailable);
  return whole;
}

/** Streams on a Kafka that may be killed, on the Cassandra of the run. */
function mortal(): { readonly kafka: KafkaCluster; readonly market: Market } {
  if (own.kafka === undefined || own.market === undefined) throw new Error('it was not started');
  return { kafka: own.kafka, market: own.market };
}

async function topicsOf(market: Market, name: string): Promise<boolean> {
  return market.admin.topicConfig(market.topicOf(name, 'ticks')).then(
    (config) => config['cleanup.policy'] === 'delete',
    (error: unknown) => {
      if (String(error).includes('UNKNOWN_TOPIC')) return false;
      throw error;
    },
  );
}

describe.skipIf(whole.unavailable !== undefined)(
  `servers under the operator (needs Kubernetes, Kafka and Cassandra: ${whole.unavailable ?? 'there are all three'})`,
  () => {
    afterAll(async () => {
      process.stdout.write(`${lines.join('\n')}\n`);
      await own.market?.end();
      await operator().end();
      await own.proxy?.close();
      await own.kafka?.close();
    });
    describe('drift', () => {
      drift();
      loss();
    });
    describe('a Kafka that is gone while streams are deleted', () => {
      deletion();
    });
    describe('a Cassandra that is gone while a store is deleted', () => {
      storeDeletion();
    });
  },
);

function drift(): void {
  beforeAll(async () => {
    const { market } = operator();
    await market.made('steady', { workers: { replicas: 2 } }, { retention: '2d' });
    await market.change(tickStoreType, 'steady', { spec: { tables: [{ name: 'bars', ttl: '30d' }] } });
    await market.tells(tickStoreType, 'steady', ['Progressing Settled']);
  });

  test('a Deployment that was edited by hand is set back within seconds, and what others added stays', async () => {
    const { place } = operator();
    const key = { namespace, name: 'steady-worker' };
    type Edited = { readonly spec: { readonly replicas: number; readonly template: { readonly spec: Pod } } };
    type Pod = { readonly containers: readonly [{ readonly image: string; readonly args: readonly string[] }] };
    const read = async (): Promise<Edited> => (await place.api.get(kubeTypes.deployment, key)) as unknown as Edited;
    const [container] = (await read()).spec.template.spec.containers;
    const annotations = { 'somebody.example/was': 'here' };
    const template = { spec: { containers: [{ ...container, image: 'elsewhere:1', args: ['feed'] }] } };
    await place.api.patch(kubeTypes.deployment, key, { metadata: { annotations }, spec: { replicas: 7, template } });
    const took = await until('it is as declared', async () => {
      const { spec } = await read();
      const [now] = spec.template.spec.containers;
      return spec.replicas === 2 && now.image === container.image && now.args[0] === 'worker';
    });
    expect((await place.api.get(kubeTypes.deployment, key))?.metadata.annotations).toMatchObject(annotations);
    lines.push(`a Deployment was set back after ${took} ms`);
  });

  test('a deleted Deployment and budget come again', async () => {
    const { place, market } = operator();
    for (const type of [kubeTypes.deployment, kubeTypes.podDisruptionBudget]) {
      await place.api.delete(type, { namespace, name: 'steady-worker' });
    }
    await market.tells(tickStreamType, 'steady', ['Ready Working', 'Progressing Settled']);
    expect(await place.api.get(kubeTypes.podDisruptionBudget, { namespace, name: 'steady-worker' })).toBeDefined();
  });

  test('settings of a topic and of a table are set back without anybody asking', async () => {
    const { market } = operator();
    const topic = market.topicOf('steady', 'ticks');
    const keyspace = market.nameOf('steady');
    await market.admin.setTopicConfig(topic, { 'retention.ms': '3600000', 'cleanup.policy': 'compact' });
    await market.cql.run(`ALTER TABLE ${keyspace}.bars WITH default_time_to_live = 60`);
    const ofTopic = await until(
      'the topic is as declared',
      async () => {
        const config = await market.admin.topicConfig(topic);
        return config['retention.ms'] === '172800000' && config['cleanup.policy'] === 'delete';
      },
      { withinMs: driftWithinMs },
    );
    const found = `SELECT default_time_to_live FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'bars'`;
    const ofTable = await until(
      'the table is as declared',
      async () => {
        const [row] = await market.cql.run(found, [keyspace]);
        return row?.['default_time_to_live'] === 2_592_000;
      },
      { withinMs: driftWithinMs },
    );
    lines.push(`a topic was set back after ${ofTopic} ms, a table ${ofTable} ms after that`);
  });
}

function loss(): void {
  test('a topic that was deleted behind its back is never made again, also by an operator that starts anew', async () => {
    const { market, operator: process } = operator();
    await market.admin.deleteTopics([market.topicOf('steady', 'ticks')]);
    await market.tells(tickStreamType, 'steady', ['Ready TopicMissing'], driftWithinMs);
    await process.child.kill('SIGTERM');
    await process.child.restart();
    await process.leads();
    await market.poke(tickStreamType, 'steady');
    await pause(3_000);
    await market.tells(tickStreamType, 'steady', ['Ready TopicMissing', 'WorkersReady WorkersReady']);
    expect(await topicsOf(market, 'steady')).toBe(false);
  });
}

function deletion(): void {
  const names = ['waits', 'kept', 'left'] as const;

  beforeAll(async () => {
    own.kafka = await startKafka({ quickStart: true });
    const { place, market: shared } = operator();
    const { cassandra } = shared.store('x')['spec'] as { cassandra: { contactPoints: string[]; datacenter: string } };
    own.market = new Market(place.api, { brokers: own.kafka.brokers, ...cassandra });
    for (const name of names) await own.market.made(name, { deletionPolicy: 'Delete' });
    for (const node of own.kafka.nodes) await node.kill();
    for (const name of names) await own.market.delete(tickStreamType, name);
  });

  test('its message says what to do, and pods are gone already', async () => {
    const { market } = mortal();
    for (const name of names) await market.tells(tickStreamType, name, ['Degraded DeletionBlocked', 'Ready Deleting']);
    const deployments = (await operator().place.api.list(kubeTypes.deployment, { namespace })).items;
    expect(deployments.filter(({ metadata }) => names.some((name) => metadata.name.startsWith(name)))).toEqual([]);
    const { metadata, status } = (await market.get(tickStreamType, 'left')) ?? { metadata: { uid: '' }, status: {} };
    expect(JSON.stringify(status)).toContain(`kubectl annotate tickstream/left tapeline.dev/abandon=${metadata.uid}`);
  });

  test('who wants to keep the topics after all is let go at once', async () => {
    const { market } = mortal();
    await market.change(tickStreamType, 'kept', { spec: { deletionPolicy: 'Retain' } });
    lines.push(`policy Retain: gone after ${await market.isGone(tickStreamType, 'kept')} ms`);
  });

  test('the annotation of another object lets nothing go, that of its own does, and an event says what stays', async () => {
    const { market } = mortal();
    const uid = (await market.get(tickStreamType, 'left'))?.metadata.uid ?? '';
    const annotate = async (text: string): Promise<void> =>
      market.change(tickStreamType, 'left', { metadata: { annotations: { 'tapeline.dev/abandon': text } } });
    await annotate('00000000-0000-0000-0000-000000000000');
    await pause(2_000);
    await market.tells(tickStreamType, 'left', ['Degraded DeletionBlocked']);
    await annotate(uid);
    lines.push(`annotation: gone after ${await market.isGone(tickStreamType, 'left')} ms`);
    await until('an event tells it', async () => (await eventCounts(operator().place.api)).has('Abandoned left'));
  });

  test('once Kafka is back the one that waits goes with its topics, and only they', async () => {
    const { market, kafka } = mortal();
    expect(await market.get(tickStreamType, 'waits')).toBeDefined();
    for (const node of kafka.nodes) await node.start();
    lines.push(`Kafka back: gone after ${await market.isGone(tickStreamType, 'waits', 120_000)} ms`);
    expect([await topicsOf(market, 'waits'), await topicsOf(market, 'kept'), await topicsOf(market, 'left')]).toEqual([
      false,
      true,
      true,
    ]);
  });
}

function storeDeletion(): void {
  test('it is held, and goes with its keyspace once Cassandra is back', async () => {
    const { market } = operator();
    const { cassandra } = market.store('cut')['spec'] as { cassandra: { contactPoints: string[] } };
    const [host = '', port = ''] = (cassandra.contactPoints[0] ?? '').split(':');
    const proxy = await FaultProxy.listen({ target: { host, port: Number(port) } });
    own.proxy = proxy;
    const cut = { cassandra: { ...cassandra, contactPoints: [proxy.address] }, deletionPolicy: 'Delete' };
    await market.put(market.store('cut', cut));
    await market.tells(tickStoreType, 'cut', ['Ready Working']);
    proxy.set({ blackHole: 'both' });
    await market.delete(tickStoreType, 'cut');
    await market.tells(tickStoreType, 'cut', ['Degraded DeletionBlocked', 'Ready Deleting']);
    await proxy.heal();
    lines.push(`Cassandra back: gone after ${await market.isGone(tickStoreType, 'cut', 120_000)} ms`);
    const found = 'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?';
    expect(await market.cql.run(found, [market.nameOf('cut')])).toEqual([]);
  });
}
