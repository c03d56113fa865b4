/**
 * Every condition of a TickStream and every reason of it, told by the whole operator on a real API server, Kafka and Cassandra. The
 * status of pods alone is written by hand, as there are no nodes.
 */
import { kafkaAdmin } from '@tapeline/kafka';
import { type KubeObject, kubeTypes } from '@tapeline/kubernetes';
import { streamReasons, tickStoreType, tickStreamType } from '@tapeline/operator';
import { FaultProxy, type KafkaCluster, startKafka } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import type { Spec } from './rig/market.ts';
import { namespace } from './rig/operator-cluster.ts';
import { letInBefore } from './rig/older-definitions.ts';
import { ToldReasons } from './rig/told-reasons.ts';
import { startWholeOperator, type WholeOperator } from './rig/whole-operator.ts';

const simulator = { feeds: [{ name: 'sim', type: 'simulator' }], ingest: ['ingest:50051'] };
const whole = await startWholeOperator({
  before: async ({ place, market }) => {
    const older = market.stream('older', {}, { retention: 'soon' });
    await letInBefore(place, (object) => market.put(object), [older]);
  },
});
const own: { told?: ToldReasons; kafka?: KafkaCluster; proxy?: FaultProxy } = {};

function operator(): WholeOperator {
  if (whole.unavailable !== undefined) throw new Error(whole.unavailable);
  return whole;
}

async function changed(name: string, spec: Spec): Promise<void> {
  await operator().market.change(tickStreamType, name, { spec });
}

async function told(name: string, ...wanted: readonly string[]): Promise<number> {
  return operator().market.tells(tickStreamType, name, wanted, 120_000);
}

describe.skipIf(whole.unavailable !== undefined)(
  `conditions of streams (needs Kubernetes, Kafka and Cassandra: ${whole.unavailable ?? 'there are all three'})`,
  () => {
    if (whole.unavailable === undefined) own.told = new ToldReasons(whole.place.api, tickStreamType, namespace);
    afterAll(async () => {
      await own.told?.end();
      await operator().end();
      await own.proxy?.close();
      await own.kafka?.close();
    });
    fromNothingToWork();
    ofPods();
    ofFeedsAndPins();
    ofTopics();
    ofAccess();
    ofNeighbours();
    ofServersThatAreAway();
    theEnd();
  },
);

function fromNothingToWork(): void {
  test('a stream without its store waits for it, then for its pods, and then works', async () => {
    const { market, pods } = operator();
    pods.moods.set('worker', 'pending').set('feed', 'pending');
    await market.put(market.stream('main', { ...simulator, partitions: 2 }));
    await told(
      'main',
      'Ready StoreMissing',
      'TopicsReady WaitingForStore',
      'FeedsReady WaitingForTopics',
      'Progressing Waiting',
    );
    await market.put({ ...market.store('main'), spec: { ...specOf(market.store('main')), paused: true } });
    await told('main', 'Ready StoreNotReady', 'StoreReady StoreNotReady', 'Degraded AsExpected');
    await market.change(tickStoreType, 'main', { spec: { paused: false } });
    await told('main', 'Ready WorkersStarting', 'Progressing RollingOut', 'FeedsReady FeedsStarting');
    pods.moods.clear();
    await told(
      'main',
      'Ready Working',
      'Progressing Settled',
      'Degraded AsExpected',
      'Paused NotPaused',
      'PinsHeld NoPins',
    );
    await told(
      'main',
      'OverProvisioned WorkersFit',
      'TopicsReady TopicsFit',
      'StoreReady StoreReady',
      'FeedsReady FeedsReady',
    );
  });

  test('an object that an older definition let in is told what is wrong with it', async () => {
    await told('older', 'Ready InvalidSpec', 'Degraded InvalidSpec');
  });

  test('scaled to nothing, to more than partitions, and back', async () => {
    const { place } = operator();
    const scale = async (replicas: number): Promise<unknown> =>
      place.cluster.kubectl(['scale', 'tickstream/main', '-n', namespace, `--replicas=${replicas}`]);
    await scale(0);
    await told('main', 'Ready ScaledToZero', 'WorkersReady ScaledToZero');
    await scale(3);
    await told('main', 'Ready Working', 'OverProvisioned MoreWorkersThanPartitions');
    expect(await operator().market.get(tickStreamType, 'main')).toMatchObject({ status: { workers: { ready: 3 } } });
    await scale(1);
    await told('main', 'Ready Working', 'OverProvisioned WorkersFit');
  });

  test('a paused stream is told to be so, and goes on afterwards', async () => {
    await changed('main', { paused: true });
    await told('main', 'Paused PausedBySpec');
    await changed('main', { paused: false });
    await told('main', 'Paused NotPaused', 'Ready Working');
  });
}

function specOf(object: KubeObject): Spec {
  return object['spec'] as Spec;
}

function ofPods(): void {
  test('pods that crash and pods without a node are told with the words of Kubernetes', async () => {
    const { pods, market } = operator();
    pods.moods.set('worker', 'crashing').set('feed', 'crashing');
    await told(
      'main',
      'Ready WorkersFailing',
      'Degraded WorkersFailing',
      'WorkersReady WorkersFailing',
      'FeedsReady FeedsFailing',
    );
    const words = JSON.stringify((await market.get(tickStreamType, 'main'))?.['status']);
    expect(words).toMatch(/CrashLoopBackOff; it ended with 2 \(worker: no broker answers\); look at kubectl logs/);
    pods.moods.set('worker', 'homeless').set('feed', 'homeless');
    await told('main', 'Ready WorkersUnschedulable', 'Degraded WorkersUnschedulable', 'FeedsReady FeedsUnschedulable');
    pods.moods.delete('worker');
    await told('main', 'Ready Working', 'Degraded FeedsUnschedulable');
    pods.moods.set('feed', 'crashing');
    await told('main', 'Ready Working', 'Degraded FeedsFailing');
    pods.moods.clear();
    await told('main', 'Ready Working', 'Degraded AsExpected', 'FeedsReady FeedsReady');
  });
}

function ofFeedsAndPins(): void {
  test('feeds that do not know where ingest is are told so, and a stream without feeds needs none', async () => {
    await changed('main', { ingest: null });
    await told('main', 'FeedsReady IngestUnknown', 'Degraded IngestUnknown');
    await changed('main', { feeds: null });
    await told('main', 'FeedsReady NoFeeds', 'Degraded AsExpected');
  });

  test('a pin is entered once, and what comes too late or lies beyond waits for ticks', async () => {
    const { market } = operator();
    const pin = { dataset: 'sim', symbol: 'AAPL', partition: 0 };
    await changed('main', { pins: [pin] });
    await told('main', 'PinsHeld PinsHeld', 'Degraded AsExpected');
    await changed('main', { pins: [{ ...pin, partition: 1 }] });
    await told('main', 'PinsHeld PinsWaiting', 'Degraded AsExpected');
    await changed('main', { partitions: 3, pins: [pin, { ...pin, symbol: 'MSFT', partition: 2 }] });
    await told('main', 'PinsHeld PinsWaiting', 'Degraded AsExpected', 'Progressing Settled');
    expect(await market.get(tickStreamType, 'main')).toMatchObject({
      status: { partitions: 3, basePartitions: 2, pins: 1 },
    });
    await changed('main', { pins: null });
    await told('main', 'PinsHeld NoPins', 'Degraded AsExpected');
  });
}

function ofTopics(): void {
  test('a changed setting is a change, other replicas a task for a person', async () => {
    await changed('main', { topic: { retention: '2d' } });
    await told('main', 'Progressing Settled', 'TopicsReady TopicsFit', 'Ready Working');
    await changed('main', { topic: { replicas: 2 } });
    await told('main', 'Degraded ReplicasDiffer', 'Ready Working');
    await changed('main', { topic: { replicas: 1 } });
    await told('main', 'Degraded AsExpected');
  });

  test('a topic that was deleted is missing, and one that was made anew is another', async () => {
    const { market } = operator();
    await market.admin.deleteTopics([market.topicOf('main', 'tape')]);
    await market.poke(tickStreamType, 'main');
    await told(
      'main',
      'Ready TopicMissing',
      'Degraded TopicMissing',
      'TopicsReady TopicMissing',
      'Progressing Waiting',
    );
    await told('main', 'WorkersReady WorkersReady');
    await market.admin.ensureTopics({ stream: market.nameOf('main'), partitions: 1 });
    await market.poke(tickStreamType, 'main');
    await told('main', 'Ready TopicReplaced', 'Degraded TopicReplaced', 'TopicsReady TopicReplaced');
  });

  test('more copies than brokers cannot be made, and the message says how many there are', async () => {
    const { market } = operator();
    await market.put(market.store('unfit'));
    await market.put(market.stream('unfit', {}, { replicas: 3 }));
    await told(
      'unfit',
      'Ready TopicsUnfit',
      'Degraded TopicsUnfit',
      'TopicsReady TopicsUnfit',
      'WorkersReady WaitingForTopics',
    );
  });
}

function ofAccess(): void {
  test('a Secret that is missing is named; one that opens nothing is a refusal', async () => {
    const { market, place } = operator();
    const login = { mechanism: 'plain', username: 'ada', passwordSecretRef: { name: 'kafka-login' } };
    await changed('unfit', { topic: { replicas: 1 } });
    await told('unfit', 'Ready Working');
    await changed('unfit', { kafka: { sasl: login } });
    await told(
      'unfit',
      'Ready SecretMissing',
      'Degraded SecretMissing',
      'TopicsReady SecretMissing',
      'WorkersReady WorkersReady',
    );
    const data = { password: Buffer.from('of the sea').toString('base64') };
    const metadata = { namespace, name: 'kafka-login' };
    await place.api.create(kubeTypes.secret, { apiVersion: 'v1', kind: 'Secret', metadata, data });
    await told('unfit', 'Ready KafkaRefused', 'Degraded KafkaRefused', 'TopicsReady KafkaRefused');
    await changed('unfit', { kafka: { sasl: null } });
    await told('unfit', 'Ready Working', 'TopicsReady TopicsFit');
    await market.poke(tickStreamType, 'unfit');
  });
}

function ofNeighbours(): void {
  test('topics and a store belong to the stream that was there first', async () => {
    const { market } = operator();
    const { topic, kafka } = specOf(market.stream('unfit'));
    await market.put(market.stream('double', { storeRef: { name: 'nobody' } }));
    await market.put({ ...market.stream('second'), spec: { ...specOf(market.stream('second')), topic, kafka } });
    await told('second', 'TopicsReady TopicInUse', 'Degraded TopicInUse', 'Ready TopicInUse');
    await told('double', 'Degraded StoreMissing', 'StoreReady StoreMissing');
    await market.put(market.stream('third', { storeRef: { name: 'unfit' } }));
    await told('third', 'StoreReady StoreInUse', 'Ready StoreInUse', 'Degraded StoreInUse');
    for (const name of ['double', 'second', 'third']) await market.delete(tickStreamType, name);
    for (const name of ['double', 'second', 'third']) await market.isGone(tickStreamType, name);
  });
}

function ofServersThatAreAway(): void {
  test('a Cassandra that goes away is told by the stream that needs it', async () => {
    const { market } = operator();
    const { cassandra } = specOf(market.store('cut')) as { cassandra: { contactPoints: string[]; datacenter: string } };
    const [host = '', port = ''] = (cassandra.contactPoints[0] ?? '').split(':');
    const proxy = await FaultProxy.listen({ target: { host, port: Number(port) } });
    own.proxy = proxy;
    await market.put(market.store('cut', { cassandra: { ...cassandra, contactPoints: [proxy.address] } }));
    await market.put(market.stream('cut'));
    await told('cut', 'Ready Working');
    proxy.set({ blackHole: 'both' });
    await market.poke(tickStreamType, 'cut');
    await told(
      'cut',
      'Ready StoreUnreachable',
      'Degraded StoreUnreachable',
      'StoreReady StoreUnreachable',
      'WorkersReady WorkersReady',
    );
    await proxy.heal();
    await market.poke(tickStreamType, 'cut');
    await told('cut', 'Ready Working');
  });

  test('a Kafka that lost its quorum fails, one that is gone is unreachable, and holds what is to be deleted', async () => {
    const { market } = operator();
    const kafka = await startKafka({ brokers: 2, quickStart: true });
    own.kafka = kafka;
    const [first, second] = kafka.nodes;
    const bootstrap = [`127.0.0.1:${first?.port}`];
    await market.put(market.store('away'));
    await market.put(
      market.stream('away', { kafka: { bootstrap }, deletionPolicy: 'Delete' }, { replicas: 2, minInsyncReplicas: 1 }),
    );
    await told('away', 'Ready Working');
    await second?.kill();
    // Nobody can make topics now, which is certain once it was tried for a minute.
    await market.put(market.store('late'));
    await market.put(market.stream('late', { kafka: { bootstrap } }));
    await told('late', 'Ready KafkaFailed', 'Degraded KafkaFailed', 'TopicsReady KafkaFailed');
    await first?.kill();
    await market.poke(tickStreamType, 'away');
    await told('away', 'Ready KafkaUnreachable', 'Degraded KafkaUnreachable', 'TopicsReady KafkaUnreachable');
    await told('away', 'WorkersReady WorkersReady');
    await market.delete(tickStreamType, 'away');
    await told('away', 'Ready Deleting', 'Degraded DeletionBlocked');
    await Promise.all([first?.start(), second?.start()]);
    await market.isGone(tickStreamType, 'away', 120_000);
    const admin = kafkaAdmin({ connection: { brokers: bootstrap, clientId: 'test' } });
    await expect(admin.topicConfig(market.topicOf('away', 'ticks'))).rejects.toThrow('UNKNOWN_TOPIC');
    admin.close();
  });
}

/** What placement-conditions.cluster.ts reaches, where workers report. */
const ofPlacement =
  /^(OrderProtected|Skewed) |(GapUnread|OrderViolated|CoordinatorFailing|PinsMoving|PinsNotMoved|PinsBlocked)$/;

function theEnd(): void {
  test('every reason of every condition was told', () => {
    const lines = own.told?.lines(streamReasons) ?? [];
    process.stdout.write(`TickStream, times that each reason was entered:\n  ${lines.join('\n  ')}\n`);
    const missing = own.told?.missing(streamReasons) ?? ['all of them'];
    expect(missing.filter((key) => !ofPlacement.test(key))).toEqual([]);
  });
}
