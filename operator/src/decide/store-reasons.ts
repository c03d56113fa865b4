/**
 * Every condition of a TickStore and every reason it can have. In: nothing. Out: the unions. docs/operator.md has a remedy for
 * each, and the operator's tests fail on one that they did not reach.
 */

/** By condition. */
export const storeReasons = {
  Ready: [
    'Working',
    'Deleting',
    'InvalidSpec',
    'SecretMissing',
    'CassandraUnreachable',
    'CassandraRefused',
    'CassandraFailed',
    'DatacenterUnknown',
    'KeyspaceInUse',
    'KeyspaceMissing',
    'TooFewNodes',
    'NodesDisagree',
    'Migrating',
    'MigrationRefused',
    'TablesUnfit',
  ],
  Progressing: ['Creating', 'Changing', 'Deleting', 'Settled', 'Waiting'],
  Degraded: [
    'AsExpected',
    'InvalidSpec',
    'SecretMissing',
    'CassandraUnreachable',
    'CassandraRefused',
    'CassandraFailed',
    'DatacenterUnknown',
    'KeyspaceInUse',
    'TooFewNodes',
    'RepairNeeded',
    'NodesDisagree',
    'MigrationRefused',
    'TablesUnfit',
    'DriftStays',
    'DeletionBlocked',
  ],
  Paused: ['PausedBySpec', 'NotPaused'],
  SchemaAgreed: [
    'NodesAgree',
    'NodesDisagree',
    'SecretMissing',
    'CassandraUnreachable',
    'CassandraRefused',
    'CassandraFailed',
    'DatacenterUnknown',
    'KeyspaceInUse',
  ],
  ReplicationConsistent: [
    'AsDeclared',
    'KeyspaceMissing',
    'Changing',
    'TooFewNodes',
    'RepairNeeded',
    'SecretMissing',
    'CassandraUnreachable',
    'CassandraRefused',
    'CassandraFailed',
    'DatacenterUnknown',
    'KeyspaceInUse',
  ],
  SchemaApplied: [
    'Applied',
    'KeyspaceMissing',
    'Migrating',
    'MigrationRefused',
    'TablesUnfit',
    'Changing',
    'DriftStays',
    'SecretMissing',
    'CassandraUnreachable',
    'CassandraRefused',
    'CassandraFailed',
    'DatacenterUnknown',
    'KeyspaceInUse',
  ],
} as const;

/** A condition's type. */
export type StoreConditionType = keyof typeof storeReasons;

/** A reason of this condition. */
export type StoreReason<Type extends StoreConditionType = StoreConditionType> = (typeof storeReasons)[Type][number];

/** The types, in the order in which they are shown. */
export const storeConditionTypes: readonly StoreConditionType[] = Object.keys(storeReasons) as StoreConditionType[];
