/**
 * Workers whose way to the group is cut, while log and store stay in reach: what they have they work on. Where one of two is
 * cut off alone the other is given its partitions, both count them until the first one loses its claims, and nothing is harmed.
 */
import { kafkaAdmin } from '@tapeline/kafka';
import { SimulatedStore } from '@tapeline/simulation';
import type { FaultProxy } from '@tapeline/testbed';
import { expect, test } from 'vitest';
import { pause, until } from '../faults/rig/until.ts';
import { barsOf, type CountingWorker, countingWorker, TradeLoad } from './counting-worker.ts';
import { newStream } from './group-topic.ts';
import { ownCluster } from '../kafka/own-cluster.ts';

// The way by which brokers reach each other is one more for clients, and here there is one broker alone.
const cluster = await ownCluster({ brokers: 1, replicationProxied: true, quickStart: true });
const partitions = 4;
const sessionMs = 6_000;

type Scene = {
  readonly workers: readonly CountingWorker[];
  readonly store: SimulatedStore;
  readonly groupLine: FaultProxy;
};

/** Two workers, the first `cut` of which reach their group by the line that can be cut, under load; all is compared after. */
async function throughCut(cut: 1 | 2, work: (scene: Scene) => Promise<void>): Promise<void> {
  const groupLine = cluster?.nodes[0]?.replicationProxy;
  if (cluster === undefined || groupLine === undefined) throw new Error('this test is skipped without a cluster');
  const { brokers } = cluster;
  const [stream, store] = [newStream(), new SimulatedStore()];
  const admin = kafkaAdmin({ connection: { brokers, clientId: 'cut-off' } });
  await admin.ensureTopics({ stream, partitions });
  admin.close();
  const group = (index: number): readonly string[] => (index < cut ? [groupLine.address] : brokers);
  const workers = await Promise.all(
    [0, 1].map((index) => countingWorker({ stream, brokers, group: group(index), store })),
  );
  await until('each has a share', () => workers.every(({ heard }) => heard.at(-1)?.length === partitions / 2));
  const load = await TradeLoad.start(brokers, stream);
  try {
    await until('bars close', () => store.judged.bars().length > 2 * partitions);
    await work({ workers, store, groupLine });
  } finally {
    await groupLine.heal();
    await load.end();
  }
  expect(workers.flatMap(({ failures }) => failures)).toEqual([]);
  // The last bars close by the log's time.
  await pause(8_000);
  await Promise.all(workers.map((worker) => worker.stop()));
  const alone = new SimulatedStore();
  const reference = await countingWorker({ stream, brokers, store: alone });
  await reference.worker.caughtUp();
  await reference.stop();
  expect(store.judged.violations).toEqual([]);
  expect(barsOf(store)).toEqual(barsOf(alone));
}

/** Bars that a store has of each partition's instrument. */
function barsBySymbol(store: SimulatedStore): number[] {
  const symbols = store.judged.bars().map(({ symbol }) => symbol);
  return Array.from({ length: partitions }, (_, partition) => symbols.filter((one) => one === `S${partition}`).length);
}

test.skipIf(cluster === undefined)(
  'while the coordinator is away from all workers for 15 s bars go on, and everybody has the same after (needs Kafka of its own: install Java 17 and Maven)',
  async () => {
    await throughCut(2, async ({ workers, store, groupLine }) => {
      const heardBefore = workers.map(({ heard }) => [...heard]);
      const before = barsBySymbol(store);
      groupLine.set({ stalled: 'both' });
      await pause(15_000);
      const during = barsBySymbol(store).map((count, partition) => count - (before[partition] ?? 0));
      for (const count of during) expect(count).toBeGreaterThanOrEqual(11);
      for (const worker of workers) expect(await worker.metric('tapeline_group_silence_seconds')).toBeGreaterThan(12);
      await groupLine.heal();
      await until('the group answers', async () => {
        const silences = await Promise.all(workers.map((worker) => worker.metric('tapeline_group_silence_seconds')));
        return Math.max(...silences) < 1;
      });
      // Whatever rebalance follows from it is over by then.
      await pause(2 * sessionMs);
      expect(workers.map(({ heard }) => heard)).toEqual(heardBefore);
    });
  },
);

test.skipIf(cluster === undefined)(
  'a worker that alone is cut off leaves its partitions to the one that is given them, and the bars are those of one (needs Kafka of its own: install Java 17 and Maven)',
  async () => {
    await throughCut(1, async ({ workers, groupLine }) => {
      const [zombie, heir] = workers as [CountingWorker, CountingWorker];
      const ticksBefore = zombie.worker.totals().ticks;
      groupLine.set({ stalled: 'both' });
      const withinMs = sessionMs + 4_000;
      const tookMs = await until('the other has all', () => heir.heard.at(-1)?.length === partitions, { withinMs });
      const yieldedMs = await until('the first one has none', () => zombie.heard.at(-1)?.length === 0, { withinMs });
      expect(zombie.worker.totals().ticks).toBeGreaterThan(ticksBefore);
      const claimsOf = async (): Promise<number[]> =>
        Promise.all([zombie, heir].map((worker) => worker.metric('tapeline_worker_claims_lost_total')));
      const [byZombie = 0, byHeir = 0] = await claimsOf();
      expect(byZombie).toBeGreaterThan(0);
      // What it still has of a fight for claims is over by then.
      await pause(sessionMs);
      const ticksAfter = zombie.worker.totals().ticks;
      await pause(sessionMs);
      expect(zombie.worker.totals().ticks).toBe(ticksAfter);
      expect(await claimsOf()).toEqual([byZombie, byHeir]);
      await groupLine.heal();
      const hasHalf = ({ heard }: CountingWorker): boolean => heard.at(-1)?.length === partitions / 2;
      const healedMs = await until('each has a share', () => hasHalf(zombie) && hasHalf(heir));
      process.stdout.write(
        `cut off alone: the other had all after ${tookMs} ms, the first one none ${yieldedMs} ms later; `,
      );
      process.stdout.write(`claims lost: ${byZombie} and ${byHeir}; healed, shared again after ${healedMs} ms\n`);
    });
  },
);
