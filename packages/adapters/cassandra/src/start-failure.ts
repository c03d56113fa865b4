/**
 * A failed start in words for a person. In: what the driver said. Out: `CassandraError` with what to do: not reachable,
 * wrong data centre, login, TLS.
 */
import { errors } from 'cassandra-driver';
import { CassandraError } from './cassandra-error.ts';
import { type CassandraConnection, waitLimitsMs } from './cassandra-options.ts';

/** The error for what the driver said. */
export function startFailure(error: unknown, connection: CassandraConnection): CassandraError {
  if (error instanceof CassandraError) return error;
  const { contactPoints, localDataCenter, tls, credentials } = connection;
  const at = contactPoints.join(', ');
  const inner = reasonsOf(error);
  const cause = { cause: error };
  const found = inner.map(dataCentersFound).find((names) => names !== undefined);
  if (found !== undefined) {
    const message = `no node of Cassandra at ${at} is in data centre '${localDataCenter}'; name one of ${found}`;
    return new CassandraError('DATACENTER_UNKNOWN', message, cause);
  }
  if (inner.some((reason) => reason instanceof errors.AuthenticationError)) {
    const who =
      credentials === undefined ? 'it wants a login and none was given' : `it refuses user '${credentials.username}'`;
    return new CassandraError(
      'LOGIN_REFUSED',
      `Cassandra at ${at} does not let us in: ${who}; check user and password`,
      cause,
    );
  }
  const said = [...new Set(inner.map(wordsOf))].join('; ');
  if (inner.some(isOfTls)) {
    const remedy =
      'give the authority that signed its certificate as tls.ca, its name as tls.servername, or leave tls out if it speaks none';
    return new CassandraError(
      'TLS_MISMATCH',
      `Cassandra at ${at} and we do not agree on TLS (${said}); ${remedy}`,
      cause,
    );
  }
  if (tls === undefined && inner.some(isClosed)) {
    const message = `Cassandra at ${at} closes connections without an answer; if it demands TLS, give tls (${said})`;
    return new CassandraError('TLS_MISMATCH', message, cause);
  }
  const message = `Cassandra is not reachable at ${at} within ${waitLimitsMs.connect / 1_000} s (${said}); check address, port and that it runs`;
  return new CassandraError('NOT_REACHABLE', message, cause);
}

/** What each node said, also where the driver wraps it more than once. */
function reasonsOf(error: unknown): unknown[] {
  if (!(error instanceof errors.NoHostAvailableError)) return [error];
  const inner = Object.values(error.innerErrors ?? {}).flatMap(reasonsOf);
  return inner.length === 0 ? [error] : inner;
}

/**
 * The data centres that there are, where the one named is none of them. The driver has no code for it, and its error comes
 * in different classes, wrapped or not, so its words decide.
 */
function dataCentersFound(reason: unknown): string | undefined {
  const message = reason instanceof Error ? reason.message : String(reason);
  const [, inWords] = /only found hosts in data centers: \[([^\]]*)\]/.exec(message) ?? [];
  return inWords ?? /Available DCs are: \[([^\]]*)\]/.exec(message)?.[1];
}

function codeOf(reason: unknown): string {
  const { code, innerError } = reason as { code?: unknown; innerError?: unknown };
  if (typeof code === 'string') return code;
  return innerError === undefined || innerError === null ? '' : codeOf(innerError);
}

const certificateCodes = /^(ERR_SSL|ERR_TLS|EPROTO|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|ERR_OSSL)/;

function isOfTls(reason: unknown): boolean {
  return certificateCodes.test(codeOf(reason));
}

function isClosed(reason: unknown): boolean {
  return codeOf(reason) === 'ECONNRESET' || (reason as { isSocketError?: boolean }).isSocketError === true;
}

function wordsOf(reason: unknown): string {
  const code = codeOf(reason);
  const message = reason instanceof Error ? reason.message : String(reason);
  return code === '' ? message : `${code} ${message}`;
}
