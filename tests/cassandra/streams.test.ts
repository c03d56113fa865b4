/** The row of a stream: the first one who enters it is right, and what it names never changes. */
import type { StreamRow } from '@tapeline/cassandra';
import { cassandraForTests } from '@tapeline/testbed';
import { afterEach, describe, expect, test } from 'vitest';
import { rejection, TestKeyspace } from './store-on-server.ts';

const cassandra = await cassandraForTests();

function rowOf(basePartitions: number, ids: Readonly<Record<string, string>>): StreamRow {
  return { basePartitions, topicIds: new Map(Object.entries(ids)) };
}

describe.skipIf(cassandra.unavailable !== undefined)(
  `the row of a stream (needs a server: ${cassandra.unavailable ?? 'there is one'})`,
  () => {
    if (cassandra.unavailable !== undefined) return;
    const server = cassandra;
    let keyspace = new TestKeyspace(server);
    afterEach(async () => {
      await keyspace.end();
      keyspace = new TestKeyspace(server);
    });

    test('a new stream has none; what the first one enters holds for everybody who comes later', async () => {
      const store = await keyspace.open();
      expect(await store.stream()).toBeUndefined();
      const first = rowOf(4, { ticks: 'a', bars: 'b' });
      expect(await store.enterStream(first)).toEqual(first);
      expect(await store.enterStream(rowOf(9, { ticks: 'c' }))).toEqual(first);
      expect(await store.stream()).toEqual(first);
    });

    test('of many who enter it at once all hear the same', async () => {
      const stores = await Promise.all([1, 2, 3, 4].map(async () => keyspace.open()));
      const rows = await Promise.all(
        stores.map((store, at) => store.enterStream(rowOf(at + 1, { ticks: `id-${at}` }))),
      );
      expect(new Set(rows.map((row) => JSON.stringify([row.basePartitions, ...row.topicIds])))).toHaveProperty(
        'size',
        1,
      );
      expect(await stores[0]?.stream()).toEqual(rows[0]);
    });

    test('a topic is added once, and one that is named keeps its id', async () => {
      const store = await keyspace.open();
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
      const store = await keyspace.open();
      await keyspace.cql("INSERT INTO {keyspace}.streams (stream, base_partitions) VALUES ('test', 7)");
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
      await (await keyspace.open({ stream: 'other' })).enterStream(rowOf(1, {}));
      const error = await rejection((await keyspace.open()).stream());
      expect(error).toMatchObject({ code: 'STORE_UNFIT' });
      expect(error.message).toMatch(/holds stream other; give stream test a keyspace of its own$/);
    });
  },
);
