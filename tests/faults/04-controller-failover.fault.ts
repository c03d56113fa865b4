/**
 * Fault 4. Without its controller the cluster goes on taking and giving what it can, another controller takes over, and no
 * append, read or admin call is given up on the way.
 */
import { KafkaError } from '@tapeline/kafka';
import type { KafkaCluster, KafkaNode } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import { withAdmin } from './rig/by-hand.ts';
import { notSeen, recordFault } from './rig/fault-table.ts';
import type { Load } from './rig/load.ts';
import { inLoadedWorld } from './rig/loaded-world.ts';
import { howMany } from './rig/oracles.ts';
import { ownKafka, startServers } from './rig/servers.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, oneLook, type Verdict, verdictOf, type VerdictTimes } from './rig/verdict.ts';
import type { World, WorldWish } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers({ kafka: { brokers: 3 } });
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const stillMs = 10_000;
const startMs = performance.now();
let damage: string = notSeen;

type Outcome = {
  readonly verdict: Verdict;
  readonly silenceMs: number;
  readonly breaks: number;
  readonly adminMs: number[];
};

async function withFailovers(wish: WorldWish, times?: VerdictTimes): Promise<Outcome> {
  const { cluster, all } = ownKafka(servers);
  return inLoadedWorld(all, { ...wish, workers: 2 }, { seed: 4 }, async (world, load) => {
    const fromMs = performance.now();
    const adminMs = [await killController(cluster, world, load), await stopController(cluster, world, load)];
    const silenceMs = load.longestSilenceMs(fromMs);
    await load.end();
    const verdict = await verdictOf(world, load, times);
    expect(world.workers.every(({ isRunning }) => isRunning)).toBe(true);
    return { verdict, silenceMs, breaks: load.breaks.length, adminMs };
  });
}

async function controllerOf(cluster: KafkaCluster): Promise<KafkaNode> {
  const id = await cluster.controller();
  const node = cluster.nodes.find((each) => each.id === id);
  if (node === undefined) throw new Error(`there is no broker ${id}`);
  return node;
}

async function killController(cluster: KafkaCluster, world: World, load: Load): Promise<number> {
  const node = await controllerOf(cluster);
  await node.kill('SIGKILL');
  const adminMs = await makeTopics(world, 'killed');
  await goesOn(load);
  await node.start();
  await cluster.ready();
  return adminMs;
}

async function stopController(cluster: KafkaCluster, world: World, load: Load): Promise<number> {
  const node = await controllerOf(cluster);
  await node.kill('SIGSTOP');
  try {
    const made = makeTopics(world, 'stopped');
    // Awaited below; an unheard rejection before that would end the test without a word.
    void Promise.allSettled([made]);
    await pause(stillMs);
    await goesOn(load);
    await node.kill('SIGCONT');
    return await made;
  } finally {
    await node.kill('SIGCONT');
    await cluster.ready();
  }
}

async function goesOn(load: Load): Promise<void> {
  const acknowledged = load.acknowledgedCount;
  await until('acknowledgements go on', () => load.acknowledgedCount > acknowledged + 500, { withinMs: 60_000 });
}

/** Topics of another stream are made while no controller is there, again and again as a supervisor would; after how many ms. */
async function makeTopics({ facts }: World, name: string): Promise<number> {
  const wanted = { stream: `${facts.stream}-${name}`, partitions: 2 };
  return withAdmin(facts.servers, async (admin) => {
    const isMade = async (): Promise<boolean> => {
      try {
        return (await admin.ensureTopics(wanted)).partitions === 2;
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        return false;
      }
    };
    return until('topics are made', isMade, { withinMs: 120_000, everyMs: 500 });
  });
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 4: the controller is killed, and another one stands still (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, one try for each append: acknowledged trades are lost', async () => {
      const { verdict } = await withFailovers(
        { ingestMain: 'tests/faults/unguarded/ingest-main.ts', ingestEnv: { [variantVariable]: 'one-try' } },
        oneLook,
      );
      expect(verdict.lost.length).toBeGreaterThan(0);
      damage = `${howMany(verdict.lost)} acknowledged trades are not in the log`;
    });

    test('the real system goes on and loses none', async () => {
      const { verdict, silenceMs, breaks, adminMs } = await withFailovers({});
      expect(damageOf(verdict)).toEqual(clean);
      expect(silenceMs).toBeLessThan(30_000);
      expect(breaks).toBe(0);
      const seconds = adminMs.map((ms) => (ms / 1_000).toFixed(1));
      recordFault({
        fault: 4,
        title: 'controller failover',
        injected: `3 brokers, each also controller; the active one SIGKILLed and started again, then the next one SIGSTOP for ${stillMs / 1_000} s; each time topics of another stream are made at once`,
        guardOff: 'stock producer without retries, whose errors are passed over',
        damage,
        result: `nothing acknowledged is missing, ${verdict.bars} rows exact, no stream of a publisher broke; longest wait for an acknowledgement ${(silenceMs / 1_000).toFixed(1)} s; topics were made after ${seconds.join(' s and ')} s`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
