/** A process that is killed between any two changes, or that starts anew, leaves and finds the same. */
import { StoreError } from '@tapeline/domain';
import { type KubeObject, kubeTypes } from '@tapeline/kubernetes';
import { KafkaError } from '@tapeline/kafka';
import { tickStoreType, tickStreamType } from '@tapeline/operator';
import { expect, test } from 'vitest';
import { FakeServers } from '../../operator/test-kit/fake-servers.ts';
import { streamObject } from '../../operator/test-kit/stream-world.ts';
import { OperatorWorld } from './operator-world.ts';

const bare = { name: 'us-equities', namespace: 'market' };

function stream(spec: Readonly<Record<string, unknown>> = {}): KubeObject {
  const pins = ['ORBIT', 'COMET'].map((symbol, partition) => ({ dataset: 'sim', symbol, partition }));
  const object = streamObject({ spec: { feeds: [{ name: 'sim', type: 'simulator' }], pins, ...spec } });
  return { ...object, metadata: bare };
}

function store(spec: Readonly<Record<string, unknown>> = {}): KubeObject {
  return {
    apiVersion: 'tapeline.dev/v1alpha1',
    kind: 'TickStore',
    metadata: { name: 'bars', namespace: 'market' },
    spec: {
      cassandra: { contactPoints: ['cassandra:9042'], datacenter: 'dc1' },
      keyspace: 'tapeline',
      replication: { dc1: 1 },
      tables: [{ name: 'bars', ttl: '30d' }],
      ...spec,
    },
  };
}

const tables = [{ name: 'bars', ttl: '60d' }];
const changed = { partitions: 6, workers: { replicas: 3 }, topic: { retention: '2d' }, feeds: [] };

/** Says that the repair was done which the store's status asks for. */
async function repaired(world: OperatorWorld): Promise<void> {
  const { repair } = ((await world.get(tickStoreType, 'bars'))?.['status'] ?? {}) as { repair?: { token: string } };
  const annotations = { 'tapeline.dev/repaired': repair?.token ?? 'nothing is due' };
  await world.api.patch(tickStoreType, { namespace: 'market', name: 'bars' }, { metadata: { annotations } });
}

/** Made, changed in every way that is allowed, scaled, and deleted with all that it made. */
const life: readonly ((world: OperatorWorld) => Promise<void>)[] = [
  async (world) => {
    await world.put(store());
    await world.put(stream());
  },
  async (world) => {
    await world.put(store({ replication: { dc1: 3 }, tables }));
    await world.put(stream(changed));
  },
  repaired,
  repaired,
  async (world) => world.put(store({ replication: { dc1: 1 }, tables })),
  repaired,
  repaired,
  async (world) => {
    await world.put(store({ tables, deletionPolicy: 'Delete' }));
    await world.put(stream({ ...changed, deletionPolicy: 'Delete' }));
  },
  async (world) => {
    await world.api.delete(tickStreamType, bare);
    await world.api.delete(tickStoreType, { namespace: 'market', name: 'bars' });
  },
];

/** Copies after each step, and whether a repair is asked for then. */
const copiesAfter = [
  [1, 'AsDeclared'],
  [2, 'RepairNeeded'],
  [3, 'RepairNeeded'],
  [3, 'AsDeclared'],
  [3, 'RepairNeeded'],
  [2, 'RepairNeeded'],
  [1, 'AsDeclared'],
  [1, 'AsDeclared'],
] as const;

async function states(
  killAt: (phase: number, world: OperatorWorld) => () => number,
): Promise<{ states: unknown[]; changes: number[]; made: string[] }> {
  const world = new OperatorWorld(new FakeServers());
  const [seen, changes]: [unknown[], number[]] = [[], []];
  for (const [phase, act] of life.entries()) {
    await act(world);
    const count = killAt(phase, world);
    await world.settle();
    changes.push(count());
    seen.push(await world.state());
  }
  return { states: seen, changes, made: world.servers.changes };
}

test('a life without a kill ends with everything made, then changed, then gone', async () => {
  const { states: seen, made } = await states((_phase, world) => world.killAt(0, 'before'));
  expect(JSON.stringify(seen[0])).toContain('"reason":"Working"');
  for (const [step, [copies, reason]] of copiesAfter.entries()) {
    expect(seen[step], `after step ${step}`).toMatchObject({ keyspace: { replication: { dc1: copies } } });
    expect(JSON.stringify(seen[step]), `after step ${step}`).toContain(`"reason":"${reason}"`);
  }
  expect(seen.at(-1)).toMatchObject({ objects: [], topics: [], keyspace: undefined });
  // Each once, however many rounds there were.
  expect(made.filter((each) => each.startsWith('create '))).toHaveLength(6);
  expect(made.filter((each) => each.startsWith('pin '))).toHaveLength(2);
  const twice = made.filter((each, n) => made.indexOf(each) < n);
  expect(twice).toEqual(['table bars', 'replication dc1: 2']);
  expect(made.filter((each) => each.startsWith('replication '))).toEqual(
    [2, 3, 2, 1].map((copies) => `replication dc1: ${copies}`),
  );
});

test('killed at any change, before or after it, the next process ends at the same', async () => {
  const undisturbed = await states((_phase, world) => world.killAt(0, 'before'));
  let kills = 0;
  for (const when of ['before', 'after'] as const) {
    for (const [phase, changes] of undisturbed.changes.entries()) {
      for (let n = 1; n <= changes; n += 1) {
        const disturbed = await states((each, world) => world.killAt(each === phase ? n : 0, when));
        expect(disturbed.states, `phase ${phase}, killed ${when} change ${n}`).toEqual(undisturbed.states);
        // The two objects are worked on in turns, so only each one's own order is one.
        expect(disturbed.made.toSorted()).toEqual(undisturbed.made.toSorted());
        kills += 1;
      }
    }
  }
  process.stdout.write(`kill points: ${kills}\n`);
  expect(kills).toBeGreaterThan(60);
});

test('a restart changes nothing, and a steady state writes nothing', async () => {
  const world = new OperatorWorld(new FakeServers());
  await world.put(store());
  await world.put(stream());
  await world.settle();
  const before = [world.api.writes.length, world.servers.changes.length, world.events.length];
  for (let round = 0; round < 5; round += 1) {
    world.servers.lag = new Map([[0, round * 20]]);
    await world.rounds();
  }
  expect([world.api.writes.length, world.servers.changes.length, world.events.length]).toEqual(before);
});

test('drift is set back', async () => {
  const world = new OperatorWorld(new FakeServers());
  await world.put(store());
  await world.put(stream({ topic: { retention: '2d' } }));
  await world.settle();
  const before = await world.state();
  const ticks = world.servers.topics.get('us-equities.ticks');
  if (ticks !== undefined)
    world.servers.topics.set('us-equities.ticks', { ...ticks, config: { ...ticks.config, 'retention.ms': '1' } });
  if (world.servers.keyspace !== undefined) {
    world.servers.keyspace = {
      ...world.servers.keyspace,
      tables: world.servers.keyspace.tables.map((table) => ({ ...table, ttlSec: 1 })),
    };
  }
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'market', name: 'us-equities-worker' },
    spec: { replicas: 9 },
  };
  await world.api.apply(kubeTypes.deployment, deployment, { fieldManager: 'kubectl', force: true });
  await world.settle();
  const bars = world.servers.keyspace?.tables.find(({ name }) => name === 'bars');
  expect([bars?.ttlSec, world.servers.topics.get('us-equities.ticks')?.config['retention.ms']]).toEqual([
    2_592_000,
    '172800000',
  ]);
  const worker = await world.get(kubeTypes.deployment, 'us-equities-worker');
  expect(worker?.['spec']).toMatchObject({ replicas: 2 });
  expect(before).toMatchObject({ keyspace: { migration: 4 } });
});

test('a setting that Kafka refuses and pins that cannot be entered stop no scaling', async () => {
  const world = new OperatorWorld(new FakeServers());
  await world.put(store());
  await world.put(stream({ pins: [] }));
  await world.settle();
  world.servers.onStep((when, what) => {
    if (when === 'before' && what.startsWith('config ')) throw new KafkaError('KAFKA_TOPICS', 'the policy refuses it');
    if (when === 'before' && what.startsWith('pin ')) throw new StoreError('STORE_UNAVAILABLE', 'nobody answers');
  });
  await world.put(stream({ topic: { retention: '2d' }, workers: { replicas: 5 } }));
  await world.rounds();
  expect((await world.get(kubeTypes.deployment, 'us-equities-worker'))?.['spec']).toMatchObject({ replicas: 5 });
  const told = JSON.stringify((await world.get(tickStreamType, 'us-equities'))?.['status']);
  expect([told.includes('the policy refuses it'), told.includes('nobody answers')]).toEqual([true, true]);
});

test('a feed that begins waits for pins that cannot be entered, and only pins that hold are told as entered', async () => {
  const world = new OperatorWorld(new FakeServers());
  await world.put(store());
  await world.put(stream({ feeds: [], pins: [] }));
  await world.settle();
  let isAway = true;
  world.servers.onStep((when, what) => {
    if (isAway && when === 'before' && what.startsWith('pin ')) throw new StoreError('STORE_UNAVAILABLE', 'away');
    // Somebody's first tick comes between the look and the pin.
    if (when === 'before' && what === 'pin sim/ORBIT') world.servers.places.set('sim/COMET', 7);
  });
  await world.put(stream());
  await world.rounds();
  expect(await world.get(kubeTypes.deployment, 'us-equities-feed-sim')).toBeUndefined();
  isAway = false;
  await world.settle();
  expect(await world.get(kubeTypes.deployment, 'us-equities-feed-sim')).toBeDefined();
  expect(world.notes.filter((note) => note.startsWith('pinned'))).toEqual(['pinned sim/ORBIT']);
});

test('a topic that is deleted behind its back is told and never made again', async () => {
  const world = new OperatorWorld(new FakeServers());
  await world.put(store());
  await world.put(stream());
  await world.settle();
  world.servers.topics.delete('us-equities.ticks');
  await world.settle();
  expect(world.servers.topics.has('us-equities.ticks')).toBe(false);
  expect(JSON.stringify(await world.get(tickStreamType, 'us-equities'))).toContain('TopicMissing');
});

test('a backend that is gone holds a deletion until a person lets it go', async () => {
  const world = new OperatorWorld(new FakeServers());
  await world.put(store());
  await world.put(stream({ deletionPolicy: 'Delete' }));
  await world.settle();
  world.servers.kafkaProblem = new KafkaError('KAFKA_UNREACHABLE', 'no broker answers');
  await world.api.delete(tickStreamType, bare);
  await world.settle();
  const held = await world.get(tickStreamType, 'us-equities');
  expect(JSON.stringify(held?.['status'])).toContain('DeletionBlocked');
  const annotations = { 'tapeline.dev/abandon': held?.metadata.uid ?? '' };
  await world.api.patch(tickStreamType, bare, { metadata: { annotations } });
  await world.settle();
  expect(await world.get(tickStreamType, 'us-equities')).toBeUndefined();
  expect(world.servers.topics.size).toBe(5);
  expect(world.events).toContain('Abandoned');
});
