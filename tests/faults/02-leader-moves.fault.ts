/**
 * Fault 2. An append is acknowledged only by the broker that leads its partition: when a leader moves to a broker that has
 * answered already, what was on its way is sent there too, and nothing is taken for done.
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

const servers = await startServers({ kafka: { brokers: 3, proxied: true } });
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const partitions = 6;
/** A broker gets no requests for so long before it dies; the others answer theirs. */
const unheardMs = 1_000;
const rounds = 2;
const startMs = performance.now();
let damage: string = notSeen;

type Outcome = { readonly verdict: Verdict; readonly silenceMs: number };

async function withMovedLeaders(wish: WorldWish, times?: VerdictTimes): Promise<Outcome> {
  const { cluster, all } = ownKafka(servers);
  return inLoadedWorld(all, { ...wish, workers: 1, partitions }, { seed: 2 }, async (world, load) => {
    const fromMs = performance.now();
    for (let round = 0; round < rounds; round += 1) {
      const partition = (round * 3) % partitions;
      await loseLeader(cluster, `${world.facts.stream}.ticks`, partition, load);
    }
    const silenceMs = load.longestSilenceMs(fromMs);
    await load.end();
    return { verdict: await verdictOf(world, load, times), silenceMs };
  });
}

/** Requests to a leader wait on their way, the other brokers answer; then it dies and its partitions go to them. */
async function loseLeader(cluster: KafkaCluster, topic: string, partition: number, load: Load): Promise<void> {
  const leader = await cluster.leaderOf(topic, partition);
  const node: KafkaNode | undefined = cluster.nodes.find(({ id }) => id === leader);
  if (node?.proxy === undefined) throw new Error(`there is no broker ${leader} behind a proxy`);
  node.proxy.set({ stalled: 'toServer' });
  await pause(unheardMs);
  await node.kill('SIGKILL');
  node.proxy.reset();
  await node.proxy.heal();
  const hasMoved = async (): Promise<boolean> => ![-1, leader].includes(await cluster.leaderOf(topic, partition));
  await until('another broker leads', hasMoved, { withinMs: 40_000, everyMs: 250 });
  const acknowledged = load.acknowledgedCount;
  await until('acknowledgements go on', () => load.acknowledgedCount > acknowledged + 500, { withinMs: 60_000 });
  await node.start();
  await cluster.ready();
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 2: a leader moves to a broker that has answered (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, stock sends to several partitions: acknowledged trades are lost', async () => {
      const { verdict } = await withMovedLeaders(
        { ingestMain: 'tests/faults/unguarded/ingest-main.ts', ingestEnv: { [variantVariable]: 'many-partitions' } },
        oneLook,
      );
      expect(verdict.lost.length).toBeGreaterThan(0);
      damage = `${howMany(verdict.lost)} acknowledged trades are not in the log`;
    });

    test('the real system loses none', async () => {
      const { verdict, silenceMs } = await withMovedLeaders({});
      expect(damageOf(verdict)).toEqual(clean);
      expect(silenceMs).toBeLessThan(30_000);
      recordFault({
        fault: 2,
        title: 'leader moves to a broker that has answered',
        injected: `3 brokers, ${partitions} partitions; ${rounds} times requests to one broker held for ${unheardMs / 1_000} s, then it is SIGKILLed and its partitions go to the others`,
        guardOff: 'stock producer, one send to several partitions',
        damage,
        result: `nothing acknowledged is missing, ${verdict.bars} rows exact; longest wait for an acknowledgement ${(silenceMs / 1_000).toFixed(1)} s`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
