/**
 * Fault 5. A leader that stands still beyond its session and comes back as a zombie has acknowledged nothing that the log
 * does not have, and what it thinks it leads is truncated to what the others have.
 */
import type { KafkaCluster, KafkaNode } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import { notSeen, recordFault } from './rig/fault-table.ts';
import { inLoadedWorld } from './rig/loaded-world.ts';
import { howMany } from './rig/oracles.ts';
import { ownKafka, startServers } from './rig/servers.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, oneLook, type Verdict, verdictOf, type VerdictTimes } from './rig/verdict.ts';
import type { WorldWish } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers({ kafka: { brokers: 3, replicationProxied: true } });
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

/** The leader's followers hear nothing of it for so long before it stands still; they stay in sync meanwhile. */
const unheardMs = 1_500;
/** So long it stands still; the brokers' session is 6 s. */
const stillMs = 20_000;
const startMs = performance.now();
let damage: string = notSeen;

type Outcome = { readonly verdict: Verdict; readonly silenceMs: number; readonly peakMiB: number };

async function withZombie(wish: WorldWish, times?: VerdictTimes): Promise<Outcome> {
  const { cluster, all } = ownKafka(servers);
  return inLoadedWorld(all, { ...wish, workers: 1, partitions: 2 }, { seed: 5 }, async (world, load) => {
    const fromMs = performance.now();
    await stopLeader(cluster, `${world.facts.stream}.ticks`);
    const acknowledged = load.acknowledgedCount;
    await until('acknowledgements go on', () => load.acknowledgedCount > acknowledged + 500, { withinMs: 60_000 });
    const silenceMs = load.longestSilenceMs(fromMs);
    await load.end();
    await inSyncAgain(cluster, `${world.facts.stream}.ticks`);
    const verdict = await verdictOf(world, load, times);
    expect(world.memory.differences(600)).toEqual([]);
    return { verdict, silenceMs, peakMiB: Math.max(...world.memory.peaks.values()) };
  });
}

/** The leader of partition 0 is unheard, stands still, and wakes while it is no leader any more. */
async function stopLeader(cluster: KafkaCluster, topic: string): Promise<void> {
  const leader = await cluster.leaderOf(topic, 0);
  const node: KafkaNode | undefined = cluster.nodes.find(({ id }) => id === leader);
  if (node?.replicationProxy === undefined) throw new Error(`there is no broker ${leader} behind a proxy`);
  node.replicationProxy.set({ stalled: 'both' });
  await pause(unheardMs);
  await node.kill('SIGSTOP');
  const stoppedMs = performance.now();
  try {
    const hasOther = async (): Promise<boolean> => ![-1, leader].includes(await cluster.leaderOf(topic, 0));
    await until('another broker leads', hasOther, { withinMs: stillMs, everyMs: 250 });
    await pause(Math.max(0, stillMs - (performance.now() - stoppedMs)));
  } finally {
    await node.kill('SIGCONT');
    await node.replicationProxy.heal();
  }
  await cluster.ready();
}

/** Every broker has everything again, so that what is read then is what the log is. */
async function inSyncAgain(cluster: KafkaCluster, topic: string): Promise<void> {
  const isWhole = async (): Promise<boolean> =>
    (await cluster.partitions(topic)).every(({ inSync }) => inSync.length === cluster.nodes.length);
  await until('all replicas are in sync again', isWhole, { withinMs: 90_000, everyMs: 500 });
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 5: a leader stands still and comes back as a zombie (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, the word of the leader alone: acknowledged trades are lost', async () => {
      const { verdict } = await withZombie(
        { ingestMain: 'tests/faults/unguarded/ingest-main.ts', ingestEnv: { [variantVariable]: 'acks-of-leader' } },
        oneLook,
      );
      expect(verdict.lost.length).toBeGreaterThan(0);
      damage = `${howMany(verdict.lost)} acknowledged trades are not in the log`;
    });

    test('the real system loses none', async () => {
      const { verdict, silenceMs, peakMiB } = await withZombie({});
      expect(damageOf(verdict)).toEqual(clean);
      expect(silenceMs).toBeLessThan(30_000);
      recordFault({
        fault: 5,
        title: 'leader paused, back as a zombie',
        injected: `3 brokers; the leader's replication held for ${unheardMs / 1_000} s, then SIGSTOP for ${stillMs / 1_000} s (session 6 s), SIGCONT`,
        guardOff: 'stock producer with acks=1',
        damage,
        result: `nothing acknowledged is missing, ${verdict.bars} rows exact; longest wait for an acknowledgement ${(silenceMs / 1_000).toFixed(1)} s; peak ${Math.round(peakMiB)} MiB`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
