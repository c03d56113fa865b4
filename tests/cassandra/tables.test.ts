/** Tables that do not fit, and migrations by many at once. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CassandraError, migrate } from '@tapeline/cassandra';
import { expect, test } from 'vitest';
import { barAt, everything } from '../conformance/store-under-test.ts';
import { withKeyspaceForEach } from './keyspace-for-each.ts';
import { keptLogger, rejection, type ServerAddress, TestKeyspace } from './store-on-server.ts';

const run = promisify(execFile);
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: 'USD', tickSize: 1 };

withKeyspaceForEach('with Cassandra', (rig, server) => {
  test('a keyspace may be named by a word that CQL reserves', async () => {
    const store = await rig().open({ keyspace: 'token' });
    try {
      await store.writeBars([barAt(0)]);
      expect(await store.bars(everything)).toEqual([barAt(0)]);
      await store.saveSnapshot(
        { partition: 0, nextOffset: 1, bytes: new Uint8Array(9) },
        await store.claimSnapshots(0),
      );
      await store.writeInstruments([{ dataset: 'd', symbol: 'A', terms }]);
      expect(await store.instrumentsNamed('A')).toEqual([{ dataset: 'd', symbol: 'A', terms }]);
    } finally {
      await rig().cql('DROP KEYSPACE "token"');
    }
  });

  test('a column that was dropped refuses the start and names the column', async () => {
    await (await rig().open()).close();
    await rig().cql('ALTER TABLE {keyspace}.bars DROP volume');
    const { code, message } = await startFailure(rig());
    expect(code).toBe('STORE_UNFIT');
    expect(message).toContain(`column ${rig().keyspace}.bars.volume (varint) is missing`);
  });

  test('a column that is dropped while running is STORE_UNFIT with its name, for writes and reads', async () => {
    const store = await rig().open({ retryForMs: 500 });
    await store.writeBars([barAt(0)]);
    await rig().cql('ALTER TABLE {keyspace}.bars DROP volume');
    for (const call of [async () => store.writeBars([barAt(60)]), async () => store.bars(everything)]) {
      const error = await rejection(call());
      expect(error).toMatchObject({ code: 'STORE_UNFIT' });
      expect(error.message).toContain('bars.volume (varint) is missing');
    }
    await rig().cql('DROP TABLE {keyspace}.snapshot_parts');
    const claim = await store.claimSnapshots(0);
    const lost = await rejection(store.saveSnapshot({ partition: 0, nextOffset: 1, bytes: new Uint8Array(9) }, claim));
    expect(lost).toMatchObject({ code: 'STORE_UNFIT' });
  });

  starts(server, rig);
  startsAtOnce(server, rig);
});

function starts(server: ServerAddress, rig: () => TestKeyspace): void {
  test('tables that were never made, and a keyspace that is not there, are told with the remedy', async () => {
    const none = await startFailure(rig(), { createKeyspace: false });
    expect(none.code).toBe('KEYSPACE_MISSING');
    expect(none.message).toContain(rig().keyspace);
    const without = await startFailure(rig(), { migrate: false });
    expect(without).toMatchObject({ code: 'STORE_UNFIT' });
    expect(without.message).toMatch(/lacks migration 1, 2, 3, 4; run the migration first/);
  });

  test('a migration whose text is another one than was applied is refused', async () => {
    await (await rig().open()).close();
    await rig().cql("UPDATE {keyspace}.schema_migrations SET checksum = 'other' WHERE id = 1");
    const { code, message } = await startFailure(rig());
    expect(code).toBe('STORE_UNFIT');
    expect(message).toMatch(/migration 1 \(tables\) .* was applied with another text/);
    await expect(migrate(rig().options())).rejects.toMatchObject({ code: 'STORE_UNFIT' });
  });

  test('tables of a newer version that only adds are accepted', async () => {
    await (await rig().open()).close();
    await rig().cql("INSERT INTO {keyspace}.schema_migrations (id, name, checksum) VALUES (1000, 'more', 'x')");
    await rig().cql('ALTER TABLE {keyspace}.bars ADD quality text');
    const store = await rig().open();
    await store.writeBars([barAt(0)]);
    expect(await store.bars(everything)).toEqual([barAt(0)]);
  });

  test('copies other than asked for are told and not altered', async () => {
    await (await rig().open({ replication: { [server.datacenter]: 1 } })).close();
    const logger = keptLogger();
    await (await rig().open({ replication: { [server.datacenter]: 3 }, logger })).close();
    expect(logger.lines.join()).toMatch(/other copies than asked for/);
    const [row] = await rig().cql("SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = '{keyspace}'");
    expect(JSON.stringify(row)).toContain(`"${server.datacenter}":"1"`);
  });

  test('starts that cannot succeed say why within ten seconds', async () => {
    const wrong = await startFailure(rig(), { localDataCenter: 'nowhere' });
    expect(wrong).toMatchObject({ code: 'DATACENTER_UNKNOWN' });
    expect(wrong.message).toContain(`in data centre 'nowhere'; name one of ${server.datacenter}`);
    const nobody = await startFailure(rig(), { contactPoints: ['127.0.0.1:1'] });
    expect(nobody).toMatchObject({ code: 'NOT_REACHABLE' });
    expect(nobody.message).toMatch(/not reachable at 127\.0\.0\.1:1 .*ECONNREFUSED/);
    const tls = await startFailure(rig(), { tls: {} });
    expect(tls).toMatchObject({ code: 'TLS_MISMATCH' });
    for (const changes of [
      { contactPoints: [] },
      { contactPoints: ['a:1', 'b:2'] },
      { contactPoints: ['a:x'] },
      { keyspace: 'No-Name' },
      { tls: { key: 'k' } },
      { stream: '' },
      { revisionTtlSec: -1 },
    ]) {
      expect(await startFailure(rig(), changes)).toMatchObject({ code: 'BAD_OPTION' });
    }
  });
}

function startsAtOnce(server: ServerAddress, rig: () => TestKeyspace): void {
  test('three processes that migrate at once leave each migration applied once', async () => {
    const script = new URL('migrating-process.ts', import.meta.url).pathname;
    const args = ['--conditions=source', script, server.contactPoints[0] ?? '', server.datacenter, rig().keyspace];
    const outputs = await Promise.all([1, 2, 3].map(async () => run(process.execPath, args, { timeout: 120_000 })));
    const applied = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
    expect(applied).toEqual([1, 2, 3, 4]);
    const rows = await rig().cql('SELECT id FROM {keyspace}.schema_migrations');
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([1, 2, 3, 4]));
    expect(await rig().cql('SELECT owner FROM {keyspace}.schema_lock')).toEqual([]);
    expect(await migrate(rig().options())).toEqual({ applied: [] });
  });

  test('six starters at once on a new keyspace all come up', async () => {
    for (let round = 0; round < 3; round += 1) {
      const own = new TestKeyspace(server);
      try {
        const stores = await Promise.all(Array.from({ length: 6 }, async () => own.open()));
        await stores[0]?.writeBars([barAt(0)]);
        for (const store of stores) expect(await store.bars(everything)).toEqual([barAt(0)]);
        expect(await own.cql('SELECT owner FROM {keyspace}.schema_lock')).toEqual([]);
      } finally {
        await own.end();
      }
    }
  });

  test('the tables that are made without a lock have ids that every node would give them, and each keyspace its own', async () => {
    const other = new TestKeyspace(server);
    try {
      const ids = async (of: TestKeyspace): Promise<string[]> => {
        const rows = await of.cql("SELECT table_name, id FROM system_schema.tables WHERE keyspace_name = '{keyspace}'");
        const made = rows.filter(({ table_name: name }) => name === 'schema_lock' || name === 'schema_migrations');
        return made.map(({ id }) => String(id));
      };
      await rig().open();
      const first = await ids(rig());
      await rig().cql('DROP KEYSPACE {keyspace}');
      await rig().open();
      await other.open();
      expect(await ids(rig())).toEqual(first);
      expect(new Set([...first, ...(await ids(other))]).size).toBe(4);
    } finally {
      await other.end();
    }
  });
}

async function startFailure(
  rig: TestKeyspace,
  changes: Parameters<TestKeyspace['open']>[0] = {},
): Promise<CassandraError> {
  const error = await rejection(rig.open(changes));
  expect(error).toBeInstanceOf(CassandraError);
  return error as CassandraError;
}
