/**
 * Fault 1. What was acknowledged survives the leader: it is in every in-sync replica before it is acknowledged, so a leader
 * that dies while its followers stand still takes nothing with it.
 */
import type { KafkaCluster, KafkaNode } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import { notSeen, recordFault } from './rig/fault-table.ts';
import type { Load } from './rig/load.ts';
import { inLoadedWorld } from './rig/loaded-world.ts';
import { howMany } from './rig/oracles.ts';
import { ownKafka, startServers } from './rig/servers.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, oneLook, type Verdict, verdictOf, type VerdictTimes } from './rig/verdict.ts';
import type { WorldWish } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers({ kafka: { brokers: 3 } });
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

/** How long the leader is alone. */
const aloneMs = 1_500;
const startMs = performance.now();
let damage: string = notSeen;

type Outcome = { readonly verdict: Verdict; readonly recoveredMs: number; readonly acknowledgedAlone: number };

/** The followers stand still, the leader dies, the followers go on. */
async function loseLeader(cluster: KafkaCluster, stream: string, load: Load): Promise<Omit<Outcome, 'verdict'>> {
  const leader = await cluster.leaderOf(`${stream}.ticks`, 0);
  const dying: KafkaNode | undefined = cluster.nodes.find(({ id }) => id === leader);
  const followers = cluster.nodes.filter(({ id }) => id !== leader);
  if (dying === undefined) throw new Error(`there is no broker ${leader}`);
  await Promise.all(followers.map((node) => node.kill('SIGSTOP')));
  // What was sent to them before is not what is looked for.
  await pause(200);
  const before = load.acknowledgedCount;
  await pause(aloneMs);
  const acknowledgedAlone = load.acknowledgedCount - before;
  await dying.kill('SIGKILL');
  await Promise.all(followers.map((node) => node.kill('SIGCONT')));
  const acknowledged = load.acknowledgedCount;
  const isOn = (): boolean => load.acknowledgedCount > acknowledged + 100;
  const recoveredMs = await until('acknowledgements go on', isOn, { withinMs: 60_000 });
  await dying.start();
  await cluster.ready();
  return { recoveredMs, acknowledgedAlone };
}

async function withLostLeader(wish: WorldWish, times?: VerdictTimes): Promise<Outcome> {
  const { cluster, all } = ownKafka(servers);
  return inLoadedWorld(all, { ...wish, workers: 1, partitions: 1 }, { seed: 1 }, async (world, load) => {
    const outcome = await loseLeader(cluster, world.facts.stream, load);
    await load.end();
    const verdict = await verdictOf(world, load, times);
    expect(world.memory.differences(600)).toEqual([]);
    return { ...outcome, verdict };
  });
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 1: the leader is killed during appends (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, the word of the leader alone: acknowledged trades are lost', async () => {
      const { verdict, acknowledgedAlone } = await withLostLeader(
        { ingestMain: 'tests/faults/unguarded/ingest-main.ts', ingestEnv: { [variantVariable]: 'acks-of-leader' } },
        oneLook,
      );
      expect(acknowledgedAlone).toBeGreaterThan(0);
      expect(verdict.lost.length).toBeGreaterThan(0);
      damage = `${howMany(verdict.lost)} acknowledged trades are not in the log`;
    });

    test('the real system loses none', async () => {
      const { verdict, acknowledgedAlone, recoveredMs } = await withLostLeader({});
      expect(damageOf(verdict)).toEqual(clean);
      expect(acknowledgedAlone).toBe(0);
      expect(recoveredMs).toBeLessThan(30_000);
      recordFault({
        fault: 1,
        title: 'leader killed during appends',
        injected: `3 brokers; the followers stopped for ${aloneMs / 1_000} s, then the leader SIGKILLed and they go on`,
        guardOff: 'stock producer with acks=1',
        damage,
        result: `nothing acknowledged is missing, ${verdict.bars} rows exact; acknowledgements went on ${(recoveredMs / 1_000).toFixed(1)} s after the kill`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
