/**
 * The public entry of the Cassandra store: the only package that knows the driver. In: contact points and a keyspace.
 * Out: the seam `Store`, and migrations of its tables.
 */
export type { CassandraStore } from './cassandra-store.ts';
export { CassandraError, type CassandraErrorCode } from './cassandra-error.ts';
export { migrate, type MigrateReport } from './migrate.ts';
export { openCassandraStore } from './open-cassandra-store.ts';
export type { StreamRow } from './stream-row.ts';
export type { CassandraConnection, CassandraOptions, CassandraTls, MigrateOptions } from './cassandra-options.ts';
export { writeTimestamp, writeTimestampLimits } from './write-timestamp.ts';
export {
  type KeyspaceAdmin,
  type KeyspaceAdminOptions,
  type ObservedCluster,
  type ObservedKeyspace,
  type ObservedNode,
  type ObservedTable,
  openKeyspaceAdmin,
  type SettledPins,
  type TableCompaction,
} from './keyspace-admin.ts';
