/** The operator's rounds against a real Kafka and a real Cassandra: made, kept so, grown, told what is wrong, deleted. */
import { randomUUID } from 'node:crypto';
import { openCassandraStore } from '@tapeline/cassandra';
import { homePartition } from '@tapeline/domain';
import { kafkaAdmin } from '@tapeline/kafka';
import { type KubeObject, kubeTypes, type ResourceType } from '@tapeline/kubernetes';
import { openServers, tickStoreType, tickStreamType } from '@tapeline/operator';
import { createMetrics, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { cassandraForTests, kafkaForTests } from '@tapeline/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { streamObject } from '../../operator/test-kit/stream-world.ts';
import { OperatorWorld, type WorldServers } from './operator-world.ts';

const kafka = await kafkaForTests();
const cassandra = await cassandraForTests();
const missing = kafka.unavailable ?? cassandra.unavailable;

type Conditions = Readonly<Record<string, string>>;

const own = `op${randomUUID().slice(0, 8)}`;
const metrics = createMetrics({ ofProcess: false });
const parts = { clock: systemClock, random: systemRandom, logger: silentLogger, metrics };
const servers: WorldServers = { ...openServers(parts), changes: [] };
const world = new OperatorWorld(servers);
const bootstrap = kafka.unavailable === undefined ? kafka.brokers : ['nowhere:1'];
const { contactPoints, datacenter } =
  cassandra.unavailable === undefined ? cassandra : { contactPoints: [], datacenter: 'none' };
const admin = kafkaAdmin({ connection: { brokers: bootstrap, clientId: 'test' } });
const windowsMax = 10;
const noSecrets = { digest: '', text: () => '' };

function store(spec: Readonly<Record<string, unknown>> = {}): KubeObject {
  return {
    apiVersion: 'tapeline.dev/v1alpha1',
    kind: 'TickStore',
    metadata: { name: 'bars', namespace: 'market' },
    spec: { cassandra: { contactPoints, datacenter }, keyspace: own, replication: { [datacenter]: 1 }, ...spec },
  };
}

function stream(
  spec: Readonly<Record<string, unknown>> = {},
  topic: Readonly<Record<string, unknown>> = {},
): KubeObject {
  const named = { name: own, replicas: 1, ...topic };
  const object = streamObject({ spec: { kafka: { bootstrap }, topic: named, partitions: 2, ...spec } });
  return { ...object, metadata: { name: 'us-equities', namespace: 'market' } };
}

async function statusOf(type: ResourceType, name: string): Promise<Readonly<Record<string, unknown>>> {
  return ((await world.get(type, name))?.['status'] ?? {}) as Readonly<Record<string, unknown>>;
}

async function told(type: ResourceType, name: string): Promise<Conditions> {
  const conditions = ((await statusOf(type, name))['conditions'] ?? []) as readonly { type: string; reason: string }[];
  return Object.fromEntries(conditions.map(({ type: each, reason }) => [each, reason]));
}

describe.skipIf(missing !== undefined)(`on servers (needs Kafka and Cassandra: ${missing ?? 'there are both'})`, () => {
  beforeAll(async () => {
    await world.put(store());
    await world.put(stream());
    await world.settle();
  });
  afterAll(async () => {
    await admin.deleteTopics(['ticks', 'bars', 'tape', 'quarantine'].map((topic) => `${own}.${topic}`));
    await servers.withKeyspace({ contactPoints, datacenter }, own, noSecrets, (keyspace) => keyspace.dropKeyspace());
    admin.close();
    await servers.close();
  });
  whatIsMade();
  whatIsPinned();
  whatGrows();
  whatIsRefused();
});

function whatIsMade(): void {
  test('a stream and its store are made, and told with what was seen', async () => {
    expect(await told(tickStoreType, 'bars')).toMatchObject({
      Ready: 'Working',
      SchemaAgreed: 'NodesAgree',
      ReplicationConsistent: 'AsDeclared',
    });
    expect(await told(tickStreamType, 'us-equities')).toMatchObject({
      Ready: 'Working',
      TopicsReady: 'TopicsFit',
      Degraded: 'AsExpected',
    });
    const status = await statusOf(tickStreamType, 'us-equities');
    expect(status).toMatchObject({
      partitions: 2,
      basePartitions: 2,
      maxLag: 0,
      topicId: expect.stringMatching(/^[\w-]{22}$/),
    });
    const ofStore = await statusOf(tickStoreType, 'bars');
    expect(ofStore).toMatchObject({ nodes: 1, drift: [], schemaVersion: expect.stringMatching(/^[\da-f-]{36}$/) });
  });

  test('a steady state writes nothing', async () => {
    const writtenBy: number[] = [];
    // Tests beside this one make keyspaces on the same node, and each is a version of the schema that the status tells.
    while (writtenBy.length < windowsMax && writtenBy.at(-1) !== 0) {
      const before = world.api.writes.length;
      for (let round = 0; round < 3; round += 1) await world.rounds();
      writtenBy.push(world.api.writes.length - before);
    }
    expect(writtenBy.at(-1), `writes of each three rounds: ${writtenBy.join(', ')}`).toBe(0);
  });

  test('a setting of a topic and one of a table are set back', async () => {
    await world.put(stream({}, { retention: '2d' }));
    await world.put(
      store({ tables: [{ name: 'bars', ttl: '30d', compaction: { class: 'LeveledCompactionStrategy' } }] }),
    );
    await world.settle();
    expect(await admin.topicConfig(`${own}.ticks`)).toMatchObject({ 'retention.ms': '172800000' });
    await admin.setTopicConfig(`${own}.ticks`, { 'retention.ms': '3600000' });
    await world.settle();
    expect(await admin.topicConfig(`${own}.ticks`)).toMatchObject({ 'retention.ms': '172800000' });
    expect(await told(tickStoreType, 'bars')).toMatchObject({ SchemaApplied: 'Applied' });
  });
}

function whatGrows(): void {
  test('partitions grow, and the base stays', async () => {
    await world.put(stream({ partitions: 3 }));
    await world.settle();
    const status = await statusOf(tickStreamType, 'us-equities');
    expect(status).toMatchObject({ partitions: 3, basePartitions: 2 });
  });
}

function whatIsPinned(): void {
  test('pins are entered and hold; one that came late is to be moved, and one to a partition that was added later waits', async () => {
    const away = (symbol: string): number => 1 - homePartition('sim', symbol, 2);
    const pin = (symbol: string, partition = away(symbol)): object => ({ dataset: 'sim', symbol, partition });
    const place = { contactPoints, localDataCenter: datacenter, keyspace: own, stream: own };
    const market = await openCassandraStore({ ...parts, ...place, migrate: false });
    const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };
    try {
      await market.writeInstruments([{ dataset: 'sim', symbol: 'SEEN', terms }]);
      await world.put(stream({ partitions: 3, pins: [pin('NEW')] }));
      await world.settle();
      expect(await told(tickStreamType, 'us-equities')).toMatchObject({ PinsHeld: 'PinsHeld', Degraded: 'AsExpected' });
      await market.writeInstruments([{ dataset: 'sim', symbol: 'NEW', terms }]);
      expect(await market.instrumentsNamed('NEW')).toEqual([
        { dataset: 'sim', symbol: 'NEW', terms, pin: away('NEW') },
      ]);
    } finally {
      await market.close();
    }
    await world.put(stream({ partitions: 3, pins: [pin('NEW'), pin('SEEN')] }));
    await world.settle();
    expect(await told(tickStreamType, 'us-equities')).toMatchObject({ PinsHeld: 'PinsMoving', Ready: 'Working' });
    await world.put(stream({ partitions: 3, pins: [pin('NEW'), pin('FAR', 2), pin('OTHER')] }));
    await world.settle();
    expect(await told(tickStreamType, 'us-equities')).toMatchObject({
      PinsHeld: 'PinsWaiting',
      Degraded: 'AsExpected',
    });
    expect(await statusOf(tickStreamType, 'us-equities')).toMatchObject({ pins: 2 });
    await world.put(stream({ partitions: 3 }));
    await world.settle();
  });
}

function whatIsRefused(): void {
  test('replication that the nodes cannot hold is refused and told', async () => {
    await world.put(store({ replication: { [datacenter]: 9 } }));
    await world.settle();
    expect(await told(tickStoreType, 'bars')).toMatchObject({
      ReplicationConsistent: 'TooFewNodes',
      Degraded: 'TooFewNodes',
      Ready: 'Working',
    });
    await world.put(store());
    await world.settle();
  });

  test('an option that Cassandra refuses stays told drift', async () => {
    await world.put(
      store({
        tables: [{ name: 'bars', compaction: { class: 'LeveledCompactionStrategy', options: { nonsense: "it's 1" } } }],
      }),
    );
    await world.settle();
    expect(await told(tickStoreType, 'bars')).toMatchObject({
      SchemaApplied: 'DriftStays',
      Degraded: 'DriftStays',
      Ready: 'Working',
    });
    await world.put(store());
    await world.settle();
  });

  test('a topic that is deleted behind its back is told and never made again', async () => {
    await admin.deleteTopics([`${own}.tape`]);
    await world.settle();
    expect(await told(tickStreamType, 'us-equities')).toMatchObject({
      Ready: 'TopicMissing',
      WorkersReady: 'WorkersReady',
    });
  });

  test('with deletionPolicy Delete all of it goes, workers first', async () => {
    await world.put(stream({ deletionPolicy: 'Delete' }));
    await world.put(store({ deletionPolicy: 'Delete' }));
    await world.settle();
    await world.api.delete(tickStreamType, { namespace: 'market', name: 'us-equities' });
    await world.api.delete(tickStoreType, { namespace: 'market', name: 'bars' });
    await world.settle();
    expect([await world.get(tickStreamType, 'us-equities'), await world.get(tickStoreType, 'bars')]).toEqual([
      undefined,
      undefined,
    ]);
    expect((await world.api.list(kubeTypes.deployment)).items).toEqual([]);
    const left = await servers.withKafka({ bootstrap }, noSecrets, (port) => port.topics(own));
    expect(left).toEqual([]);
  });
}
