/**
 * Fault 14. While the store is away ticks are still taken, workers hold back what they have within their bounds, and once it
 * is there again everything is written: nothing is lost and nobody has to do anything.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { BarWatch } from './rig/bar-watch.ts';
import { sumOf } from './rig/counters.ts';
import { notSeen, recordFault } from './rig/fault-table.ts';
import { inLoadedWorld } from './rig/loaded-world.ts';
import { howMany } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { pause } from './rig/until.ts';
import { clean, damageOf, type Verdict, verdictOf } from './rig/verdict.ts';
import type { World, WorldWish } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers({ cassandra: {} });
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

/** Longer than the writer itself tries again. */
const awayMs = 15_000;
const beforeMs = 4_000;
const startMs = performance.now();
let damage: string = notSeen;

type Outcome = {
  readonly verdict: Verdict;
  readonly silenceMs: number;
  readonly heldBackBytes: number;
  readonly recoveredMs: number;
};

async function throughOutage(wish: WorldWish, seen: (world: World) => void): Promise<Outcome> {
  if (servers.unavailable !== undefined) throw new Error(servers.unavailable);
  const node = servers.cassandra?.nodes[0];
  if (node === undefined) throw new Error('there is no node');
  return inLoadedWorld(servers, { ...wish, workers: 2, query: true }, { seed: 14 }, async (world, load) => {
    const watch = new BarWatch({ address: world.queryAddress, symbols: load.symbols });
    await pause(beforeMs);
    const killedMs = performance.now();
    await node.kill('SIGKILL');
    await pause(awayMs);
    const silenceMs = load.longestSilenceMs(killedMs);
    const heldBackBytes = await sumOf(world.workers, /^tapeline_worker_held_back_bytes\S* (\d+)/gm);
    await node.start();
    const backMs = performance.now();
    await load.end();
    const verdict = await verdictOf(world, load, { watch });
    await watch.close();
    seen(world);
    return { verdict, silenceMs, heldBackBytes, recoveredMs: performance.now() - backMs };
  });
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 14: Cassandra is killed and comes back (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, failed writes dropped: rows are missing', async () => {
      const { verdict } = await throughOutage(
        { workerMain: 'tests/faults/unguarded/worker-main.ts', workerEnv: { [variantVariable]: 'drop-failed-writes' } },
        () => undefined,
      );
      expect(verdict.lost).toEqual([]);
      expect(verdict.rows.join('\n')).toMatch(/missing in the store: /);
      damage = `${howMany(verdict.rows)} bars are missing in the store`;
    });

    test('the real workers hold back and catch up', async () => {
      const { verdict, silenceMs, heldBackBytes, recoveredMs } = await throughOutage({}, (world) => {
        expect(world.memory.differences(600)).toEqual([]);
        expect(world.workers.every(({ isRunning }) => isRunning)).toBe(true);
      });
      expect(damageOf(verdict)).toEqual(clean);
      expect(silenceMs).toBeLessThan(5_000);
      expect(heldBackBytes).toBeGreaterThan(0);
      expect(recoveredMs).toBeLessThan(60_000);
      recordFault({
        fault: 14,
        title: 'Cassandra killed and started again',
        injected: `the only node SIGKILLed under 500 trades/s, started again ${awayMs / 1_000} s later`,
        guardOff: 'a write that fails is dropped',
        damage,
        result:
          `${verdict.bars} rows equal the fold of the log, a subscriber saw each and none go back; ticks were taken all the time (longest wait ${silenceMs} ms); ` +
          `all rows there ${(recoveredMs / 1_000).toFixed(1)} s after the node was back`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
