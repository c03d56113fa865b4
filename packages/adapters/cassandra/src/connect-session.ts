/**
 * The start of a session. In: contact points, login, TLS. Out: a session, within 10 s, or an error for a person. The
 * driver's own defaults are not taken where they lose data or hang: no unverified TLS, no pause of minutes between tries.
 */
import { auth, Client, type ClientOptions, policies } from 'cassandra-driver';
import type { CassandraConnection } from './cassandra-options.ts';
import { portOf, waitLimitsMs } from './cassandra-options.ts';
import { DriverSession } from './driver-session.ts';
import type { Session } from './session.ts';
import { startFailure } from './start-failure.ts';

/** Pauses between tries to reach a node that is away, ms. */
const reconnect = { firstMs: 250, maxMs: 5_000 } as const;
const connectTimeoutMs = 5_000;

/** Connects. Rejects with `CassandraError`; nothing stays open then. */
export async function connectSession(connection: CassandraConnection): Promise<Session> {
  const { clock, logger, keyspace } = connection;
  const client = new Client(clientOptions(connection));
  let isOpen = false;
  client.on('log', (level: string, _source: string, message: string) => {
    // Why a session does not open is in the error that it ends with; a start that waits would say it every second.
    if (level === 'error' && isOpen) logger.warn('the driver of Cassandra met an error', { said: message });
    else if (level === 'error' || level === 'warning') {
      logger.debug('the driver of Cassandra warns', { said: message });
    }
  });
  const late = new AbortController();
  try {
    await Promise.race([client.connect(), expiry(connection, late.signal)]);
    isOpen = true;
    return new DriverSession(client, keyspace, clock);
  } catch (error) {
    void client.shutdown().catch((reason: unknown) => {
      logger.debug('a session that did not open did not close either', { said: String(reason) });
    });
    throw startFailure(error, connection);
  } finally {
    late.abort();
  }
}

/** That the connection took too long. */
export class ConnectExpired extends Error {
  override name = 'ConnectExpired';
}

async function expiry({ clock }: CassandraConnection, signal: AbortSignal): Promise<never> {
  await clock.sleep(waitLimitsMs.connect, signal);
  throw new ConnectExpired(`no answer within ${waitLimitsMs.connect} ms`);
}

function clientOptions(connection: CassandraConnection): ClientOptions {
  const { contactPoints, localDataCenter, credentials, tls } = connection;
  return {
    contactPoints: [...contactPoints],
    localDataCenter,
    protocolOptions: { port: portOf(contactPoints[0] ?? ''), maxVersion: 4, maxSchemaAgreementWaitSeconds: 30 },
    encoding: { useBigIntAsLong: true, useBigIntAsVarint: true },
    socketOptions: { connectTimeout: connectTimeoutMs, readTimeout: waitLimitsMs.request, tcpNoDelay: true },
    pooling: { heartBeatInterval: 10_000, maxRequestsPerConnection: 2_048 },
    policies: {
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(reconnect.firstMs, reconnect.maxMs),
    },
    ...(credentials === undefined
      ? {}
      : { authProvider: new auth.PlainTextAuthProvider(credentials.username, credentials.password) }),
    ...(tls === undefined ? {} : { sslOptions: { rejectUnauthorized: true, ...tls } }),
  };
}
