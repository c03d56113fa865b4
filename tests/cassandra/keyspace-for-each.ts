/**
 * Tests on a real server, each in a keyspace of its own. In: the tests. Out: a suite of them, passed over with what is
 * missing where there is no server. What a test opened is closed and taken away after it.
 */
import { cassandraForTests } from '@tapeline/testbed';
import { afterEach, describe } from 'vitest';
import { type ServerAddress, TestKeyspace } from './store-on-server.ts';

const cassandra = await cassandraForTests();

/** A suite; `rig` answers the keyspace of the test that runs, on `server`. */
export function withKeyspaceForEach(
  title: string,
  tests: (rig: () => TestKeyspace, server: ServerAddress) => void,
): void {
  const { unavailable } = cassandra;
  describe.skipIf(unavailable !== undefined)(`${title} (needs a server: ${unavailable ?? 'there is one'})`, () => {
    if (cassandra.unavailable !== undefined) return;
    const server = cassandra;
    let keyspace = new TestKeyspace(server);
    afterEach(async () => {
      await keyspace.end();
      keyspace = new TestKeyspace(server);
    });
    tests(() => keyspace, server);
  });
}
