/**
 * Every condition of a TickStore and every reason of it, told by the whole operator on a real API server and Cassandra: one of the
 * run, and one of two nodes of its own whose nodes die. There operators die at each change of copies, too.
 */
import { type KubeObject, kubeTypes } from '@tapeline/kubernetes';
import { storeReasons, tickStoreType, tickStreamType } from '@tapeline/operator';
import { type CassandraCluster, startCassandra } from '@tapeline/testbed';
import { afterAll, describe, expect, test } from 'vitest';
import { CqlShell } from '../../packages/adapters/cassandra/test-kit/cql-shell.ts';
import { pause } from '../faults/rig/until.ts';
import { isOfNow, type Spec } from './rig/market.ts';
import { untilOneLives } from './rig/mortal-operators.ts';
import { namespace, operatorName } from './rig/operator-cluster.ts';
import { letInBefore } from './rig/older-definitions.ts';
import { reasonsOf, ToldReasons } from './rig/told-reasons.ts';
import { startWholeOperator, type WholeOperator } from './rig/whole-operator.ts';

const whole = await startWholeOperator({
  before: async ({ place, market }) => {
    const older = market.store('older', { tables: [{ name: 'bars', ttl: 'soon' }] });
    await letInBefore(place, (object) => market.put(object), [older]);
  },
});
const own: { told?: ToldReasons; cassandra?: CassandraCluster; cql?: CqlShell } = {};

function operator(): WholeOperator {
  if (whole.unavailable !== undefined) throw new Error(whole.unavailable);
  return whole;
}

async function changed(name: string, spec: Spec): Promise<void> {
  await operator().market.change(tickStoreType, name, { spec });
}

async function told(name: string, ...wanted: readonly string[]): Promise<number> {
  return operator().market.tells(tickStoreType, name, wanted, 120_000);
}

/** The three conditions that a cluster which cannot be used has all. */
function everywhere(reason: string): readonly string[] {
  return ['Ready', 'Degraded', 'SchemaAgreed', 'ReplicationConsistent', 'SchemaApplied'].map(
    (type) => `${type} ${reason}`,
  );
}

function serversOf(object: KubeObject): { readonly contactPoints: readonly string[]; readonly datacenter: string } {
  const { cassandra } = object['spec'] as { cassandra: { contactPoints: readonly string[]; datacenter: string } };
  return cassandra;
}

describe.skipIf(whole.unavailable !== undefined)(
  `conditions of stores (needs Kubernetes, Kafka and Cassandra: ${whole.unavailable ?? 'there are all three'})`,
  () => {
    if (whole.unavailable === undefined) own.told = new ToldReasons(whole.place.api, tickStoreType, namespace);
    afterAll(async () => {
      await own.told?.end();
      await operator().end();
      await own.cql?.close();
      await own.cassandra?.close();
    });
    fromNothingToWork();
    ofTables();
    ofAccess();
    ofDeletion();
    ofTwoNodes();
    theEnd();
  },
);

function fromNothingToWork(): void {
  test('a paused store is only looked at, and then made', async () => {
    const { market } = operator();
    await market.put(market.store('main', { paused: true }));
    await told(
      'main',
      'Paused PausedBySpec',
      'Ready KeyspaceMissing',
      'ReplicationConsistent KeyspaceMissing',
      'SchemaApplied KeyspaceMissing',
    );
    await changed('main', { paused: false });
    await told('main', 'Ready Working', 'Progressing Settled', 'Degraded AsExpected', 'Paused NotPaused');
    await told('main', 'SchemaAgreed NodesAgree', 'ReplicationConsistent AsDeclared', 'SchemaApplied Applied');
  });

  test('an object that an older definition let in is told what is wrong with it', async () => {
    await told('older', 'Ready InvalidSpec', 'Degraded InvalidSpec');
  });

  test('more copies than nodes are refused, before a keyspace is made and after', async () => {
    const { market } = operator();
    const { datacenter } = serversOf(market.store('main'));
    await changed('main', { replication: { [datacenter]: 9 } });
    await told(
      'main',
      'ReplicationConsistent TooFewNodes',
      'Degraded TooFewNodes',
      'Ready Working',
      'Progressing Waiting',
    );
    await changed('main', { replication: { [datacenter]: 1 } });
    await told('main', 'Degraded AsExpected');
    await market.put(market.store('large', { replication: { [datacenter]: 9 } }));
    await told('large', 'Ready TooFewNodes');
  });
}

function ofTables(): void {
  test('a setting is changed, and one that Cassandra refuses stays told drift', async () => {
    await changed('main', { tables: [{ name: 'bars', ttl: '30d' }] });
    await told('main', 'SchemaApplied Applied', 'Progressing Settled');
    const compaction = { class: 'LeveledCompactionStrategy', options: { nonsense: '1' } };
    await changed('main', { tables: [{ name: 'bars', compaction }] });
    await told('main', 'SchemaApplied DriftStays', 'Degraded DriftStays', 'Ready Working');
    await changed('main', { tables: null });
    await told('main', 'SchemaApplied Applied', 'Degraded AsExpected');
  });

  test('tables of another version, and tables that were taken away, are told and never mended in silence', async () => {
    const { market } = operator();
    const keyspace = market.nameOf('main');
    const [row] = await market.cql.run(`SELECT checksum FROM ${keyspace}.schema_migrations WHERE id = 1`);
    const put = async (checksum: unknown): Promise<unknown> =>
      market.cql.run(`UPDATE ${keyspace}.schema_migrations SET checksum = ? WHERE id = 1`, [checksum]);
    await put('of another text');
    await market.poke(tickStoreType, 'main');
    await told('main', 'Ready MigrationRefused', 'Degraded MigrationRefused', 'SchemaApplied MigrationRefused');
    await put(row?.['checksum']);
    await market.cql.run(`DROP TABLE ${keyspace}.bar_buckets`);
    await market.poke(tickStoreType, 'main');
    await told('main', 'Ready TablesUnfit', 'Degraded TablesUnfit', 'SchemaApplied TablesUnfit');
  });

  test('a book of migrations that cannot be read is an error of Cassandra', async () => {
    const { market } = operator();
    const { datacenter } = serversOf(market.store('odd'));
    const keyspace = market.nameOf('odd');
    await market.cql.run(
      `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${datacenter}': 1}`,
    );
    await market.cql.run(`CREATE TABLE ${keyspace}.schema_migrations (name text PRIMARY KEY)`);
    await market.put(market.store('odd'));
    await told('odd', ...everywhere('CassandraFailed'));
  });
}

function ofAccess(): void {
  test('what keeps it from the cluster is told by its kind', async () => {
    const { market, place } = operator();
    const servers = serversOf(market.store('far'));
    const login = { username: 'ada', passwordSecretRef: { name: 'cassandra-login' } };
    await market.put(market.store('far', { cassandra: { ...servers, login } }));
    await told('far', ...everywhere('SecretMissing'));
    const data = { password: Buffer.from('of the sea').toString('base64') };
    const metadata = { namespace, name: 'cassandra-login' };
    await place.api.create(kubeTypes.secret, { apiVersion: 'v1', kind: 'Secret', metadata, data });
    await changed('far', { cassandra: { ...servers, contactPoints: ['127.0.0.1:1'] } });
    await told('far', ...everywhere('CassandraUnreachable'));
    await changed('far', { cassandra: { ...servers, tls: {} } });
    await told('far', ...everywhere('CassandraRefused'));
    await changed('far', {
      cassandra: { ...servers, tls: null, datacenter: 'elsewhere' },
      replication: { elsewhere: 1 },
    });
    await told('far', ...everywhere('DatacenterUnknown'));
  });

  test('a keyspace is that of the store that was there first', async () => {
    const { market } = operator();
    await market.put(market.store('late', { keyspace: market.nameOf('main') }));
    await told('late', ...everywhere('KeyspaceInUse'));
  });
}

function ofDeletion(): void {
  test('a store goes after its stream, and takes its keyspace along', async () => {
    const { market } = operator();
    await market.put(market.store('goes', { deletionPolicy: 'Delete' }));
    await market.put(market.stream('goes', { paused: true }));
    await told('goes', 'Ready Working');
    await market.delete(tickStoreType, 'goes');
    await told('goes', 'Ready Deleting', 'Degraded DeletionBlocked', 'Progressing Waiting');
    await market.delete(tickStreamType, 'goes');
    await market.isGone(tickStoreType, 'goes');
    const found = 'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?';
    expect(await market.cql.run(found, [market.nameOf('goes')])).toEqual([]);
  });
}

/** Copies that the keyspace of `pair` has. */
async function copiesOfPair(): Promise<number> {
  const found = 'SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?';
  const [row] = (await own.cql?.run(found, [operator().market.nameOf('pair')])) ?? [];
  const replication = row?.['replication'] as Readonly<Record<string, string>> | undefined;
  return Number(replication?.[own.cassandra?.datacenter ?? '']);
}

async function declareCopies(copies: number): Promise<void> {
  await changed('pair', { replication: { [own.cassandra?.datacenter ?? '']: copies } });
}

/** Says that the repair was done which the status asks for. */
async function repaired(): Promise<void> {
  const { status } = (await operator().market.get(tickStoreType, 'pair')) as unknown as {
    status: { repair: { token: string } };
  };
  const annotations = { 'tapeline.dev/repaired': status.repair.token };
  await operator().market.change(tickStoreType, 'pair', { metadata: { annotations } });
}

/** Operators that die at each change until one lives to see this told of `pair`; what they died at. */
async function diedUntil(wanted: string): Promise<readonly string[]> {
  const { market, place } = operator();
  return untilOneLives(place, 'pair', async (process) => {
    for (const beganMs = performance.now(); performance.now() - beganMs < 120_000; await pause(50)) {
      if (!process.child.isRunning) return false;
      const object = await market.get(tickStoreType, 'pair');
      // One that leads and lives for a while has nothing left to change.
      if (!isOfNow(object) || !reasonsOf(object).has(wanted) || !(await process.isLeading())) continue;
      await pause(3_000);
      return process.child.isRunning;
    }
    throw new Error(`nobody tells ${wanted}:\n${process.child.text().slice(-3_000)}`);
  });
}

function ofTwoNodes(): void {
  test('copies come and go with a repair between, each asked for until somebody says that it was done', async () => {
    const { market } = operator();
    own.cassandra = await startCassandra({ nodes: 2, heapMb: 384, quickStart: true });
    const { contactPoints, datacenter } = own.cassandra;
    own.cql = new CqlShell({ contactPoints: contactPoints.slice(0, 1), localDataCenter: datacenter });
    const cassandra = { contactPoints: contactPoints.slice(0, 1), datacenter };
    await market.put(market.store('pair', { cassandra, replication: { [datacenter]: 1 } }));
    await told('pair', 'Ready Working');
    await declareCopies(2);
    await told('pair', 'ReplicationConsistent RepairNeeded', 'Degraded RepairNeeded', 'Ready Working');
    expect(await copiesOfPair()).toBe(2);
    await repaired();
    await told('pair', 'ReplicationConsistent AsDeclared', 'Degraded AsExpected');
    await declareCopies(1);
    await told('pair', 'ReplicationConsistent RepairNeeded', 'Degraded RepairNeeded', 'Ready Working');
    expect(await copiesOfPair()).toBe(2);
    await repaired();
    await told('pair', 'ReplicationConsistent AsDeclared', 'Degraded AsExpected');
    expect(await copiesOfPair()).toBe(1);
  });

  test('SIGKILL at every change of copies: each is made, none without its repair', async () => {
    const { operator: first, another } = operator();
    await first.child.kill('SIGTERM');
    await declareCopies(2);
    const up = await diedUntil('ReplicationConsistent RepairNeeded');
    expect(await copiesOfPair()).toBe(2);
    await repaired();
    await diedUntil('ReplicationConsistent AsDeclared');
    await declareCopies(1);
    await diedUntil('ReplicationConsistent RepairNeeded');
    expect(await copiesOfPair()).toBe(2);
    await repaired();
    const down = await diedUntil('ReplicationConsistent AsDeclared');
    expect(await copiesOfPair()).toBe(1);
    process.stdout.write(`deaths: up ${up.join(', ')}; down ${down.join(', ')}\n`);
    expect([up, down].map((died) => died.includes('set-replication'))).toEqual([true, true]);
    await operator().place.api.delete(kubeTypes.lease, { namespace, name: operatorName });
    await (await another('operator-1')).leads();
  });

  test('while nodes differ in their schema nothing is changed, and a store that is not there yet waits', async () => {
    const { market } = operator();
    const [, second] = own.cassandra?.nodes ?? [];
    const { contactPoints = [], datacenter = '' } = own.cassandra ?? {};
    const cassandra = { contactPoints: contactPoints.slice(0, 1), datacenter };
    await second?.kill();
    await own.cql?.run(
      `CREATE KEYSPACE elsewhere WITH replication = {'class': 'NetworkTopologyStrategy', '${datacenter}': 1}`,
    );
    await market.put(market.store('apart', { cassandra, replication: { [datacenter]: 1 } }));
    await told('apart', 'Ready NodesDisagree', 'Degraded NodesDisagree', 'SchemaAgreed NodesDisagree');
    const found = 'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?';
    expect(await own.cql?.run(found, [market.nameOf('apart')])).toEqual([]);
    await second?.start();
    await told('apart', 'Ready Working', 'SchemaAgreed NodesAgree');
  });
}

function theEnd(): void {
  test('every reason of every condition was told', () => {
    const lines = own.told?.lines(storeReasons) ?? [];
    process.stdout.write(`TickStore, times that each reason was entered:\n  ${lines.join('\n  ')}\n`);
    expect(own.told?.missing(storeReasons)).toEqual([]);
  });
}
