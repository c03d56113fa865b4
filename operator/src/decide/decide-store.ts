/**
 * Decides on a store. In: what is declared, what was seen. Out: effects in their order, the status, and when to look again. Pure;
 * nothing is changed while the nodes disagree on the schema, because a second change on top of that may never settle.
 */
import { createHash } from 'node:crypto';
import { annotations } from '../crd/group.ts';
import { isOlder } from '../crd/object-facts.ts';
import type { RepairDue, TickStore } from '../crd/tick-store.ts';
import type { SeenCluster, SeenNode, StoreObserved } from '../observe/store-observed.ts';
import { conditionOf, type DecidedStatus, type Finding, finding } from './condition.ts';
import type { Failure } from './failure.ts';
import { blocked, type Deletion, letGo } from './letting-go.ts';
import { changeProgress, deletionProgress, firstOpen, firstProblem } from './roll-up.ts';
import type { StoreAction } from './store-actions.ts';
import { type StoreConditionType, type StoreReason, storeReasons } from './store-reasons.ts';
import { decideReplication, type ReplicationDecision, replicationText } from './store-replication.ts';
import { decideTables, type TablesDecision } from './store-tables.ts';

/** A status of a store. */
export type StoreStatus = DecidedStatus<StoreConditionType, StoreReason>;

/** What was decided. */
export type StoreDecision = {
  readonly actions: readonly StoreAction[];
  /** Undefined for an object that is as good as gone. */
  readonly status: StoreStatus | undefined;
  /** `now`: the status first, then again at once. */
  readonly look: 'now' | 'soon' | 'later';
};

type ClusterProblem = StoreReason<'SchemaAgreed'> & StoreReason<'SchemaApplied'> & StoreReason<'ReplicationConsistent'>;

type Parts = {
  readonly agreed: Finding<StoreReason<'SchemaAgreed'>>;
  readonly replication: ReplicationDecision;
  readonly tables: TablesDecision;
  readonly actions: readonly StoreAction[];
};

/** Decides on a store. */
export function decideStore(store: TickStore, observed: StoreObserved): StoreDecision {
  const { isDeleting, hasFinalizer } = store.object;
  if (isDeleting && !hasFinalizer) return { actions: [], status: undefined, look: 'later' };
  const parts = decideParts(store, observed);
  if (isDeleting) {
    const { actions, blockedBy } = decideStoreDeletion(store, observed);
    return { actions, status: statusOf(store, observed, parts, { blockedBy }), look: 'soon' };
  }
  const isWanted = store.deletionPolicy === 'Delete';
  const finalizing: StoreAction[] =
    isWanted === store.object.hasFinalizer ? [] : [{ effect: { kind: 'set-finalizer', isWanted }, of: 'object' }];
  const { isStatusFirst } = parts.replication;
  const actions = store.isPaused ? [] : [...finalizing, ...(isStatusFirst ? [] : parts.actions)];
  const status = statusOf(store, observed, { ...parts, actions });
  if (isStatusFirst) return { actions, status, look: 'now' };
  const isReady = status.conditions.some(({ type, status: truth }) => type === 'Ready' && truth === 'True');
  return { actions, status, look: isReady ? 'later' : 'soon' };
}

function decideParts(store: TickStore, observed: StoreObserved): Parts {
  const problem = clusterProblem(store, observed);
  if (problem !== undefined || observed.cluster.kind !== 'seen') {
    const told = problem ?? finding('Unknown', 'CassandraUnreachable' as const, 'Cassandra was not looked at yet');
    const replication = { finding: told, actions: [], repair: store.repair, isStatusFirst: false, drift: [] };
    return { agreed: told, replication, tables: { finding: told, actions: [], drift: [] }, actions: [] };
  }
  const cluster = observed.cluster.value;
  const agreed = agreementOf(cluster.nodes);
  const canChange = agreed.status === 'True';
  const canChangeNow = canChange && !store.isPaused && !store.object.isDeleting;
  const replication = decideReplication(store, cluster, observed, canChangeNow);
  const tables = decideTables(store, cluster.keyspace, observed, canChange);
  return { agreed, replication, tables, actions: [...replication.actions, ...tables.actions] };
}

function clusterProblem(store: TickStore, { others, cluster }: StoreObserved): Finding<ClusterProblem> | undefined {
  const owner = others.find(
    (other) =>
      other.keyspace === store.keyspace &&
      isOlder(other.object, store.object) &&
      other.cassandra.contactPoints.some((address) => store.cassandra.contactPoints.includes(address)),
  );
  if (owner !== undefined) {
    const who = `${owner.object.namespace}/${owner.object.name}`;
    return finding(
      'False',
      'KeyspaceInUse',
      `keyspace ${store.keyspace} is that of TickStore ${who}, which was there first; choose another keyspace in a new TickStore, or delete one of the two`,
    );
  }
  return cluster.kind === 'failed' ? problemOf(cluster.failure) : undefined;
}

function problemOf({ code, message }: Failure): Finding<ClusterProblem> {
  switch (code) {
    case 'SECRET_MISSING':
      return finding('Unknown', 'SecretMissing', message);
    case 'UNREACHABLE':
      return finding('Unknown', 'CassandraUnreachable', message);
    case 'REFUSED':
      return finding('Unknown', 'CassandraRefused', message);
    case 'UNKNOWN_DATACENTER':
      return finding('Unknown', 'DatacenterUnknown', message);
    case 'UNFIT':
    case 'REPLACED':
    case 'FAILED':
      return finding('Unknown', 'CassandraFailed', message);
  }
}

function agreementOf(nodes: readonly SeenNode[]): Finding<StoreReason<'SchemaAgreed'>> {
  const versions = new Set(nodes.map(({ schemaVersion }) => schemaVersion));
  if (versions.size <= 1) return finding('True', 'NodesAgree', `${nodes.length} nodes have one schema`);
  const each = nodes.map(({ address, schemaVersion }) => `${address} ${schemaVersion.slice(0, 8)}`).join(', ');
  return finding(
    'False',
    'NodesDisagree',
    `${versions.size} versions of the schema: ${each}; nothing is changed until they agree. If this stays, look at nodetool describecluster and restart the odd node`,
  );
}

function decideStoreDeletion(store: TickStore, observed: StoreObserved): Deletion<StoreAction> {
  const { cluster, streams, failed } = observed;
  if (store.deletionPolicy === 'Retain' || clusterProblem(store, observed)?.reason === 'KeyspaceInUse') return letGo();
  if (streams.length > 0)
    return { actions: [], blockedBy: `TickStream ${streams.join(', ')} still has it; delete that first` };
  if (store.object.isAbandoned) return letGo(`keyspace ${store.keyspace} stays: ${annotations.abandon} says so`);
  const stays = (why: string): Deletion<StoreAction> => blocked(store.object, 'keyspace', why);
  if (store.isPaused) return stays('it is paused: set spec.paused to false');
  if (cluster.kind === 'failed') return stays(cluster.failure.message);
  if (cluster.kind === 'not-looked') return stays('Cassandra was not looked at yet');
  if (failed !== undefined && failed.of !== 'object') return stays(failed.failure.message);
  if (cluster.value.keyspace === undefined) return letGo();
  const note = `dropped keyspace ${store.keyspace}; nodes keep a snapshot where auto_snapshot is on`;
  const tells = { reason: 'KeyspaceDropped', note } as const;
  return { actions: [{ effect: { kind: 'drop-keyspace' }, of: 'keyspace', tells }], blockedBy: undefined };
}

function statusOf(
  store: TickStore,
  { cluster }: StoreObserved,
  parts: Parts,
  deleting?: { readonly blockedBy: string | undefined },
): StoreStatus {
  const { agreed, replication, tables } = parts;
  const drift = [...replication.drift, ...tables.drift];
  const isAsDeclared = drift.length === 0 && tables.finding.status === 'True';
  return {
    observedGeneration: store.object.generation,
    conditions: conditionsOf(store, parts, deleting),
    ...(cluster.kind === 'seen' ? clusterStatus(cluster.value, agreed.status === 'True') : {}),
    ...(isAsDeclared ? { appliedHash: hashOf(store) } : {}),
    drift,
    ...(replication.repair === undefined ? {} : { repair: replication.repair satisfies RepairDue }),
  };
}

function clusterStatus({ nodes, keyspace }: SeenCluster, isAgreed: boolean): Readonly<Record<string, unknown>> {
  return {
    nodes: nodes.length,
    ...(keyspace === undefined ? {} : { migrations: keyspace.migration }),
    ...(isAgreed && nodes[0] !== undefined ? { schemaVersion: nodes[0].schemaVersion } : {}),
  };
}

function hashOf({ replication, tables }: TickStore): string {
  const text = JSON.stringify([replicationText(replication), tables]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function conditionsOf(
  store: TickStore,
  parts: Parts,
  deleting: { readonly blockedBy: string | undefined } | undefined,
): StoreStatus['conditions'] {
  const paused = store.isPaused
    ? finding('True', 'PausedBySpec' as const, 'nothing is changed while spec.paused is true')
    : finding('False', 'NotPaused' as const, 'what is declared is made so');
  return [
    conditionOf('Ready', readyOf(store, parts, deleting !== undefined)),
    conditionOf('Progressing', progressOf(parts, deleting)),
    conditionOf('Degraded', degradedOf(parts, deleting?.blockedBy)),
    conditionOf('Paused', paused),
    conditionOf('SchemaAgreed', parts.agreed),
    conditionOf('ReplicationConsistent', parts.replication.finding),
    conditionOf('SchemaApplied', parts.tables.finding),
  ];
}

/** Tables that are there serve, also while copies are being filled or a setting differs. */
function readyOf(store: TickStore, parts: Parts, isDeleting: boolean): Finding<StoreReason<'Ready'>> {
  if (isDeleting) return finding('False', 'Deleting', 'its deletion was asked for');
  const { agreed, replication, tables } = parts;
  const serves = ['Applied', 'Changing', 'DriftStays'].includes(tables.finding.reason);
  const open = serves ? undefined : firstOpen<StoreReason>([agreed, replication.finding, tables.finding]);
  const reason = storeReasons.Ready.find((each) => each === open?.reason);
  if (open !== undefined && reason !== undefined) return { ...open, status: 'False', reason };
  if (!serves) return { ...tables.finding, status: 'False', reason: 'Migrating' };
  return finding('True', 'Working', `keyspace ${store.keyspace} can be read and written`);
}

function progressOf(
  { actions, replication, tables }: Parts,
  deleting: { readonly blockedBy: string | undefined } | undefined,
): Finding<StoreReason<'Progressing'>> {
  if (deleting !== undefined) return deletionProgress(deleting.blockedBy);
  if (actions.length > 0) {
    const isNew = ['KeyspaceMissing', 'Migrating'].includes(tables.finding.reason);
    return changeProgress(actions, isNew);
  }
  if (replication.isStatusFirst) return finding('True', 'Changing', replication.finding.message);
  if (tables.finding.status === 'True' && replication.finding.status === 'True') {
    return finding('False', 'Settled', 'nothing is under way');
  }
  return finding('False', 'Waiting', (replication.finding.status === 'True' ? tables : replication).finding.message);
}

function degradedOf(
  { agreed, replication, tables }: Parts,
  blockedBy: string | undefined,
): Finding<StoreReason<'Degraded'>> {
  if (blockedBy !== undefined) return finding('True', 'DeletionBlocked', blockedBy);
  const problem = firstProblem([agreed, tables.finding, replication.finding], storeReasons.Degraded);
  if (problem !== undefined) return { ...problem, status: 'True' };
  return finding('False', 'AsExpected', 'nothing needs a person');
}
