/** When a stream has a coordinator, by what it goes, and what the status and pins say of what it knows: rounds of the whole operator. */
import { Placement } from '@tapeline/domain';
import { type KubeObject, kubeTypes } from '@tapeline/kubernetes';
import { tickStoreType, tickStreamType } from '@tapeline/operator';
import { KafkaError } from '@tapeline/kafka';
import { expect, test } from 'vitest';
import { FakeServers } from '../../operator/test-kit/fake-servers.ts';
import { placementOf, storeObject, streamObject } from '../../operator/test-kit/stream-world.ts';
import { failed, notLooked, seen } from '../../operator/src/decide/failure.ts';
import { OperatorWorld } from './operator-world.ts';

const key = 'market/us-equities';
const name = { namespace: 'market', name: 'us-equities' };
const pin = { dataset: 'sim', symbol: 'AAPL', partition: 3 };

/** As a person applies it: without what the API server gives. */
function applied(object: KubeObject): KubeObject {
  const { name: own, namespace } = object.metadata;
  return { ...object, metadata: { name: own, ...(namespace === undefined ? {} : { namespace }) } };
}

async function worldWith(spec: Readonly<Record<string, unknown>> = {}): Promise<OperatorWorld> {
  const world = new OperatorWorld(new FakeServers());
  await world.put(applied(storeObject()));
  await world.put(applied(streamObject({ spec })));
  await world.settle();
  return world;
}

async function patched(world: OperatorWorld, spec: Readonly<Record<string, unknown>>): Promise<void> {
  await world.api.patch(tickStreamType, name, { spec });
  await world.settle();
}

async function statusOf(world: OperatorWorld): Promise<Readonly<Record<string, unknown>>> {
  return ((await world.get(tickStreamType, 'us-equities'))?.['status'] ?? {}) as Readonly<Record<string, unknown>>;
}

test('it begins once the stream is made and its control is entered, and goes by what is declared', async () => {
  const world = new OperatorWorld(new FakeServers());
  await world.put(applied(streamObject()));
  await world.settle();
  expect(world.coordinators.orders.size).toBe(0);
  await world.put(applied(storeObject()));
  await world.settle();
  const plan = { stream: 'us-equities', basePartitions: 4, partitions: 4, mode: 'Auto' };
  expect(world.coordinators.orders.get(key)?.plan).toMatchObject({ ...plan, policy: { movesMax: 16, pins: [] } });
  await patched(world, { partitions: 16, pins: [pin], placement: { mode: 'Propose', movesAtOnce: 3 } });
  expect(world.coordinators.orders.get(key)?.plan).toMatchObject({
    ...plan,
    partitions: 16,
    mode: 'Propose',
    policy: { movesMax: 3, pins: [pin] },
  });
});

test('while workers are rolled out it begins no move, and then it does again', async () => {
  const world = await worldWith();
  const modeNow = (): string | undefined => world.coordinators.orders.get(key)?.plan.mode;
  expect(modeNow()).toBe('Auto');
  await world.api.patch(tickStreamType, name, { spec: { intervals: ['1s', '1m'] } });
  // The round that sees the change, and one that waits for the pods.
  await world.rounds();
  const held = modeNow();
  await world.rounds();
  expect([held, modeNow()]).toEqual(['Propose', 'Propose']);
  await world.settle();
  expect(modeNow()).toBe('Auto');
});

test('nor while a pod of an older template is on its way out, which its Deployment does not count any more', async () => {
  const world = await worldWith();
  const pod = (hash: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...name,
      name: `worker-${hash}`,
      labels: {
        'pod-template-hash': hash,
        'tapeline.dev/stream': name.name,
        'tapeline.dev/role': 'worker',
      },
    },
  });
  for (const hash of ['old', 'new']) {
    await world.api.apply(kubeTypes.pod, pod(hash), { fieldManager: 'kube', force: true });
  }
  await world.settle();
  expect(world.coordinators.orders.get(key)?.plan.mode).toBe('Propose');
  await world.api.delete(kubeTypes.pod, { ...name, name: 'worker-old' });
  await world.settle();
  expect(world.coordinators.orders.get(key)?.plan.mode).toBe('Auto');
});

test('a pause ends it, and so do a deletion, a log that is another, and a store that is gone', async () => {
  const world = await worldWith();
  await patched(world, { paused: true });
  expect(world.coordinators.orders.size).toBe(0);
  await patched(world, { paused: false });
  expect(world.coordinators.orders.size).toBe(1);
  world.servers.topics.delete('us-equities.control');
  await world.settle();
  expect([world.coordinators.orders.size, JSON.stringify(await statusOf(world))]).toEqual([
    0,
    expect.stringContaining('"reason":"TopicMissing"'),
  ]);
  const other = await worldWith();
  await other.api.delete(tickStoreType, { namespace: 'market', name: 'bars' });
  await other.settle();
  expect(other.coordinators.orders.size).toBe(0);
  const gone = await worldWith();
  await gone.api.delete(tickStreamType, name);
  await gone.settle();
  await gone.forgotten(key);
  expect(gone.coordinators.orders.size).toBe(0);
});

test('brokers that are away end nothing: it waits for them by itself', async () => {
  const world = await worldWith();
  world.servers.kafkaProblem = new KafkaError('KAFKA_UNREACHABLE', 'no broker answers');
  await world.settle();
  expect(world.coordinators.orders.size).toBe(1);
});

test('a stream from before there were maps gets its control and keeps its log', async () => {
  const world = await worldWith();
  const ids = [...world.servers.topics.values()].map(({ id }) => id);
  // As an earlier version left it.
  world.servers.topics.delete('us-equities.control');
  const row = world.servers.rows.get('us-equities');
  const topicIds = new Map([...(row?.topicIds ?? [])].filter(([topic]) => topic !== 'control'));
  world.servers.rows.set('us-equities', { basePartitions: row?.basePartitions ?? 0, topicIds });
  const { topics } = (await statusOf(world)) as { readonly topics: readonly { readonly name: string }[] };
  const left = topics.filter(({ name: topic }) => !topic.endsWith('.control'));
  await world.api.patch(tickStreamType, name, { status: { topics: left } }, { subresource: 'status' });
  world.servers.changes.length = 0;
  await world.settle();
  expect(world.servers.changes).toEqual(['create us-equities.control', 'enter us-equities']);
  expect(world.servers.rows.get('us-equities')?.topicIds.has('control')).toBe(true);
  expect([...world.servers.topics.values()].map(({ id }) => id).slice(0, 4)).toEqual(ids.slice(0, 4));
  expect(JSON.stringify(await statusOf(world))).toContain('"reason":"TopicsFit"');
});

test('what it knows stands in the status, and a status that says the same is not written again', async () => {
  const world = await worldWith({ pins: [pin] });
  const placement = Placement.of({
    basePartitions: 4,
    partitions: 4,
    epoch: 7,
    overrides: [{ dataset: 'sim', symbol: 'MSFT', partition: 2, epoch: 7, standing: 'spread' }],
    moves: [],
    epochTimes: [],
  });
  const move = { dataset: 'sim', symbol: 'MSFT', epoch: 7, from: 1, to: 2, phase: 'Moved' as const, sinceMs: 0 };
  const order = { declaredGaps: 0, violations: 0, reporting: 4 };
  world.coordinators.known.set(key, seen(placementOf({ placement, moves: [move], order })));
  await world.settle();
  expect(await statusOf(world)).toMatchObject({
    epoch: 7,
    placedPartitions: 4,
    moves: 1,
    movesUnderWay: [{ symbol: 'MSFT', from: 1, to: 2, phase: 'Moved', since: '1970-01-01T00:00:00Z' }],
    pins: 1,
  });
  const writes = world.api.writes.filter(({ changed }) => changed).length;
  for (let round = 0; round < 5; round += 1) await world.rounds();
  expect(world.api.writes.filter(({ changed }) => changed)).toHaveLength(writes);
  world.coordinators.known.set(key, seen(placementOf({ placement, order })));
  await world.settle();
  const status = await statusOf(world);
  expect([status['moves'], status['movesUnderWay']]).toEqual([0, undefined]);
});

test('while a coordinator begins anew, what the last one told stays word for word; one that cannot is told', async () => {
  const world = await worldWith({});
  const move = { dataset: 'sim', symbol: 'MSFT', epoch: 7, from: 1, to: 2, phase: 'Moved' as const, sinceMs: 0 };
  const order = { declaredGaps: 0, violations: 0, reporting: 4 };
  world.coordinators.known.set(key, seen(placementOf({ moves: [move], order })));
  await world.settle();
  const told = await statusOf(world);
  expect(told).toMatchObject({
    moves: 1,
    conditions: expect.arrayContaining([expect.objectContaining({ reason: 'OrderKept' })]),
  });
  // As a process that leads now finds it, before its coordinator has read anything.
  world.coordinators.known.set(key, notLooked);
  const writes = world.api.writes.filter(({ changed }) => changed).length;
  await world.settle();
  expect(await statusOf(world)).toEqual(told);
  expect(world.api.writes.filter(({ changed }) => changed)).toHaveLength(writes);
  world.coordinators.known.set(key, failed({ code: 'UNREACHABLE', message: 'Kafka does not answer' }));
  await world.settle();
  const failing = await statusOf(world);
  expect(JSON.stringify(failing)).toContain('CoordinatorFailing');
  expect(failing['moves']).toBeUndefined();
  // Nothing that a coordinator told is left, so one that begins now has nothing to tell again.
  world.coordinators.known.set(key, notLooked);
  await world.settle();
  expect(JSON.stringify(await statusOf(world))).toContain('nobody counts gaps now');
});
