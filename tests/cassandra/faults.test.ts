/**
 * Faults of a node under writes: killed, stopped, slow, with small limits. Acknowledged rows are all there afterwards; what
 * was not acknowledged was told, within a bound, as STORE_UNAVAILABLE, and may be written again.
 */
import type { CassandraOptions, CassandraStore } from '@tapeline/cassandra';
import { StoreError } from '@tapeline/domain';
import { createMetrics, systemClock } from '@tapeline/runtime';
import { type CassandraCluster, findJava, isUnavailable, startCassandra } from '@tapeline/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { barAt, everything } from '../conformance/store-under-test.ts';
import { TestKeyspace } from './store-on-server.ts';
import { lostRounds, roundOf, roundSymbols, standingRounds, writeRounds } from './write-rounds.ts';

const java = await findJava().catch((error: unknown) => {
  if (isUnavailable(error)) return error;
  throw error;
});
const none = java instanceof Error ? java.message : undefined;

/** The node's commit log is on the disk before it acknowledges. */
const syncedBefore = { commitlog_sync: 'batch', commitlog_sync_period: undefined };
/** The default of Cassandra: it is synced now and then. */
const syncedLater = { commitlog_sync: 'periodic', commitlog_sync_period: '10000ms' };

/** A node of a test with a keyspace. */
class OwnNode {
  readonly cluster: CassandraCluster;
  readonly keyspace: TestKeyspace;

  constructor(cluster: CassandraCluster) {
    this.cluster = cluster;
    this.keyspace = new TestKeyspace(cluster);
  }

  /** A store that finds no bars. */
  async open(changes: Partial<CassandraOptions> = {}): Promise<CassandraStore> {
    const store = await this.keyspace.open(changes);
    await this.keyspace.cql('TRUNCATE {keyspace}.bars');
    return store;
  }

  async signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    await this.cluster.nodes[0]?.kill(name);
  }

  async end(): Promise<void> {
    await this.keyspace.end();
    await this.cluster.close();
  }
}

async function startNode(config: Readonly<Record<string, unknown>>): Promise<OwnNode> {
  return new OwnNode(await startCassandra({ nodes: 1, heapMb: 512, proxied: true, quickStart: true, config }));
}

/** Kills the node under writes and starts it again; answers what was acknowledged and is not there. */
async function killUnderWrites(
  node: OwnNode,
  store: CassandraStore,
): Promise<{ acknowledged: number; lostMs: number[]; refused: readonly unknown[] }> {
  let over = false;
  const writing = writeRounds(store, () => over);
  await systemClock.sleep(1_500);
  const killedMs = performance.now();
  await node.signal('SIGKILL');
  await systemClock.sleep(3_000);
  await node.cluster.nodes[0]?.start();
  over = true;
  const written = await writing;
  // The driver comes back to the node by itself.
  const again = async (): Promise<string> => store.writeBars(roundOf(30_000)).then(() => 'written', String);
  await expect.poll(again, { timeout: 60_000 }).toBe('written');
  const lost = await lostRounds(store, written);
  const { acknowledged, refused } = written;
  return { acknowledged: acknowledged.length, lostMs: lost.map(({ atMs }) => killedMs - atMs), refused };
}

describe.skipIf(none !== undefined)(
  `a node that syncs before it acknowledges (needs Java: ${none ?? 'there is one'})`,
  () => {
    let node: OwnNode;
    beforeAll(async () => {
      // A mutation of more than 48 KiB is refused.
      node = await startNode({ ...syncedBefore, max_mutation_size: '48KiB' });
    }, 200_000);
    afterAll(async () => node.end());
    limits(() => node);
    endings(() => node);
  },
);

describe.skipIf(none !== undefined)(
  `the guard off: a node that syncs now and then (needs Java: ${none ?? 'there is one'})`,
  () => {
    let node: OwnNode;
    beforeAll(async () => {
      node = await startNode(syncedLater);
    }, 200_000);
    afterAll(async () => node.end());

    test('killed without a copy elsewhere it forgets what it acknowledged last, though its system lived on', async () => {
      const lostMs: number[] = [];
      for (let kills = 0; kills < 4 && lostMs.length === 0; kills += 1) {
        const store = await node.open({ retryForMs: 2_000 });
        lostMs.push(...(await killUnderWrites(node, store)).lostMs);
      }
      expect(lostMs.length).toBeGreaterThan(0);
      // It reads its log up to the last mark, and marks come every 100 ms.
      expect(Math.max(...lostMs)).toBeLessThan(2_000);
    });
  },
);

function limits(node: () => OwnNode): void {
  test('batches that the node finds too large are split and all rows go through', async () => {
    const metrics = createMetrics({ ofProcess: false });
    const store = await node().open({ metrics, batchBytesMax: 1_000_000 });
    const notional = 2n ** 4_000n;
    const bars = Array.from({ length: 500 }, (_, place) => barAt(place * 60, { notional }));
    await store.writeBars(bars);
    expect(await store.bars(everything)).toEqual(bars);
    expect(await metrics.text()).toMatch(/tapeline_store_batches_split_total [1-9]/);
  });

  test('a slow node slows writers down, and they go through', async () => {
    const store = await node().open();
    node().cluster.nodes[0]?.proxy?.set({ latencyMs: 300 });
    try {
      await store.writeBars(Array.from({ length: 3_000 }, (_, place) => barAt(place * 60)));
    } finally {
      await node().cluster.nodes[0]?.proxy?.heal();
    }
    expect(await store.bars({ ...everything, limit: 5_000 })).toHaveLength(3_000);
  });
}

function endings(node: () => OwnNode): void {
  test('kill -9 of the node under writes loses nothing that was acknowledged, and writes go on by themselves', async () => {
    const store = await node().open({ retryForMs: 2_000 });
    const { acknowledged, lostMs, refused } = await killUnderWrites(node(), store);
    expect(acknowledged).toBeGreaterThan(10);
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject({ name: 'StoreError', code: 'STORE_UNAVAILABLE' });
    expect(lostMs).toEqual([]);
  });

  test('a node that stands still for 5 s is waited for, and no row is lost', async () => {
    const store = await node().open({ retryForMs: 15_000 });
    let over = false;
    const writing = writeRounds(store, () => over);
    await systemClock.sleep(500);
    await node().signal('SIGSTOP');
    await systemClock.sleep(5_000);
    await node().signal('SIGCONT');
    await systemClock.sleep(1_500);
    over = true;
    const { acknowledged, refused } = await writing;
    expect(refused).toEqual([]);
    expect((await standingRounds(store)).size).toBe(acknowledged.length * roundSymbols);
  });

  test('answers that are lost after the write are tried again with the same timestamp: one row each', async () => {
    const metrics = createMetrics({ ofProcess: false });
    const store = await node().open({ metrics, retryForMs: 30_000 });
    await store.writeBars(roundOf(0));
    const proxy = node().cluster.nodes[0]?.proxy;
    proxy?.set({ blackHole: 'toClient' });
    const written = store.writeBars(roundOf(1));
    await systemClock.sleep(1_000);
    proxy?.reset();
    await proxy?.heal();
    await written;
    expect(await store.bars({ ...everything, symbol: 'S0' })).toEqual([roundOf(0)[0], roundOf(1)[0]]);
    expect(await metrics.text()).toMatch(/tapeline_store_failures_total\{code="\w+"\} [1-9]/);
  });

  test('a node that never answers is told within a bound', async () => {
    const store = await node().keyspace.open({ retryForMs: 500 });
    const proxy = node().cluster.nodes[0]?.proxy;
    proxy?.set({ blackHole: 'both' });
    try {
      const startMs = performance.now();
      const error: unknown = await store.writeBars(roundOf(2)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(performance.now() - startMs).toBeLessThan(25_000);
    } finally {
      await proxy?.heal();
    }
  });
}
