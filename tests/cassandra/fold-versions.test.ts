/**
 * Two versions of the fold side by side write other numbers for the same bars. Every row is of one of them, the higher one;
 * with the guard off, both at one timestamp, cells mix, which shows that the test would see it.
 */
import type { Bar } from '@tapeline/domain';
import { Random } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { barAt, everything } from '../conformance/store-under-test.ts';
import { withKeyspaceForEach } from './keyspace-for-each.ts';
import type { TestKeyspace } from './store-on-server.ts';

const barsCount = 200;

/** What a version makes of a bar: one is higher in some columns, the other in others. */
function barOf(foldVersion: number, place: number, revision: number): Bar {
  const odd = foldVersion % 2;
  return barAt(place * 60, {
    foldVersion,
    revision,
    open: 1_000 + odd * 10,
    high: 2_000 - odd * 10,
    low: 500 + odd,
    close: 1_500 - odd * 7,
    volume: BigInt(100 + odd * 1_000 + revision),
    notional: BigInt(90_000 - odd * 1_000),
    trades: 10 - odd + revision,
    position: { partition: odd, epoch: 2 - odd, offset: revision },
  });
}

withKeyspaceForEach('with Cassandra', (rig) => {
  test('two fold versions that write the same bars at once mix no rows: the higher one stands in every cell', async () => {
    const stores = [await rig().open(), await rig().open()] as const;
    const random = new Random(21);
    const writes = [1, 2].flatMap((foldVersion) =>
      Array.from({ length: barsCount }, (_, place) =>
        [1, 2, 9].map((revision) => barOf(foldVersion, place, revision)),
      ).flat(),
    );
    const shuffled = random.shuffle(writes);
    const calls: Promise<void>[] = [];
    for (let next = 0; next < shuffled.length; next += 7) {
      const part = shuffled.slice(next, next + 7);
      for (const [place, store] of stores.entries()) {
        calls.push(store.writeBars(part.filter(({ foldVersion }) => foldVersion === place + 1)));
      }
    }
    await Promise.all(calls);
    const expected = Array.from({ length: barsCount }, (_, place) => barOf(2, place, 9));
    expect(await stores[0].bars(everything)).toEqual(expected);
    const times = await rig().cql(
      'SELECT writetime(open), writetime(ends), writetime(volume), writetime(revision) FROM {keyspace}.bars',
    );
    for (const row of times) expect(new Set(Object.values(row)).size).toBe(1);
    // The history has them all.
    expect(await rig().cql('SELECT revision FROM {keyspace}.bar_revisions')).toHaveLength(barsCount * 6);
  });

  test('with the guard off, at equal timestamps, the same two versions do mix', async () => {
    const store = await rig().open();
    const [one, two] = [barOf(1, 0, 9), barOf(2, 0, 9)];
    await store.writeBars([one]);
    const [row] = await rig().cql('SELECT writetime(open) AS at FROM {keyspace}.bars');
    await rig().cql(
      `INSERT INTO {keyspace}.bars (dataset, symbol, profile, interval, bucket, start, open, high, low, close, fold_version)
     VALUES ('d', 'SPY', 'all', '1m', 197001, 0, ${two.open}, ${two.high}, ${two.low}, ${two.close}, 2) USING TIMESTAMP ${String(row?.['at'])}`,
    );
    const [mixed] = await store.bars(everything);
    expect(mixed).toMatchObject({ foldVersion: 2, open: one.open, high: two.high });
    expect(one.open).not.toBe(two.open);
  });

  test('prices that a later revision takes away are gone, and leave no tombstone', async () => {
    const store = await rig().open();
    const without = barAt(0, { revision: 2, open: null, high: null, low: null, close: null, trades: 0 });
    await store.writeBars([barAt(0, { revision: 1 })]);
    await store.writeBars([without]);
    expect(await store.bars(everything)).toEqual([without]);
    const [row] = await rig().cql('SELECT open, writetime(open) AS at FROM {keyspace}.bars');
    expect(row).toMatchObject({ open: null });
    expect(row?.['at']).not.toBeNull();
  });

  edges(rig);
});

function edges(rig: () => TestKeyspace): void {
  test('a bar beyond the write timestamp is refused with STORE_UNFIT, and nothing of the call is written', async () => {
    const store = await rig().open();
    for (const beyond of [{ revision: 2 ** 36 }, { foldVersion: 256 }, { startSec: 9_000_000_000 }]) {
      await expect(store.writeBars([barAt(0), barAt(60, beyond)])).rejects.toMatchObject({ code: 'STORE_UNFIT' });
    }
    expect(await store.bars(everything)).toEqual([]);
  });

  test('a sparse history of many years is found without reading empty buckets, in both directions', async () => {
    const store = await rig().open();
    const starts = [-2_000_000_000, -5, 0, 86_399, 86_400, 1_000_000_000, 1_000_000_001, 7_000_000_000];
    const bars = starts.map((startSec) => barAt(startSec, { interval: '1s', endSec: startSec + 1 }));
    await store.writeBars(bars);
    const all = { ...everything, interval: '1s' };
    expect(await store.bars(all)).toEqual(bars);
    expect(await store.bars({ ...all, newestFirst: true })).toEqual([...bars].reverse());
    expect(await store.bars({ ...all, newestFirst: true, limit: 3 })).toEqual([...bars].reverse().slice(0, 3));
    expect(await store.bars({ ...all, startSec: -5, endSec: 86_400 })).toEqual(bars.slice(1, 4));
  });
}
