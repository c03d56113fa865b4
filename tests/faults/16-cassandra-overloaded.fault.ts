/**
 * Fault 16. A store that takes few requests and no large ones is written in small ones, as many as it takes: catching up is
 * slow then, and it ends.
 */
import { homePartition, issuePublisherId, TimeDomain } from '@tapeline/domain';
import { Random } from '@tapeline/simulation';
import { afterAll, describe, expect, test } from 'vitest';
import { storeFailures } from './rig/counters.ts';
import { notSeen, recordFault } from './rig/fault-table.ts';
import { loadDataset, type LoadTrade, loadSymbols } from './rig/load.ts';
import { howMany } from './rig/oracles.ts';
import { sendAgain } from './rig/send-again.ts';
import { startServers } from './rig/servers.ts';
import { clean, damageOf, type Verdict, verdictOf, type VerdictTimes } from './rig/verdict.ts';
import { inWorld, type WorldWish } from './rig/world.ts';
import { variantVariable } from './unguarded/worker-variants.ts';

const requestsPerSecond = 60;
/** More than a snapshot of one instrument needs, less than its bars of ten minutes. */
const mutationKiB = 64;
const partitions = 4;
/** One of each partition: a snapshot is not split. */
const symbols = [
  ...new Map(loadSymbols.map((symbol) => [homePartition(loadDataset, symbol, partitions), symbol])).values(),
];
const servers = await startServers({
  cassandra: {
    config: {
      max_mutation_size: `${mutationKiB}KiB`,
      native_transport_rate_limiting_enabled: true,
      native_transport_max_requests_per_second: requestsPerSecond,
    },
  },
});
afterAll(async () => {
  if (servers.unavailable === undefined) await servers.close();
});

const startMs = performance.now();
const historySec = 600;
let damage: string = notSeen;

type Outcome = {
  readonly verdict: Verdict;
  readonly caughtUpMs: number;
  readonly failures: number;
  /** What the workers wrote. */
  readonly said: string;
};

/** Ten minutes stand in the log when the workers begin, so there is much to write at once. */
async function catchingUp(wish: WorldWish, times: VerdictTimes): Promise<Outcome> {
  if (servers.unavailable !== undefined) throw new Error(servers.unavailable);
  return inWorld(servers, { ...wish, workers: 0, partitions }, async (world) => {
    const acknowledged = history();
    const [address = ''] = world.ingestAddresses;
    expect(await sendAgain({ address, trades: acknowledged, keepsIdentity: true })).toBe(acknowledged.length);
    const begunMs = performance.now();
    const workers = [world.addWorker(), world.addWorker()];
    await Promise.all(workers.map((worker) => worker.field('address', 120_000)));
    const verdict = await verdictOf(world, { acknowledged }, times);
    const caughtUpMs = performance.now() - begunMs;
    const said = world.workers.map((worker) => worker.text()).join('\n');
    return { verdict, caughtUpMs, failures: await storeFailures(world.workers), said };
  });
}

/** A trade of each symbol in each second. */
function history(): LoadTrade[] {
  const random = new Random(16);
  const publisherId = issuePublisherId(Date.now(), TimeDomain.live, BigInt(random.int(1, 1_000_000_000)));
  const fromMs = Date.now() - historySec * 1_000;
  return Array.from({ length: historySec * symbols.length }, (_, place) => ({
    publisherId,
    sequence: place + 1,
    symbol: symbols[place % symbols.length] ?? 'AAA',
    price: random.int(9_000, 11_000),
    size: random.int(1, 500),
    timeNs: BigInt(fromMs) * 1_000_000n + (BigInt(place) * 1_000_000_000n) / BigInt(symbols.length),
  }));
}

describe.skipIf(servers.unavailable !== undefined)(
  'fault 16: Cassandra takes few requests and no large ones (needs Kafka and Cassandra: install Java 17 and Maven)',
  () => {
    test('guard off, batches without a bound: rows never arrive', async () => {
      const { verdict, said } = await catchingUp(
        {
          workerMain: 'tests/faults/unguarded/worker-main.ts',
          workerEnv: { [variantVariable]: 'one-batch' },
        },
        { withinMs: 45_000, stableMs: 10_000 },
      );
      expect(verdict.lost).toEqual([]);
      expect(verdict.rows.join('\n')).toMatch(/missing in the store: /);
      expect(said).toMatch(/oversized mutation/);
      damage = `${howMany(verdict.rows)} bars are missing in the store, and stay so`;
    });

    test('the real workers catch up', async () => {
      const { verdict, caughtUpMs, failures } = await catchingUp({}, { withinMs: 150_000, stableMs: 20_000 });
      expect(damageOf(verdict)).toEqual(clean);
      expect(caughtUpMs).toBeLessThan(150_000);
      // Nobody asks again and again in haste.
      expect(failures).toBeLessThan(1_000);
      recordFault({
        fault: 16,
        title: 'Cassandra overloaded, batches too large',
        injected:
          `a node that takes ${requestsPerSecond} requests/s and no mutation above ${mutationKiB} KiB (cassandra.yaml); ` +
          `${historySec} s of ${symbols.length} symbols to catch up`,
        guardOff: 'all rows of a partition in one batch',
        damage,
        result:
          `${verdict.bars} rows equal the fold of the log ${(caughtUpMs / 1_000).toFixed(1)} s after the workers' start, ` +
          `${failures} requests failed on the way`,
        seconds: (performance.now() - startMs) / 1_000,
      });
    });
  },
);
