/**
 * Faults of a node under writes: killed, stopped, slow, with small limits. Acknowledged rows are all there afterwards; what
 * was not acknowledged was told, within a bound, as STORE_UNAVAILABLE, and may be written again. With the guard off, a
 * commit log that is synced now and then, a node that is killed and has no copies elsewhere forgets what it acknowledged
 * last: its own restart reads the commit log up to the last mark, and marks come every 100 ms.
 */
import { type CassandraOptions } from '@tapeline/cassandra';
import { type Bar, StoreError } from '@tapeline/domain';
import { createMetrics } from '@tapeline/runtime';
import { type CassandraCluster, findJava, isUnavailable, startCassandra } from '@tapeline/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { barAt, everything } from '../conformance/store-under-test.ts';
import { TestKeyspace } from './store-on-server.ts';

const java = await findJava().catch((error: unknown) => {
  if (isUnavailable(error)) return error;
  throw error;
});
const none = java instanceof Error ? java.message : undefined;
const symbols = 20;

/** Bars of one round, of many series. */
function roundOf(round: number): readonly Bar[] {
  return Array.from({ length: symbols }, (_, symbol) => barAt(round * 60, { symbol: `S${symbol}`, trades: round + 1 }));
}

/** Writes rounds until told to stop; answers those that were acknowledged. */
async function writeRounds(
  store: { writeBars(bars: readonly Bar[]): Promise<void> },
  isOver: () => boolean,
): Promise<{ acknowledged: number[]; refused: unknown[] }> {
  const acknowledged: number[] = [];
  const refused: unknown[] = [];
  for (let round = 0; round < 20_000 && !isOver(); round += 4) {
    const calls = [0, 1, 2, 3].map(async (place) =>
      store.writeBars(roundOf(round + place)).then(
        () => void acknowledged.push(round + place),
        (error: unknown) => void refused.push(error),
      ),
    );
    await Promise.all(calls);
  }
  return { acknowledged, refused };
}

describe.skipIf(none !== undefined)(`a node of our own (needs Java: ${none ?? 'there is one'})`, () => {
  let cluster: CassandraCluster;
  let keyspace: TestKeyspace;

  beforeAll(async () => {
    // Acknowledged after the commit log is on the disk. A mutation of more than 48 KiB is refused.
    const config = { commitlog_sync: 'batch', commitlog_sync_period: undefined, max_mutation_size: '48KiB' };
    cluster = await startCassandra({ nodes: 1, heapMb: 512, proxied: true, quickStart: true, config });
    keyspace = new TestKeyspace(cluster);
  }, 200_000);
  afterAll(async () => {
    await keyspace.end();
    await cluster.close();
  });

  const opened = async (
    changes: Partial<CassandraOptions> = {},
  ): Promise<Awaited<ReturnType<TestKeyspace['open']>>> => {
    const store = await keyspace.open(changes);
    await keyspace.cql('TRUNCATE {keyspace}.bars');
    return store;
  };

  const standing = async (store: Awaited<ReturnType<typeof opened>>): Promise<Map<string, number>> => {
    const found = new Map<string, number>();
    for (let symbol = 0; symbol < symbols; symbol += 1) {
      for (const bar of await store.bars({ ...everything, symbol: `S${symbol}`, limit: 50_000 })) {
        found.set(`${bar.symbol} ${bar.startSec / 60}`, bar.trades);
      }
    }
    return found;
  };

  test('batches that the node finds too large are split and all rows go through', async () => {
    const metrics = createMetrics({ ofProcess: false });
    const store = await opened({ metrics, batchBytesMax: 1_000_000 });
    const notional = 2n ** 4_000n;
    const bars = Array.from({ length: 500 }, (_, place) => barAt(place * 60, { notional }));
    await store.writeBars(bars);
    expect(await store.bars(everything)).toEqual(bars);
    expect(await metrics.text()).toMatch(/tapeline_store_batches_split_total [1-9]/);
  });

  test('kill -9 of the node under writes loses nothing that was acknowledged, and writes go on by themselves', async () => {
    const store = await opened({ retryForMs: 2_000 });
    const [node] = cluster.nodes;
    let over = false;
    const writing = writeRounds(store, () => over);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await node?.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await node?.start();
    over = true;
    const { acknowledged, refused } = await writing;
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject({ name: 'StoreError', code: 'STORE_UNAVAILABLE' });
    // The driver comes back to the node by itself.
    await expect
      .poll(
        async () =>
          store.writeBars(roundOf(30_000)).then(
            () => 'done',
            () => 'not yet',
          ),
        { timeout: 60_000 },
      )
      .toBe('done');
    const found = await standing(store);
    for (const round of [...acknowledged, 30_000]) {
      for (let symbol = 0; symbol < symbols; symbol += 1) expect(found.get(`S${symbol} ${round}`)).toBe(round + 1);
    }
  });

  test('a node that stands still for 5 s is waited for, and no row is lost or written twice', async () => {
    const store = await opened({ retryForMs: 15_000 });
    const [node] = cluster.nodes;
    let over = false;
    const writing = writeRounds(store, () => over);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await node?.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await node?.kill('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    over = true;
    const { acknowledged, refused } = await writing;
    expect(refused).toEqual([]);
    expect((await standing(store)).size).toBe(acknowledged.length * symbols);
  });

  test('answers that are lost after the write are tried again with the same timestamp: one row each', async () => {
    const metrics = createMetrics({ ofProcess: false });
    const store = await opened({ metrics, retryForMs: 30_000 });
    await store.writeBars(roundOf(0));
    const proxy = cluster.nodes[0]?.proxy;
    proxy?.set({ blackHole: 'toClient' });
    const written = store.writeBars(roundOf(1));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    proxy?.reset();
    await proxy?.heal();
    await written;
    expect(await store.bars({ ...everything, symbol: 'S0' })).toEqual([roundOf(0)[0], roundOf(1)[0]]);
    expect(await metrics.text()).toMatch(/tapeline_store_failures_total\{code="\w+"\} [1-9]/);
  });

  test('a node that never answers is told within a bound, and closing does not hang on it', async () => {
    const store = await keyspace.open({ retryForMs: 500 });
    const proxy = cluster.nodes[0]?.proxy;
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

  test('a slow node slows writers down, and they go through', async () => {
    const store = await opened();
    cluster.nodes[0]?.proxy?.set({ latencyMs: 300 });
    try {
      await store.writeBars(Array.from({ length: 3_000 }, (_, place) => barAt(place * 60)));
    } finally {
      await cluster.nodes[0]?.proxy?.heal();
    }
    expect(await store.bars({ ...everything, limit: 5_000 })).toHaveLength(3_000);
  });
});
