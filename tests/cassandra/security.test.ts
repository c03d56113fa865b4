/** A node that demands TLS and a login: with both it works, without either the start says what is missing. */
import { CassandraError, type CassandraOptions, openCassandraStore } from '@tapeline/cassandra';
import { createMetrics, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { type CassandraCluster, findJava, isUnavailable, startCassandra } from '@tapeline/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
    cluster = await startCassandra({ nodes: 1, heapMb: 512, quickStart: true, security: { tls: true, login: true } });
  }, 200_000);
  afterAll(async () => cluster.close());

  const options = (changes: Partial<CassandraOptions> = {}): CassandraOptions => ({
    contactPoints: cluster.contactPoints,
    localDataCenter: cluster.datacenter,
    keyspace: 'secured',
    createKeyspace: true,
    stream: 'test',
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    metrics: createMetrics({ ofProcess: false }),
    credentials: { username: cluster.login?.name ?? '', password: cluster.login?.password ?? '' },
    tls: { ca: cluster.certificates?.ca ?? '' },
    ...changes,
  });

  const failure = async (
    left: readonly (keyof CassandraOptions)[],
    changes: Partial<CassandraOptions> = {},
  ): Promise<CassandraError> => {
    const kept = Object.entries(options(changes)).filter(([name]) => !left.includes(name as keyof CassandraOptions));
    const error = await rejection(openCassandraStore(Object.fromEntries(kept) as CassandraOptions));
    expect(error).toBeInstanceOf(CassandraError);
    return error as CassandraError;
  };

  test('with authority, user and password bars are written and read', async () => {
    const store = await openCassandraStore(options());
    await store.writeBars([barAt(0)]);
    expect(await store.bars(everything)).toEqual([barAt(0)]);
    await store.close();
  });

  test('a wrong password, and none at all, are told as such', async () => {
    const wrong = await failure([], { credentials: { username: 'cassandra', password: 'no' } });
    expect(wrong).toMatchObject({ code: 'LOGIN_REFUSED' });
    expect(wrong.message).toMatch(/it refuses user 'cassandra'; check user and password/);
    expect(wrong.message).not.toContain("'no'");
    expect(await failure(['credentials'])).toMatchObject({ code: 'LOGIN_REFUSED' });
  });

  test('TLS that is missing, or an authority that is not known, is told as such', async () => {
    expect(await failure(['tls'])).toMatchObject({ code: 'TLS_MISMATCH' });
    const unknown = await failure([], { tls: {} });
    expect(unknown).toMatchObject({ code: 'TLS_MISMATCH' });
    expect(unknown.message).toMatch(/tls\.ca/);
    const name = await failure([], { tls: { ca: cluster.certificates?.ca ?? '', servername: 'other.example' } });
    expect(name).toMatchObject({ code: 'TLS_MISMATCH' });
  });
});
