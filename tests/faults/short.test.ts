/**
 * The short set of faults, for every run of the tests: workers and an ingest killed under load, batches delivered twice, on
 * the servers of the run. Nothing is lost, nothing counts twice, rows are what the log gives, a subscriber misses nothing;
 * with a guard off the same oracles see the damage. All faults: npm run test:faults.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { BarWatch } from './rig/bar-watch.ts';
import { Load } from './rig/load.ts';
import { sendAgain } from './rig/send-again.ts';
import { startServers } from './rig/servers.ts';
import { pause, until } from './rig/until.ts';
import { clean, damageOf, verdictOf } from './rig/verdict.ts';
import { startWorld, type World } from './rig/world.ts';

const servers = await startServers();
let world: World | undefined;
afterAll(async () => {
  await world?.stop();
  if (servers.unavailable === undefined) await servers.close();
});

const boundMiB = 600;
const testMs = 180_000;

/** A worker dies, then an ingest, then the other worker; each is started again. */
async function killEach({ workers, ingests }: World, load: Load): Promise<void> {
  for (const child of [workers[0], ingests[0], workers[1]]) {
    await pause(2_500);
    await child?.restart();
    const before = load.acknowledgedCount;
    await until('acknowledgements go on', () => load.acknowledgedCount > before + 200);
  }
}

describe.skipIf(servers.unavailable !== undefined)(
  'a short set of faults (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test(
      'killed workers, a killed ingest and repeated batches change no bar, and a lost identity would',
      async () => {
        if (servers.unavailable !== undefined) return;
        world = await startWorld(servers, { ingests: 2, workers: 2, query: true });
        const load = await Load.start({ addresses: world.ingestAddresses, publishers: 2, tradesPerSecond: 400 });
        await until('trades are acknowledged', () => load.acknowledgedCount > 300);
        const watch = new BarWatch({ address: world.queryAddress, symbols: load.symbols });
        await killEach(world, load);
        const { publisherId } = load.published[0] ?? { publisherId: 0n };
        const trades = load.published.filter((trade) => trade.publisherId === publisherId).slice(0, 400);
        const address = world.ingestAddresses[1] ?? '';
        await sendAgain({ address, trades, keepsIdentity: true });
        await load.end();
        const verdict = await verdictOf(world, load, { watch });
        expect(damageOf(verdict)).toEqual(clean);
        expect(verdict.repeats).toBeGreaterThanOrEqual(trades.length);
        await watch.close();
        expect(world.memory.differences(boundMiB)).toEqual([]);
        // The same without its identity, by which the oracles show that they would have seen it.
        await sendAgain({ address, trades, keepsIdentity: false });
        const damaged = await verdictOf(world, load, { stableMs: 5_000 });
        expect(damaged.counts.length).toBeGreaterThan(0);
      },
      testMs,
    );
  },
);
