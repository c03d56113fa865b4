/**
 * Fault 6. With fewer replicas in sync than the topic asks for, nothing is acknowledged: publishers are refused with a
 * reason and send again, memory stays bounded, and it goes on by itself when the replicas are back.
 */
import { connectPublisher, type Publisher } from '@tapeline/client';
import { kafkaAdmin, topicOf } from '@tapeline/kafka';
import type { KafkaCluster, KafkaNode } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import type { Child } from './rig/child.ts';
import { recordFault } from './rig/fault-table.ts';
import { Load, loadDataset, type LoadTrade } from './rig/load.ts';
import { howMany } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, type Verdict, verdictOf } from './rig/verdict.ts';
import { inWorld, type World, type WorldWish } from './rig/world.ts';

/** Followers that fetch nothing for 3 s are not in sync any more. */
const config = { 'replica.lag.time.max.ms': '3000' };
const servers = await startServers({ kafka: { brokers: 3, replicationProxied: true, config } });
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const boundMiB = 600;
/** Of a publisher that is under way when the replicas go: for 4 s and more. */
const patientTrades = 400;
/** Beyond the 30 s after which an append is given up. */
const aloneMs = 36_000;
const startMs = performance.now();
let damage = 'not seen';

/** Answers trades that others than the load published. */
type Work = (cluster: KafkaCluster, world: World, load: Load) => Promise<readonly LoadTrade[]>;

type Judge = (verdict: Verdict, starts: number) => void;

async function inCluster(wish: WorldWish, judge: Judge, work: Work): Promise<void> {
  const cluster = servers.unavailable === undefined ? servers.kafka : undefined;
  if (servers.unavailable !== undefined || cluster === undefined) throw new Error('there is no cluster');
  return inWorld(servers, { ...wish, workers: 1, partitions: 2 }, async (world) => {
    const load = await Load.start({ addresses: world.ingestAddresses, seed: 6 });
    await until('trades are acknowledged', () => load.acknowledgedCount > 1_000);
    const supervisor = new Supervisor(world.workers);
    try {
      const others = await work(cluster, world, load);
      await load.end();
      const acknowledged = [...load.acknowledged, ...others];
      judge(await verdictOf(world, { acknowledged }, { stableMs: 45_000 }), supervisor.starts);
    } finally {
      await supervisor.stop();
    }
    expect(world.memory.differences(boundMiB)).toEqual([]);
  });
}

/** Starts workers again that end by themselves, as whoever runs them does. */
class Supervisor {
  /** How often it did. */
  starts = 0;
  #isOver = false;
  readonly #done: Promise<unknown>;

  constructor(workers: readonly Child[]) {
    this.#done = Promise.all(workers.map((worker) => this.#watch(worker)));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #watch(worker: Child): Promise<void> {
    while (!this.#isOver) {
      await Promise.race([worker.ended, pause(500)]);
      if (worker.isRunning || this.#isOver) continue;
      this.starts += 1;
      await worker.restart();
    }
  }
}

/** Brokers do not hear each other any more; controllers do, so each leader is soon the only one in sync. */
async function partBrokers(cluster: KafkaCluster, topic: string): Promise<void> {
  for (const { replicationProxy } of cluster.nodes) replicationProxy?.set({ stalled: 'both' });
  const isAlone = async (): Promise<boolean> =>
    (await cluster.partitions(topic)).every(({ inSync }) => inSync.length === 1);
  await until('each leader is alone in sync', isAlone, { withinMs: 30_000, everyMs: 250 });
}

async function joinBrokers(cluster: KafkaCluster): Promise<void> {
  for (const { replicationProxy } of cluster.nodes) await replicationProxy?.heal();
}

/** The lone leader dies and others that have less take its place, which the topic lets them. */
async function loseLoneLeaders(cluster: KafkaCluster, world: World, load: Load): Promise<readonly LoadTrade[]> {
  const topic = topicOf(world.facts.stream, 'ticks');
  const admin = kafkaAdmin({ connection: { brokers: cluster.brokers, clientId: 'test' } });
  await partBrokers(cluster, topic);
  const before = load.acknowledgedCount;
  await pause(3_000);
  expect(load.acknowledgedCount).toBeGreaterThan(before);
  const leader = await cluster.leaderOf(topic, 0);
  const node: KafkaNode | undefined = cluster.nodes.find(({ id }) => id === leader);
  try {
    await node?.kill('SIGKILL');
    await joinBrokers(cluster);
    await admin.setTopicConfig(topic, { 'unclean.leader.election.enable': 'true' });
    const hasOther = async (): Promise<boolean> => ![-1, leader].includes(await cluster.leaderOf(topic, 0));
    await until('another broker leads', hasOther, { withinMs: 40_000, everyMs: 250 });
    const acknowledged = load.acknowledgedCount;
    await until('acknowledgements go on', () => load.acknowledgedCount > acknowledged + 500, { withinMs: 60_000 });
  } finally {
    admin.close();
    await node?.start();
    await cluster.ready();
  }
  return [];
}

/** Publishes for some seconds and waits longer than an append is tried: it hears why, and sends again by itself. */
class PatientPublisher {
  /** Why its streams ended. */
  readonly refusals: string[] = [];
  readonly #trades: LoadTrade[] = [];
  readonly #publishing: Promise<Publisher>;

  constructor(address: readonly string[]) {
    this.#publishing = this.#publish(address);
    // A failure is told by `end`.
    void Promise.allSettled([this.#publishing]);
  }

  get count(): number {
    return this.#trades.length;
  }

  /** Resolves with what was published once all of it is acknowledged. */
  async end(): Promise<readonly LoadTrade[]> {
    const publisher = await this.#publishing;
    await publisher.flushed();
    await publisher.close(0);
    return this.#trades;
  }

  async #publish(address: readonly string[]): Promise<Publisher> {
    const disconnected = ({ error }: { readonly error: Error }): void => void this.refusals.push(error.message);
    const publisher = await connectPublisher({ address, dataset: loadDataset, listener: { disconnected } });
    const [symbol, size] = ['AAA', 7];
    publisher.declare({ symbol, priceExponent: -2 });
    for (let published = 0; published < patientTrades; published += 1) {
      const [price, timeNs] = [10_000 + published, BigInt(Date.now()) * 1_000_000n + 500_000n];
      const trade = { price: { units: price, exponent: -2 }, size: String(size) };
      const sequence = await publisher.publish({ symbol, time: timeNs, trade });
      this.#trades.push({ publisherId: publisher.publisherId, sequence, symbol, price, size, timeNs });
      await pause(10);
    }
    return publisher;
  }
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 6: fewer replicas in sync than asked for (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, one replica is enough: acknowledged trades go with it', async () => {
      const judge = ({ lost }: Verdict): void => {
        expect(lost.length).toBeGreaterThan(0);
        damage = `${howMany(lost)} acknowledged trades are not in the log`;
      };
      await inCluster({ args: ['--kafka-min-insync', '1'] }, judge, loseLoneLeaders);
    });

    test('the real system refuses with a reason and goes on', async () => {
      const facts = { acknowledgedAlone: 0, recoveredMs: 0, refusal: '', peakMiB: 0, bars: 0, starts: 0 };
      const judge = (verdict: Verdict, starts: number): void => {
        expect(damageOf(verdict)).toEqual(clean);
        [facts.bars, facts.starts] = [verdict.bars, starts];
      };
      await inCluster({}, judge, async (cluster, world, load) => {
        const patient = new PatientPublisher(world.ingestAddresses);
        await until('the other one publishes', () => patient.count > 20);
        await partBrokers(cluster, topicOf(world.facts.stream, 'ticks'));
        // What was in all replicas before is acknowledged a moment later.
        await pause(1_000);
        const before = load.acknowledgedCount;
        await pause(aloneMs);
        facts.acknowledgedAlone = load.acknowledgedCount - before;
        facts.refusal = patient.refusals.at(-1) ?? 'none';
        facts.peakMiB = world.memory.peaks.get('ingest-0') ?? 0;
        const joinedMs = performance.now();
        await joinBrokers(cluster);
        await until('acknowledgements go on', () => load.acknowledgedCount > before + 500, { withinMs: 60_000 });
        facts.recoveredMs = performance.now() - joinedMs;
        return patient.end();
      });
      expect(facts.acknowledgedAlone).toBe(0);
      expect(facts.refusal).toMatch(/LOG_UNAVAILABLE.*connect again and send everything/s);
      expect(facts.recoveredMs).toBeLessThan(30_000);
      recordFault({
        fault: 6,
        title: 'below min.insync.replicas',
        injected: `3 brokers, min.insync.replicas 2; replication between brokers held for ${aloneMs / 1_000} s, so that each leader is alone in sync`,
        guardOff: 'min.insync.replicas 1; the lone leader is SIGKILLed and one with less elected',
        damage,
        result: `nothing acknowledged meanwhile; publishers got UNAVAILABLE LOG_UNAVAILABLE and how to go on; ingest held ${Math.round(facts.peakMiB)} MiB; it went on ${(facts.recoveredMs / 1_000).toFixed(1)} s after the replicas were back, ${facts.bars} rows exact; the worker, whose group was away, was started again ${facts.starts} times`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
