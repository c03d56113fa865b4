/**
 * A node that demands TLS and a login: with both it works, without either the start says what is missing, and a session that
 * has worked waits for a login that is refused.
 */
import { CassandraError, type CassandraOptions, openCassandraStore } from '@tapeline/cassandra';
import { StoreError } from '@tapeline/domain';
import { createMetrics, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { type CassandraCluster, findJava, isUnavailable, startCassandra } from '@tapeline/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CqlShell } from '../../packages/adapters/cassandra/test-kit/cql-shell.ts';
import { barAt, everything } from '../conformance/store-under-test.ts';
import { rejection } from './store-on-server.ts';

const java = await findJava().catch((error: unknown) => {
  if (isUnavailable(error)) return error;
  throw error;
});
const none = java instanceof Error ? java.message : undefined;

describe.skipIf(none !== undefined)(`a node of our own (needs Java: ${none ?? 'there is one'})`, () => {
  let cluster: CassandraCluster;
  beforeAll(async () => {
    cluster = await startCassandra({
      nodes: 1,
      heapMb: 512,
      quickStart: true,
      proxied: true,
      security: { tls: true, login: true },
    });
  }, 200_000);
  afterAll(async () => cluster.close());

  test('with authority, user and password bars are written and read', async () => {
    const store = await openCassandraStore(options(cluster));
    await store.writeBars([barAt(0)]);
    expect(await store.bars(everything)).toEqual([barAt(0)]);
    await store.close();
  });

  test('a wrong password, and none at all, are told as such', async () => {
    const wrong = await failure(cluster, [], { credentials: { username: 'cassandra', password: 'no' } });
    expect(wrong).toMatchObject({ code: 'LOGIN_REFUSED' });
    expect(wrong.message).toMatch(/it refuses user 'cassandra'; check user and password/);
    expect(wrong.message).not.toContain("'no'");
    expect(await failure(cluster, ['credentials'])).toMatchObject({ code: 'LOGIN_REFUSED' });
  });

  inUse(() => cluster);

  test('TLS that is missing, or an authority that is not known, is told as such', async () => {
    expect(await failure(cluster, ['tls'])).toMatchObject({ code: 'TLS_MISMATCH' });
    const unknown = await failure(cluster, [], { tls: {} });
    expect(unknown).toMatchObject({ code: 'TLS_MISMATCH' });
    expect(unknown.message).toMatch(/tls\.ca/);
    const name = await failure(cluster, [], {
      tls: { ca: cluster.certificates?.ca ?? '', servername: 'other.example' },
    });
    expect(name).toMatchObject({ code: 'TLS_MISMATCH' });
  });
});

function inUse(rig: () => CassandraCluster): void {
  test('a session that has worked waits until its login is taken again and may do what it could, a new one is refused at once', async () => {
    const { contactPoints, datacenter: localDataCenter, certificates, login } = rig();
    const admin = { username: login?.name ?? '', password: login?.password ?? '' };
    const shell = new CqlShell({ contactPoints, localDataCenter, login: admin, ca: certificates?.ca ?? '' });
    // The node keeps for two seconds what it knows of roles.
    const change = async (statement: string): Promise<void> => {
      await shell.run(statement);
      await systemClock.sleep(2_500);
    };
    await (await openCassandraStore(options(rig()))).close();
    await shell.run("CREATE ROLE guest WITH PASSWORD = 'guest' AND LOGIN = true");
    await change('GRANT ALL ON KEYSPACE secured TO guest');
    const credentials = { username: 'guest', password: 'guest' };
    const store = await openCassandraStore(options(rig(), { credentials, retryForMs: 500 }));
    const write = async (): Promise<string> => store.writeBars([barAt(60)]).then(() => 'written', codeOf);
    const read = async (): Promise<string> => store.bars(everything).then(() => 'read', codeOf);
    try {
      expect(await write()).toBe('written');
      await change('REVOKE ALL ON KEYSPACE secured FROM guest');
      expect([await write(), await read()]).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
      expect(await failure(rig(), [], { credentials })).toMatchObject({ code: 'STORE_UNFIT' });
      await change('GRANT ALL ON KEYSPACE secured TO guest');
      expect([await write(), await read()]).toEqual(['written', 'read']);
      await change('ALTER ROLE guest WITH LOGIN = false');
      rig().nodes[0]?.proxy?.reset();
      await expect.poll(write, { timeout: 30_000 }).toBe('STORE_UNAVAILABLE');
      expect(await read()).toBe('STORE_UNAVAILABLE');
      expect(await failure(rig(), [], { credentials })).toMatchObject({ code: 'LOGIN_REFUSED' });
      await change('ALTER ROLE guest WITH LOGIN = true');
      await expect.poll(write, { timeout: 30_000 }).toBe('written');
    } finally {
      await store.close();
      await shell.close();
    }
  });
}

function codeOf(error: unknown): string {
  return error instanceof StoreError ? error.code : String(error);
}

function options(cluster: CassandraCluster, changes: Partial<CassandraOptions> = {}): CassandraOptions {
  const { contactPoints, datacenter: localDataCenter, certificates, login } = cluster;
  return {
    contactPoints,
    localDataCenter,
    keyspace: 'secured',
    createKeyspace: true,
    stream: 'test',
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    metrics: createMetrics({ ofProcess: false }),
    credentials: { username: login?.name ?? '', password: login?.password ?? '' },
    tls: { ca: certificates?.ca ?? '' },
    ...changes,
  };
}

/** Why a store does not open with these options, without those that are left away. */
async function failure(
  cluster: CassandraCluster,
  left: readonly (keyof CassandraOptions)[],
  changes: Partial<CassandraOptions> = {},
): Promise<CassandraError> {
  const all = Object.entries(options(cluster, changes));
  const kept = all.filter(([name]) => !left.includes(name as keyof CassandraOptions));
  const error = await rejection(openCassandraStore(Object.fromEntries(kept) as CassandraOptions));
  expect(error).toBeInstanceOf(CassandraError);
  return error as CassandraError;
}
