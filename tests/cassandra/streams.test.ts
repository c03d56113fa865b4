/** The row of a stream: the first one who enters it is right, and what it names never changes. */
import type { StreamRow } from '@tapeline/cassandra';
import { expect, test } from 'vitest';
import { withKeyspaceForEach } from './keyspace-for-each.ts';
import { rejection } from './store-on-server.ts';

function rowOf(basePartitions: number, ids: Readonly<Record<string, string>>): StreamRow {
  return { basePartitions, topicIds: new Map(Object.entries(ids)) };
}

withKeyspaceForEach('the row of a stream', (rig) => {
  test('a new stream has none; what the first one enters holds for everybody who comes later', async () => {
    const store = await rig().open();
    expect(await store.stream()).toBeUndefined();
    const first = rowOf(4, { ticks: 'a', bars: 'b' });
    expect(await store.enterStream(first)).toEqual(first);
    expect(await store.enterStream(rowOf(9, { ticks: 'c' }))).toEqual(first);
    expect(await store.stream()).toEqual(first);
  });

  test('of many who enter it at once all hear the same', async () => {
    const stores = await Promise.all([1, 2, 3, 4].map(async () => rig().open()));
    const rows = await Promise.all(stores.map((store, at) => store.enterStream(rowOf(at + 1, { ticks: `id-${at}` }))));
    expect(new Set(rows.map((row) => JSON.stringify([row.basePartitions, ...row.topicIds])))).toHaveProperty('size', 1);
    expect(await stores[0]?.stream()).toEqual(rows[0]);
  });

  test('a topic is added once, and one that is named keeps its id', async () => {
    const store = await rig().open();
    const known = await store.enterStream(rowOf(4, { ticks: 'a' }));
    const more = rowOf(4, { ticks: 'a', control: 'c', bars: 'b' });
    expect(await store.addStreamTopics(known, new Map([...more.topicIds].slice(1)))).toEqual(more);
    // Somebody who read the row before adds the same kind at the same time.
    expect(await store.addStreamTopics(known, new Map([['control', 'other']]))).toEqual(
      rowOf(4, { ticks: 'a', control: 'c' }),
    );
    expect(await store.stream()).toEqual(more);
  });

  test('a row of the version before has no ids, and gets those that are entered first', async () => {
    const store = await rig().open();
    await rig().cql("INSERT INTO {keyspace}.streams (stream, base_partitions) VALUES ('test', 7)");
    const old = rowOf(7, {});
    expect(await store.stream()).toEqual(old);
    const [left, right] = await Promise.all([
      store.addStreamTopics(old, new Map([['ticks', 'a']])),
      store.addStreamTopics(old, new Map([['ticks', 'b']])),
    ]);
    expect(left).toEqual(right);
    expect(await store.stream()).toEqual(left);
  });

  test('a keyspace of another stream is refused by its name', async () => {
    await (await rig().open({ stream: 'other' })).enterStream(rowOf(1, {}));
    const error = await rejection((await rig().open()).stream());
    expect(error).toMatchObject({ code: 'STORE_UNFIT' });
    expect(error.message).toMatch(/holds stream other; give stream test a keyspace of its own$/);
  });
});
