/** Every store that we have passes the one suite of the seam `Store`. */
import { SimulatedStore } from '@tapeline/simulation';
import { cassandraForTests } from '@tapeline/testbed';
import { afterAll, describe } from 'vitest';
import { CassandraKeyspace } from './cassandra-keyspace.ts';
import { EmbeddedDirectory } from './embedded-directory.ts';
import { storeSuite } from './store-suite.ts';

const cassandra = await cassandraForTests();

storeSuite('the embedded store', false, async () => {
  const directory = new EmbeddedDirectory();
  return {
    store: (await directory.open()).store,
    reopen: async () => (await directory.open()).store,
    end: async () => directory.end(),
  };
});

storeSuite('the simulated store', true, async () => {
  let opened = new SimulatedStore();
  return {
    store: opened,
    reopen: async () => {
      await opened.close();
      opened = opened.reopened();
      return opened;
    },
    end: async () => opened.close(),
  };
});

describe.skipIf(cassandra.unavailable !== undefined)(
  `on a server (needs one: ${cassandra.unavailable ?? 'there is one'})`,
  () => {
    if (cassandra.unavailable !== undefined) return;
    const { contactPoints, datacenter } = cassandra;
    let keyspace: CassandraKeyspace | undefined;
    afterAll(async () => keyspace?.end());
    storeSuite('the Cassandra store', true, async () => {
      keyspace ??= new CassandraKeyspace(contactPoints, datacenter);
      const used = keyspace;
      await used.empty();
      return { store: await used.open(), reopen: async () => used.open(), end: async () => used.close() };
    });
  },
);
