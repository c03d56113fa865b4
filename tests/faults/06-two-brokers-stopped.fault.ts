/**
 * Fault 6b. With two of three brokers stopped nothing is acknowledged, and nothing that was is lost, though the third dies as
 * they go on: publishers are refused with a reason, send again, and it goes on by itself.
 */
import { topicOf } from '@tapeline/kafka';
import type { KafkaCluster } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import { notSeen, recordFault } from './rig/fault-table.ts';
import type { Load, LoadTrade } from './rig/load.ts';
import { inLoadedWorld } from './rig/loaded-world.ts';
import { howMany } from './rig/oracles.ts';
import { PatientPublisher } from './rig/patient-publisher.ts';
import { ownKafka, startServers } from './rig/servers.ts';
import { Supervisor } from './rig/supervisor.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, oneLook, verdictOf } from './rig/verdict.ts';
import type { World, WorldWish } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers({ kafka: { brokers: 3 } });
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

/** Beyond the 30 s after which an append is given up. */
const stoppedMs = 34_000;
/** Enough for a leader to acknowledge on its word alone. */
const shortlyMs = 2_000;
/** So long it may take until acknowledgements go on; elections and new tries lie in it. */
const recoveredMsMax = 30_000;
const boundMiB = 600;
const startMs = performance.now();
let damage: string = notSeen;

type Outcome = {
  readonly acknowledgedAlone: number;
  readonly recoveredMs: number;
};
type Run = { readonly cluster: KafkaCluster; readonly world: World; readonly load: Load };

async function underLoad<Result>(wish: WorldWish, work: (run: Run) => Promise<Result>): Promise<Result> {
  const { cluster, all } = ownKafka(servers);
  return inLoadedWorld(all, { workers: 1, partitions: 2, ...wish }, { seed: 60 }, async (world, load) => {
    const supervisor = new Supervisor(world.workers);
    try {
      return await work({ cluster, world, load });
    } finally {
      await supervisor.stop();
    }
  });
}

/** All but the leader of partition 0 stand still for so long; then they go on, and it dies and is started again. */
async function stopTwo({ cluster, world, load }: Run, stillMs: number): Promise<Outcome> {
  const leader = await cluster.leaderOf(topicOf(world.facts.stream, 'ticks'), 0);
  const [alone, others] = [
    cluster.nodes.find(({ id }) => id === leader),
    cluster.nodes.filter(({ id }) => id !== leader),
  ];
  let [acknowledgedAlone, backMs, settled] = [0, 0, 0];
  try {
    await Promise.all(others.map((node) => node.kill('SIGSTOP')));
    // What they had taken before is acknowledged a moment later.
    await pause(500);
    const before = load.acknowledgedCount;
    await pause(stillMs);
    settled = load.acknowledgedCount;
    acknowledgedAlone = settled - before;
    await alone?.kill('SIGKILL');
  } finally {
    await Promise.all(others.map((node) => node.kill('SIGCONT')));
    backMs = performance.now();
  }
  await until('acknowledgements go on', () => load.acknowledgedCount > settled + 500, { withinMs: 60_000 });
  const recoveredMs = performance.now() - backMs;
  await alone?.start();
  await cluster.ready();
  return { acknowledgedAlone, recoveredMs };
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 6b: two of three brokers stand still (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, the word of the leader alone: acknowledged trades go with it', async () => {
      const ingestMain = 'tests/faults/unguarded/ingest-main.ts';
      const ingestEnv = { [variantVariable]: 'acks-of-leader' };
      // Publishers are told in their order, so a partition whose leader is stopped would hold back the others.
      await underLoad({ partitions: 1, ingestMain, ingestEnv }, async (run) => {
        const { acknowledgedAlone } = await stopTwo(run, shortlyMs);
        expect(acknowledgedAlone).toBeGreaterThan(0);
        await run.load.end();
        const { lost } = await verdictOf(run.world, run.load, oneLook);
        expect(lost.length).toBeGreaterThan(0);
        damage = `${howMany(lost)} acknowledged trades are not in the log`;
      });
    });

    test('the real system refuses with a reason, loses none and goes on', async () => {
      await underLoad({}, async (run) => {
        const { world, load } = run;
        const patient = new PatientPublisher(world.ingestAddresses);
        await until('the other one publishes', () => patient.count > 20);
        const { acknowledgedAlone, recoveredMs } = await stopTwo(run, stoppedMs);
        const others: readonly LoadTrade[] = await patient.end();
        await load.end();
        const verdict = await verdictOf(world, { acknowledged: [...load.acknowledged, ...others] });
        expect(damageOf(verdict)).toEqual(clean);
        expect(acknowledgedAlone).toBe(0);
        expect(patient.refusals.join('\n')).toMatch(/LOG_UNAVAILABLE.*connect again and send everything/s);
        expect(recoveredMs).toBeLessThan(recoveredMsMax);
        expect(world.memory.differences(boundMiB)).toEqual([]);
        recordFault({
          fault: '6b',
          title: 'two of three brokers stopped',
          injected: `3 brokers, each also controller; two SIGSTOPped for ${stoppedMs / 1_000} s, and the third SIGKILLed as they go on`,
          guardOff: `stock producer with acks=1 (stopped for ${shortlyMs / 1_000} s)`,
          damage,
          result: `nothing acknowledged meanwhile and nothing lost; publishers got UNAVAILABLE LOG_UNAVAILABLE and how to go on; acknowledgements went on ${(recoveredMs / 1_000).toFixed(1)} s after the two were back, ${verdict.bars} rows exact`,
          seconds: (performance.now() - startMs) / 1_000,
        });
      });
    });
  },
);
