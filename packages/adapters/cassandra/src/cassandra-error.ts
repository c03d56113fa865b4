/**
 * Why the store did not open. In: what a start met. Out: an error whose message tells a person what to do. What fails
 * later is a `StoreError` of the seam.
 */

/**
 * BAD_OPTION: an option contradicts itself. NOT_REACHABLE: no contact point answered in time. DATACENTER_UNKNOWN: no node
 * is in the named data centre. LOGIN_REFUSED: user or password. TLS_MISMATCH: one side speaks TLS and the other does not,
 * or a certificate is not trusted. KEYSPACE_MISSING. STORE_UNFIT: its tables are not as this version needs them.
 */
export type CassandraErrorCode =
  | 'BAD_OPTION'
  | 'NOT_REACHABLE'
  | 'DATACENTER_UNKNOWN'
  | 'LOGIN_REFUSED'
  | 'TLS_MISMATCH'
  | 'KEYSPACE_MISSING'
  | 'STORE_UNFIT';

/** A start that failed; the message names the fact and the remedy. */
export class CassandraError extends Error {
  override name = 'CassandraError';
  readonly code: CassandraErrorCode;

  constructor(code: CassandraErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}
