/**
 * Every condition of a TickStore and every reason it can have. In: nothing. Out: the unions. docs/operator.md has a remedy for
 * each, and the operator's tests fail on one that they did not reach.
 */
import { type ReasonIn, reasonLists } from './reason-lists.ts';

const groups = {
  /** What keeps the operator from the cluster: every condition about it tells it. */
  away: [
    'SecretMissing',
    'CassandraUnreachable',
    'CassandraRefused',
    'CassandraFailed',
    'DatacenterUnknown',
    'KeyspaceInUse',
  ],
  nodes: ['NodesDisagree'],
  copies: ['TooFewNodes'],
  repair: ['RepairNeeded'],
  tables: ['MigrationRefused', 'TablesUnfit'],
  drift: ['DriftStays'],
} as const;

const own = {
  Ready: ['Working', 'Deleting', 'InvalidSpec', 'KeyspaceMissing', 'Migrating'],
  Progressing: ['Creating', 'Changing', 'Deleting', 'Settled', 'Waiting'],
  Degraded: ['AsExpected', 'InvalidSpec', 'DeletionBlocked'],
  Paused: ['PausedBySpec', 'NotPaused'],
  SchemaAgreed: ['NodesAgree'],
  ReplicationConsistent: ['AsDeclared', 'KeyspaceMissing', 'Changing'],
  SchemaApplied: ['Applied', 'KeyspaceMissing', 'Migrating', 'Changing'],
} as const;

const told = {
  // A keyspace that waits for a repair, or has another setting, can be read and written.
  Ready: ['away', 'nodes', 'copies', 'tables'],
  Progressing: [],
  Degraded: ['away', 'nodes', 'copies', 'repair', 'tables', 'drift'],
  Paused: [],
  SchemaAgreed: ['away', 'nodes'],
  ReplicationConsistent: ['away', 'copies', 'repair'],
  SchemaApplied: ['away', 'tables', 'drift'],
} as const;

/** A condition's type. */
export type StoreConditionType = keyof typeof own;

/** A reason of this condition. */
export type StoreReason<Type extends StoreConditionType = StoreConditionType> = ReasonIn<
  typeof own,
  typeof groups,
  typeof told,
  Type
>;

/** By condition. */
export const storeReasons: { readonly [Type in StoreConditionType]: readonly StoreReason<Type>[] } = reasonLists(
  own,
  groups,
  told,
);

/** The types, in the order in which they are shown. */
export const storeConditionTypes: readonly StoreConditionType[] = Object.keys(storeReasons) as StoreConditionType[];
