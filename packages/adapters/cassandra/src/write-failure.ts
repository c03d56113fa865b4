/**
 * What a failed statement means. In: the driver's error. Out: whether it may go through later, whether the node has too
 * much to do, or what a person must mend. Decided by codes of the protocol, never by words, but for a full disk and for a
 * mutation beyond the node's limit, which have no code of their own.
 */
import { StoreError } from '@tapeline/domain';
import { errors, types } from 'cassandra-driver';

/**
 * `overload`: the same later, and less at once. `later`: the same later. `refused`: the node does not take the statement,
 * which is too large or does not fit the tables. `login`: it may not. `full`: no space. `defect`: ours.
 */
export type FailureKind = 'overload' | 'later' | 'refused' | 'login' | 'full' | 'defect';

/** A failure with a short name for metrics. */
export type Failure = { readonly kind: FailureKind; readonly code: string };

const { responseErrorCodes: codes } = types;

const kinds = new Map<number, Failure>([
  [codes.serverError, { kind: 'later', code: 'server_error' }],
  [codes.badCredentials, { kind: 'login', code: 'bad_credentials' }],
  [codes.unavailableException, { kind: 'later', code: 'unavailable' }],
  [codes.overloaded, { kind: 'overload', code: 'overloaded' }],
  [codes.isBootstrapping, { kind: 'later', code: 'bootstrapping' }],
  [codes.truncateError, { kind: 'later', code: 'truncate' }],
  [codes.writeTimeout, { kind: 'overload', code: 'write_timeout' }],
  [codes.readTimeout, { kind: 'overload', code: 'read_timeout' }],
  [codes.readFailure, { kind: 'later', code: 'read_failure' }],
  [codes.writeFailure, { kind: 'later', code: 'write_failure' }],
  [codes.unauthorized, { kind: 'login', code: 'unauthorized' }],
  [codes.unprepared, { kind: 'later', code: 'unprepared' }],
  [codes.syntaxError, { kind: 'refused', code: 'syntax' }],
  [codes.invalid, { kind: 'refused', code: 'invalid' }],
  [codes.configError, { kind: 'refused', code: 'config' }],
]);

/** What an error of the driver means; `defect` for what is none of its errors. */
export function failureOf(error: unknown): Failure {
  if (error instanceof errors.ResponseError) {
    // The guardrail for full disks answers INVALID like any other refusal.
    if (/disk usage/i.test(error.message)) return { kind: 'full', code: 'disk_usage' };
    if (/oversized mutation/i.test(error.message)) return { kind: 'refused', code: 'too_large' };
    return kinds.get(error.code) ?? { kind: 'later', code: `code_${error.code}` };
  }
  if (error instanceof errors.OperationTimedOutError) return { kind: 'overload', code: 'client_timeout' };
  if (error instanceof errors.BusyConnectionError) return { kind: 'overload', code: 'busy' };
  if (error instanceof errors.NoHostAvailableError) return failureOfHosts(error);
  if (error instanceof errors.AuthenticationError) return { kind: 'login', code: 'authentication' };
  // A socket that was closed under a request.
  if (error instanceof errors.DriverError) return { kind: 'later', code: 'connection' };
  return { kind: 'defect', code: 'defect' };
}

/** No host answered: one that has too much to do decides, and a login that all of them refuse, for others may be back. */
function failureOfHosts(error: errors.NoHostAvailableError): Failure {
  const inner = Object.values(error.innerErrors ?? {}).map(failureOf);
  const [first] = inner;
  if (first?.kind === 'login' && inner.every(({ kind }) => kind === 'login')) return first;
  return inner.find(({ kind }) => kind === 'overload') ?? { kind: 'later', code: 'no_host' };
}

/** Whether the same may go through later. */
export function mayPass({ kind }: Failure): boolean {
  return kind === 'later' || kind === 'overload';
}

/**
 * The same for a session that has worked. A node that starts refuses logins until it has read its roles, so what was allowed
 * before may be again; what was taken away for good is told meanwhile.
 */
export function mayPassInUse(failure: Failure): boolean {
  return mayPass(failure) || failure.kind === 'login';
}

const compareTables = "compare its tables with this version's migrations";
const raiseLimit = 'set max_mutation_size of its nodes to 1MiB or more, or leave it out';

/** The seam's error for a failure that was tried again in vain, or that no trying mends. */
export function storeErrorOf(error: unknown, what: string): unknown {
  if (error instanceof StoreError) return error;
  const { kind, code } = failureOf(error);
  const said = error instanceof Error ? error.message : String(error);
  const cause = { cause: error };
  switch (kind) {
    case 'overload':
    case 'later':
      return new StoreError(
        'STORE_UNAVAILABLE',
        `${what}: Cassandra does not take it (${code}: ${said}); it may be tried again, but look at its nodes and their disks`,
        cause,
      );
    case 'full':
      return new StoreError(
        'STORE_FULL',
        `${what}: Cassandra's disks are full (${said}); make space or add nodes`,
        cause,
      );
    case 'login':
      return new StoreError(
        'STORE_UNAVAILABLE',
        `${what}: Cassandra does not take it from our login (${code}: ${said}); it may be tried again, but look at user, password and SELECT and MODIFY on the keyspace`,
        cause,
      );
    case 'refused':
      return new StoreError(
        'STORE_UNFIT',
        `${what}: Cassandra refuses the statement (${said}); ${code === 'too_large' ? raiseLimit : compareTables}`,
        cause,
      );
    case 'defect':
      return error;
  }
}
