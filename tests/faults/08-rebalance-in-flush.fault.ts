/**
 * Fault 8. Workers come and go while rows are on their way: whoever's write lands last, the row is of the newest revision,
 * and a subscriber sees revisions rise and misses none.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { BarWatch } from './rig/bar-watch.ts';
import { sumOf } from './rig/counters.ts';
import { notSeen, recordFault } from './rig/fault-table.ts';
import { inLateWorld } from './rig/late-world.ts';
import type { Load } from './rig/load.ts';
import { howMany, Reference } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { StreamView } from './rig/stream-view.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, type Verdict, verdictOf } from './rig/verdict.ts';
import type { World } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const startMs = performance.now();
/** The rows of the first worker are so long on their way: others have gone on by the time they land. */
const flushMs = 9_000;
const slow = `slow-writes:${flushMs}`;
const partitionsLine = /^tapeline_worker_partitions (\d+)/gm;
let damage: string = notSeen;

type Outcome = { readonly verdict: Verdict; readonly handedOverMs: number; readonly recoveredMs: number };

/** One slow worker, then two more, then the slow one goes. */
async function rescaled(
  guard: 'on' | 'off',
  during: (world: World, load: Load) => Promise<() => Promise<void>>,
): Promise<Outcome> {
  if (servers.unavailable !== undefined) throw new Error(servers.unavailable);
  const variant = guard === 'off' ? 'wall-clock-timestamps' : '';
  const wish = {
    workers: 1,
    query: guard === 'on',
    workerMain: 'tests/faults/unguarded/worker-main.ts',
    workerEnv: { [variantVariable]: `${variant},${slow}` },
  };
  return inLateWorld(servers, wish, { seed: 8, tradesPerSecond: 200, first: 800 }, async (world, load) => {
    const judge = await during(world, load);
    const fast = [world.addWorker(), world.addWorker()];
    for (const worker of fast) await worker.restart({ [variantVariable]: variant });
    const handedOverMs = await until('three workers have a share', async () => {
      const shares = await Promise.all(world.workers.map((worker) => sumOf([worker], partitionsLine)));
      return shares.every((share) => share > 0);
    });
    await pause(flushMs + 2_000);
    await world.workers[0]?.kill('SIGTERM');
    await pause(3_000);
    await load.end();
    const endMs = performance.now();
    const verdict = await verdictOf(world, load);
    await judge();
    return { verdict, handedOverMs, recoveredMs: performance.now() - endMs };
  });
}

async function expectNoGap({ facts }: World, watch: BarWatch): Promise<void> {
  const view = await StreamView.open(facts);
  try {
    const { fold } = new Reference(view, facts.workerArgs);
    const rows = await view.bars(fold.intervals, fold.profiles);
    await expect.poll(() => watch.gaps(rows), { timeout: 30_000, interval: 250 }).toEqual([]);
    expect(watch.stepsBack).toEqual([]);
  } finally {
    await view.close();
  }
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 8: partitions change hands while rows are on their way (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, write timestamps by wall clock: older revisions stand over newer ones', async () => {
      const { verdict } = await rescaled('off', async () => async () => undefined);
      expect(verdict.lost).toEqual([]);
      expect(verdict.rows.join('\n')).toMatch(/the store has .*, the log gives /);
      damage = `${howMany(verdict.rows)} rows are of an older revision`;
    });

    test('the newest revision stands', async () => {
      const { verdict, handedOverMs, recoveredMs } = await rescaled('on', async (world, load) => {
        const watch = new BarWatch({ address: world.queryAddress, symbols: load.symbols });
        return async () => {
          await expectNoGap(world, watch);
          await watch.close();
          expect(world.memory.differences(600)).toEqual([]);
        };
      });
      expect(damageOf(verdict)).toEqual(clean);
      expect(recoveredMs).toBeLessThan(60_000);
      recordFault({
        fault: 8,
        title: 'rebalance during a flush',
        injected:
          `workers 1, 3, 2 under 200 trades/s that come up to 2.5 s late; rows of the first worker are ` +
          `${flushMs / 1_000} s on their way when its partitions are taken and when it ends`,
        guardOff: 'write timestamps by wall clock',
        damage,
        result:
          `${verdict.bars} rows equal the fold of the log; the subscriber saw revisions rise and missed none; ` +
          `all three had shares ${(handedOverMs / 1_000).toFixed(1)} s after two were started`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
