/** Decisions on stores, one row each: what is declared and seen, which effects follow, which conditions tell it. */
import { expect, test } from 'vitest';
import { SpecError } from '../crd/fields.ts';
import { finalizer } from '../crd/group.ts';
import type { SeenCluster, SeenKeyspace, StoreObserved } from '../observe/store-observed.ts';
import { deleting, type ObjectChanges, storeOf, streamObject } from '../../test-kit/stream-world.ts';
import { decideStore } from './decide-store.ts';
import { failed, type FailureCode, notLooked, seen } from './failure.ts';
import { invalidStatus } from './invalid-spec.ts';
import { type StoreConditionType, storeConditionTypes, storeReasons } from './store-reasons.ts';

const reached = new Map<string, number>();

type Row = {
  readonly object?: ObjectChanges;
  readonly seen?: Partial<StoreObserved>;
  readonly effects?: readonly string[];
  readonly look?: 'now' | 'soon' | 'later';
  readonly tells: Partial<Record<StoreConditionType, string>>;
  readonly says?: RegExp;
};

const unified = { class: 'UnifiedCompactionStrategy', options: { scaling_parameters: 'T4' } };
const keyspace: SeenKeyspace = {
  replication: { dc1: 3 },
  tables: ['bars', 'bar_revisions', 'tape_chunks'].map((name) => ({ name, ttlSec: 0, compaction: unified })),
  migration: 3,
  missingMigrations: [],
  migrationFault: undefined,
  tablesFault: undefined,
};
const nodes = [1, 2, 3].map((n) => ({ address: `10.0.0.${n}`, dataCenter: 'dc1', schemaVersion: 'aaaaaaaa-1' }));
function failure(code: FailureCode): ReturnType<typeof failed> {
  return failed({ code, message: `because of ${code}` });
}

const dropping = { spec: { deletionPolicy: 'Delete' }, metadata: deleting };
const due = { token: '1-0a0a0a0a', replication: 'dc1: 3', before: 'dc1: 2' };
function bars(more: object): ObjectChanges {
  return { spec: { tables: [{ name: 'bars', ...more }] } };
}

function cluster(changes: Partial<SeenKeyspace> = {}, more: Partial<SeenCluster> = {}): StoreObserved['cluster'] {
  return seen({ nodes, keyspace: { ...keyspace, ...changes }, ...more });
}

const rows: Readonly<Record<string, Row>> = {
  'a declared table that is not there is told, also where nobody reads it': {
    object: { spec: { tables: [{ name: 'signals', ttl: '1d' }] } },
    tells: { SchemaApplied: 'TablesUnfit', Degraded: 'TablesUnfit' },
    says: /signals is not there/,
  },
  'a store that works needs nothing': {
    look: 'later',
    tells: {
      Ready: 'Working',
      Progressing: 'Settled',
      Degraded: 'AsExpected',
      Paused: 'NotPaused',
      SchemaAgreed: 'NodesAgree',
      ReplicationConsistent: 'AsDeclared',
      SchemaApplied: 'Applied',
    },
  },
  'a keyspace that is missing is made': {
    seen: { cluster: seen({ nodes, keyspace: undefined }) },
    effects: ['create-keyspace'],
    tells: {
      Ready: 'KeyspaceMissing',
      Progressing: 'Creating',
      ReplicationConsistent: 'KeyspaceMissing',
      SchemaApplied: 'KeyspaceMissing',
    },
  },
  'a keyspace with more copies than nodes is not made': {
    object: { spec: { replication: { dc1: 5 } } },
    seen: { cluster: seen({ nodes, keyspace: undefined }) },
    tells: {
      Ready: 'TooFewNodes',
      Degraded: 'TooFewNodes',
      ReplicationConsistent: 'TooFewNodes',
      Progressing: 'Waiting',
    },
  },
  'missing migrations are applied': {
    seen: { cluster: cluster({ missingMigrations: [3], migration: 2 }) },
    effects: ['migrate'],
    tells: { Ready: 'Migrating', SchemaApplied: 'Migrating', Progressing: 'Creating' },
  },
  'a migration of another text is refused': {
    seen: { cluster: cluster({ migrationFault: 'migration 1 was applied with another text' }) },
    tells: { Ready: 'MigrationRefused', Degraded: 'MigrationRefused', SchemaApplied: 'MigrationRefused' },
  },
  'a migration that cannot be applied is told': {
    seen: {
      cluster: cluster({ missingMigrations: [3] }),
      failed: { of: 'migration', failure: { code: 'UNFIT', message: 'no' } },
    },
    tells: { SchemaApplied: 'MigrationRefused' },
  },
  'a migration that found nobody is tried again': {
    seen: {
      cluster: cluster({ missingMigrations: [3] }),
      failed: { of: 'migration', failure: { code: 'UNREACHABLE', message: 'no' } },
    },
    effects: ['migrate'],
    tells: { SchemaApplied: 'Migrating' },
  },
  'tables that somebody changed are told': {
    seen: { cluster: cluster({ tablesFault: 'column bars.open is missing' }) },
    tells: { Ready: 'TablesUnfit', Degraded: 'TablesUnfit', SchemaApplied: 'TablesUnfit' },
  },
  'nodes that disagree are left alone': {
    object: { spec: { replication: { dc1: 2 }, tables: [{ name: 'bars', ttl: '1d' }] } },
    seen: { cluster: cluster({}, { nodes: nodes.map((node, n) => ({ ...node, schemaVersion: `v${n % 2}` })) }) },
    tells: { SchemaAgreed: 'NodesDisagree', Degraded: 'NodesDisagree', Ready: 'Working' },
  },
  'nodes that disagree before there are tables are waited for': {
    seen: {
      cluster: cluster(
        { missingMigrations: [1] },
        { nodes: nodes.map((node, n) => ({ ...node, schemaVersion: `v${n}` })) },
      ),
    },
    tells: { Ready: 'NodesDisagree' },
  },
  'a time to live that differs is set, and old rows are spoken of': {
    object: bars({ ttl: '30d' }),
    effects: ['set-table'],
    tells: { SchemaApplied: 'Changing', Progressing: 'Changing', Ready: 'Working' },
    says: /rows that are there keep theirs/,
  },
  'a time to live that is set still says what it does not do': {
    object: bars({ ttl: '30d' }),
    seen: { cluster: cluster({ tables: [{ name: 'bars', ttlSec: 2_592_000, compaction: unified }] }) },
    tells: { SchemaApplied: 'Applied' },
    says: /rows of bars keep the time to live that they were written with/,
  },
  'compaction that differs is set; options that nobody declared are not': {
    object: bars({
      compaction: { class: 'TimeWindowCompactionStrategy', options: { compaction_window_unit: 'DAYS' } },
    }),
    effects: ['set-table'],
    tells: { SchemaApplied: 'Changing' },
  },
  'compaction that is as declared needs nothing': {
    object: bars({ compaction: { class: 'UnifiedCompactionStrategy' } }),
    tells: { SchemaApplied: 'Applied' },
  },
  'a change that Cassandra refuses stays drift': {
    object: bars({ compaction: { class: 'LeveledCompactionStrategy', options: { nonsense: '1' } } }),
    seen: { failed: { of: 'tables', failure: { code: 'UNFIT', message: 'unknown option' } } },
    effects: ['set-table'],
    tells: { SchemaApplied: 'DriftStays', Degraded: 'DriftStays', Ready: 'Working' },
  },
  'a rise of replication is written down before it is made': {
    seen: { cluster: cluster({ replication: { dc1: 1 } }) },
    look: 'now',
    tells: { ReplicationConsistent: 'Changing', Progressing: 'Changing' },
  },
  'then a repair is due, and the store serves': {
    object: { status: { repair: due } },
    look: 'later',
    tells: {
      ReplicationConsistent: 'RepairNeeded',
      Degraded: 'RepairNeeded',
      Ready: 'Working',
      Progressing: 'Waiting',
    },
    says: /nodetool repair --full tapeline on every node, then kubectl annotate tickstore\/bars --overwrite tapeline.dev\/repaired=1-0a0a0a0a/,
  },
  'until somebody says that it ran': {
    object: { status: { repair: due }, metadata: { annotations: { 'tapeline.dev/repaired': '1-0a0a0a0a' } } },
    tells: { ReplicationConsistent: 'AsDeclared', Degraded: 'AsExpected' },
  },
  'without its secret nothing can be looked at': {
    seen: { cluster: failure('SECRET_MISSING') },
    tells: {
      Ready: 'SecretMissing',
      Degraded: 'SecretMissing',
      SchemaAgreed: 'SecretMissing',
      ReplicationConsistent: 'SecretMissing',
      SchemaApplied: 'SecretMissing',
    },
  },
  'a Cassandra that is away is told': {
    seen: { cluster: failure('UNREACHABLE') },
    tells: { Ready: 'CassandraUnreachable', Degraded: 'CassandraUnreachable', SchemaAgreed: 'CassandraUnreachable' },
  },
  'a refused login is told': {
    seen: { cluster: failure('REFUSED') },
    tells: { Ready: 'CassandraRefused', Degraded: 'CassandraRefused' },
  },
  'an unknown data centre is told': {
    seen: { cluster: failure('UNKNOWN_DATACENTER') },
    tells: { Ready: 'DatacenterUnknown', Degraded: 'DatacenterUnknown' },
  },
  'an error of Cassandra is told': {
    seen: { cluster: failure('FAILED') },
    tells: { Ready: 'CassandraFailed', Degraded: 'CassandraFailed' },
  },
  'a keyspace of an older store is not touched': {
    object: { spec: { replication: { dc1: 2 } } },
    seen: {
      others: [storeOf({ metadata: { name: 'older', uid: 'uid-0', creationTimestamp: '2025-01-01T00:00:00Z' } })],
    },
    tells: { Ready: 'KeyspaceInUse', Degraded: 'KeyspaceInUse' },
  },
  'a paused store is only looked at': {
    object: { spec: { paused: true, replication: { dc1: 1 }, deletionPolicy: 'Delete' } },
    tells: { Paused: 'PausedBySpec', Ready: 'Working' },
  },
  'who wants its keyspace dropped is held until it is': {
    object: { spec: { deletionPolicy: 'Delete' } },
    effects: ['set-finalizer'],
    tells: { Ready: 'Working' },
  },
  'who wants it kept after all is held no more': {
    object: { metadata: { finalizers: [finalizer] } },
    effects: ['set-finalizer'],
    tells: { Ready: 'Working' },
  },
  'a store that goes drops its keyspace': {
    object: dropping,
    effects: ['drop-keyspace'],
    tells: { Ready: 'Deleting', Progressing: 'Deleting' },
  },
  'then it goes': {
    object: dropping,
    seen: { cluster: seen({ nodes, keyspace: undefined }) },
    effects: ['set-finalizer'],
    tells: { Ready: 'Deleting' },
  },
  'a younger store that goes leaves the keyspace to the older one': {
    object: dropping,
    seen: {
      others: [storeOf({ metadata: { name: 'older', uid: 'uid-0', creationTimestamp: '2025-01-01T00:00:00Z' } })],
    },
    effects: ['set-finalizer'],
    tells: { Ready: 'Deleting' },
  },
  'a store that a stream still has stays': {
    object: dropping,
    seen: { streams: ['us-equities'] },
    tells: { Degraded: 'DeletionBlocked', Progressing: 'Waiting' },
  },
  'a Cassandra that is away holds it': {
    object: dropping,
    seen: { cluster: failure('UNREACHABLE') },
    tells: { Degraded: 'DeletionBlocked' },
    says: /tapeline.dev\/abandon=uid-store/,
  },
  'one that was not looked at holds it': {
    object: dropping,
    seen: { cluster: notLooked },
    tells: { Degraded: 'DeletionBlocked' },
  },
  'a refused drop holds it': {
    object: dropping,
    seen: { failed: { of: 'keyspace', failure: { code: 'REFUSED', message: 'no DROP' } } },
    tells: { Degraded: 'DeletionBlocked' },
  },
  'a paused one is not dropped': {
    object: { metadata: deleting, spec: { deletionPolicy: 'Delete', paused: true } },
    tells: { Degraded: 'DeletionBlocked' },
  },
  'an abandoned one goes without': {
    object: { ...dropping, metadata: { ...deleting, annotations: { 'tapeline.dev/abandon': 'uid-store' } } },
    seen: { cluster: failure('UNREACHABLE') },
    effects: ['set-finalizer'],
    tells: { Ready: 'Deleting' },
  },
  'a policy that became Retain lets it go': {
    object: { metadata: deleting },
    effects: ['set-finalizer'],
    tells: { Ready: 'Deleting' },
  },
};

test.each(Object.entries(rows))('%s', (_name, { object = {}, seen: changes = {}, effects = [], look, tells, says }) => {
  const store = storeOf(object);
  const decision = decideStore(store, { others: [], streams: [], cluster: cluster(), failed: undefined, ...changes });
  const told = new Map(decision.status?.conditions.map((condition) => [condition.type, condition]));
  for (const { type, reason } of told.values()) count(type, reason);
  expect(
    Object.fromEntries(Object.keys(tells).map((type) => [type, told.get(type as StoreConditionType)?.reason])),
  ).toEqual(tells);
  expect(decision.actions.map(({ effect }) => effect.kind)).toEqual(effects);
  expect([...told.keys()]).toEqual(storeConditionTypes);
  expect(decision.look).toBe(look ?? decision.look);
  expect([...told.values()].map(({ message }) => message).join('\n')).toMatch(says ?? /(?:)/);
});

test('an object that cannot be read is told', () => {
  const { conditions } = invalidStatus(streamObject(), new SpecError('spec.keyspace is missing; give it'));
  for (const { type, reason } of conditions) count(type, reason);
  expect(conditions).toHaveLength(2);
});

function count(type: string, reason: string): void {
  const key = `${type} ${reason}`;
  reached.set(key, (reached.get(key) ?? 0) + 1);
}

test('every reason was reached', () => {
  const all = storeConditionTypes.flatMap((type) => storeReasons[type].map((reason) => `${type} ${reason}`));
  expect(all.filter((key) => !reached.has(key))).toEqual([]);
});
