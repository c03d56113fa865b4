/**
 * The store on Cassandra. In: the values of the options. Out: an open store whose tables fit; what keeps it from opening in
 * the error of every backend.
 */
import { type CassandraConnection, CassandraError, type CassandraStore, openCassandraStore } from '@tapeline/cassandra';
import { BackendError, type BackendParts } from './backend.ts';
import type { BackendValues } from './backend-options.ts';
import { loginOf, tlsOf } from './read-login.ts';

/** An open store. */
export type OpenedStore = { readonly store: CassandraStore; close(): Promise<void> };

/** Opens it. Rejects with `BackendError` or `StoreError`. */
export async function cassandraStoreIn(values: BackendValues, parts: BackendParts): Promise<OpenedStore> {
  const { clock, logger, metrics, random, stop, beforeEnd } = parts;
  const { stream, keyspace, 'cassandra-dc': localDataCenter } = values;
  const [credentials, tls] = [loginOf('cassandra', values), tlsOf('cassandra', values)];
  const replicas = values['cassandra-replication'];
  const connection: CassandraConnection = {
    contactPoints: values.cassandra ?? [],
    localDataCenter,
    keyspace,
    ...(credentials === undefined ? {} : { credentials }),
    ...(tls === undefined ? {} : { tls }),
    clock,
    logger,
  };
  try {
    const store = await openCassandraStore({
      ...connection,
      stream,
      createKeyspace: values['cassandra-create-keyspace'],
      ...(replicas === undefined ? {} : { replication: { [localDataCenter]: replicas } }),
      ...(stop === undefined ? {} : { stop }),
      ...(beforeEnd === undefined ? {} : { beforeEnd }),
      metrics,
      random,
    });
    return { store, close: () => store.close() };
  } catch (error) {
    throw error instanceof CassandraError ? new BackendError(sentenceOf(error, keyspace), { cause: error }) : error;
  }
}

/** The store's own words, but for an option that a person knows by its flag. */
function sentenceOf({ code, message }: CassandraError, keyspace: string): string {
  if (code === 'DATACENTER_UNKNOWN') return `${message} with --cassandra-dc`;
  if (code !== 'KEYSPACE_MISSING') return message;
  return `keyspace ${keyspace} does not exist; create it, or let it be made by leaving --cassandra-create-keyspace=false away`;
}
