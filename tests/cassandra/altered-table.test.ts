/** Tables that are altered while a store writes: nodes then forget what was prepared, and say so at the next write. */
import { cassandraForTests } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import { barAt, everything } from '../conformance/store-under-test.ts';
import { TestKeyspace } from './store-on-server.ts';

const cassandra = await cassandraForTests();

describe.skipIf(cassandra.unavailable !== undefined)(
  `with Cassandra (needs a server: ${cassandra.unavailable ?? 'there is one'})`,
  () => {
    if (cassandra.unavailable !== undefined) return;
    const keyspace = new TestKeyspace(cassandra);
    afterAll(async () => keyspace.end());

    test('rows go on to a table that was altered meanwhile', async () => {
      const store = await keyspace.open();
      await store.writeBars([barAt(0)]);
      for (const table of ['bars', 'bar_revisions']) {
        await keyspace.cql(`ALTER TABLE {keyspace}.${table} ADD note text`);
      }
      await store.writeBars([barAt(1)]);
      expect(await store.bars(everything)).toEqual([barAt(0), barAt(1)]);
    });
  },
);
