/**
 * Fault 33. Instruments that move between partitions while ticks flow and an ingest is behind its map: bars, tape and order end as if
 * nothing had moved.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { Coordinator } from './rig/coordinator.ts';
import { notSeen, recordFault } from './rig/fault-table.ts';
import type { Load } from './rig/load.ts';
import { inLoadedWorld } from './rig/loaded-world.ts';
import { movedVerdictOf, type MovedVerdict, type MovedVerdictTimes, unharmed } from './rig/moved-verdict.ts';
import { movedRate } from './rig/moved-rate.ts';
import { howMany } from './rig/oracles.ts';
import { startServers } from './rig/servers.ts';
import { pause } from './rig/until.ts';
import type { World, WorldWish } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const servers = await startServers();
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const partitions = 4;
const rounds = 3;
/** Each round moves most of the eight symbols of the load; some are where they are wanted. */
const movesOfRound = 6;
const staleMs = 4_000;
const rate = movedRate();
const startMs = performance.now();
let damage: string = notSeen;

/** Pins every symbol to the next partition, three times; in the last round an ingest is held, so that its map is stale. */
async function moveAll(world: World, load: Load, coordinator: Coordinator): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const isLast = round === rounds - 1;
    if (isLast) await world.ingests[0]?.kill('SIGSTOP');
    const places = load.symbols.map((symbol, at) => [symbol, (at + round) % partitions] as const);
    await coordinator.pin(Object.fromEntries(places));
    if (isLast) {
      await pause(staleMs);
      await world.ingests[0]?.kill('SIGCONT');
    }
    await coordinator.settled('moves end', ({ ended }) => ended.length >= (round + 1) * movesOfRound);
    await pause(500);
  }
}

async function run(wish: WorldWish, times?: MovedVerdictTimes): Promise<MovedVerdict> {
  if (servers.unavailable !== undefined) throw new Error(servers.unavailable);
  const flow = { seed: 33, tradesPerSecond: rate, publishers: 2 };
  return inLoadedWorld(servers, { ingests: 2, workers: 2, partitions, ...wish }, flow, async (world, load) => {
    const coordinator = await Coordinator.start(world, { cooldownMs: 0 });
    try {
      await moveAll(world, load, coordinator);
      await load.end();
      return await movedVerdictOf(world, load, partitions, times);
    } finally {
      await coordinator.stop();
    }
  });
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 33: instruments move under load (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, strays are not sent on: ticks are in no bar', async () => {
      const workerMain = 'tests/faults/unguarded/worker-main.ts';
      const workerEnv = { [variantVariable]: 'no-forwards' };
      const { damage: found } = await run({ workerMain, workerEnv }, { stableMs: 12_000 });
      expect(found.lost).toEqual([]);
      expect(found.counts.length).toBeGreaterThan(0);
      damage = `${howMany(found.counts)} bars of 1 s lack trades`;
    });

    test('what moves ends as if it had stayed', async () => {
      const { damage: found, account, bars } = await run({});
      expect(found).toEqual(unharmed);
      expect(account.left).toBeGreaterThanOrEqual(rounds * movesOfRound);
      recordFault({
        fault: 33,
        title: 'instruments move under load',
        injected: `${account.left} moves between ${partitions} partitions at ${rate} trades/s by two ingests, one of them held for ${staleMs / 1_000} s with a stale map`,
        guardOff: 'what comes after an instrument left is not sent on',
        damage,
        result: `${account.ticks} ticks, each applied once; ${account.strays} strays sent on and ${account.parkedEver} parked, none left; ${bars} rows and the tape are those of one partition`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
