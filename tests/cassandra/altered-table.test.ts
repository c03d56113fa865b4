/** Tables that are altered while a store writes: nodes then forget what was prepared, and say so at the next write. */
import { expect, test } from 'vitest';
import { barAt, everything } from '../conformance/store-under-test.ts';
import { withKeyspaceForEach } from './keyspace-for-each.ts';

withKeyspaceForEach('with Cassandra', (rig) => {
  test('rows go on to a table that was altered meanwhile', async () => {
    const store = await rig().open();
    await store.writeBars([barAt(0)]);
    for (const table of ['bars', 'bar_revisions']) {
      await rig().cql(`ALTER TABLE {keyspace}.${table} ADD note text`);
    }
    await store.writeBars([barAt(1)]);
    expect(await store.bars(everything)).toEqual([barAt(0), barAt(1)]);
  });
});
