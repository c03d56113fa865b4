/**
 * Fault 6. With fewer replicas in sync than the topic asks for, nothing is acknowledged: publishers are refused with a
 * reason and send again, memory stays bounded, and it goes on by itself when the replicas are back.
 */
import { topicOf } from '@tapeline/kafka';
import type { KafkaCluster, KafkaNode } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import { withAdmin } from './rig/by-hand.ts';
import { notSeen, recordFault } from './rig/fault-table.ts';
import type { Load, LoadTrade } from './rig/load.ts';
import { inLoadedWorld } from './rig/loaded-world.ts';
import { howMany } from './rig/oracles.ts';
import { PatientPublisher } from './rig/patient-publisher.ts';
import { ownKafka, startServers } from './rig/servers.ts';
import { Supervisor } from './rig/supervisor.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, oneLook, type Verdict, verdictOf, type VerdictTimes } from './rig/verdict.ts';
import type { World, WorldWish } from './rig/world.ts';

/** Followers that fetch nothing for 3 s are not in sync any more. */
const config = { 'replica.lag.time.max.ms': '3000' };
const servers = await startServers({ kafka: { brokers: 3, replicationProxied: true, config } });
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const boundMiB = 600;
/** Beyond the 30 s after which an append is given up. */
const aloneMs = 33_000;
const startMs = performance.now();
let damage: string = notSeen;

/** Ends the load; answers trades that others published. */
type Work = (cluster: KafkaCluster, world: World, load: Load) => Promise<readonly LoadTrade[]>;

type Judging = { readonly times: VerdictTimes; readonly judge: (verdict: Verdict, starts: number) => void };

async function inCluster(wish: WorldWish, { times, judge }: Judging, work: Work): Promise<void> {
  const { cluster, all } = ownKafka(servers);
  return inLoadedWorld(all, { ...wish, workers: 1, partitions: 2 }, { seed: 6 }, async (world, load) => {
    const supervisor = new Supervisor(world.workers);
    try {
      const others = await work(cluster, world, load);
      const acknowledged = [...load.acknowledged, ...others];
      judge(await verdictOf(world, { acknowledged }, times), supervisor.ends.length);
    } finally {
      await supervisor.stop();
    }
    expect(world.memory.differences(boundMiB)).toEqual([]);
  });
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
  await partBrokers(cluster, topic);
  const before = load.acknowledgedCount;
  await pause(3_000);
  expect(load.acknowledgedCount).toBeGreaterThan(before);
  const leader = await cluster.leaderOf(topic, 0);
  const node: KafkaNode | undefined = cluster.nodes.find(({ id }) => id === leader);
  try {
    await node?.kill('SIGKILL');
    await joinBrokers(cluster);
    const unclean = { 'unclean.leader.election.enable': 'true' };
    await withAdmin(world.facts.servers, (admin) => admin.setTopicConfig(topic, unclean));
    const haveOthers = async (): Promise<boolean> =>
      (await cluster.partitions(topic)).every((partition) => ![-1, leader].includes(partition.leader));
    await until('other brokers lead', haveOthers, { withinMs: 40_000, everyMs: 250 });
    // Ingest sees that the log went back and takes nothing more, so what waits for it would wait for ever.
    await load.abandon();
  } finally {
    await node?.start();
    await cluster.ready();
  }
  return [];
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 6: fewer replicas in sync than asked for (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, one replica is enough: acknowledged trades go with it', async () => {
      const judge = ({ lost }: Verdict): void => {
        expect(lost.length).toBeGreaterThan(0);
        damage = `${howMany(lost)} acknowledged trades are not in the log`;
      };
      await inCluster({ args: ['--kafka-min-insync', '1'] }, { times: oneLook, judge }, loseLoneLeaders);
    });

    test('the real system refuses with a reason and goes on', async () => {
      const facts = { acknowledgedAlone: 0, recoveredMs: 0, refusal: '', peakMiB: 0, bars: 0, starts: 0 };
      const judge = (verdict: Verdict, starts: number): void => {
        expect(damageOf(verdict)).toEqual(clean);
        [facts.bars, facts.starts] = [verdict.bars, starts];
      };
      // The worker may have to be started again before it goes on.
      await inCluster({}, { times: { stableMs: 45_000 }, judge }, async (cluster, world, load) => {
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
        await load.end();
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
