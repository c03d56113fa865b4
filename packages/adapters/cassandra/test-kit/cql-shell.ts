/**
 * A way around the store for tests. In: contact points. Out: any statement of CQL, to look at rows or to break tables. It
 * comes back soon to a node that was away.
 */
import { auth, Client, policies } from 'cassandra-driver';

/** Where to run statements. */
export type CqlShellOptions = {
  readonly contactPoints: readonly string[];
  readonly localDataCenter: string;
  readonly login?: { readonly username: string; readonly password: string };
  /** PEM of who signs the nodes' certificates, where they demand TLS. */
  readonly ca?: string;
};

/** Runs statements, one by one. */
export class CqlShell {
  readonly #client: Client;

  constructor({ contactPoints, localDataCenter, login, ca }: CqlShellOptions) {
    this.#client = new Client({
      contactPoints: [...contactPoints],
      localDataCenter,
      protocolOptions: { port: Number(contactPoints[0]?.split(':')[1]) },
      encoding: { useBigIntAsLong: true, useBigIntAsVarint: true },
      socketOptions: { readTimeout: 60_000 },
      policies: { reconnection: new policies.reconnection.ConstantReconnectionPolicy(250) },
      ...(login === undefined ? {} : { authProvider: new auth.PlainTextAuthProvider(login.username, login.password) }),
      ...(ca === undefined ? {} : { sslOptions: { ca, rejectUnauthorized: true } }),
    });
  }

  /** Rows of a statement; values may be given where it has question marks. */
  async run(statement: string, values: readonly unknown[] = []): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const result = await this.#client.execute(statement, [...values], {
      prepare: values.length > 0,
      fetchSize: 100_000,
    });
    return (result.rows as typeof result.rows | undefined) ?? [];
  }

  /** What the nodes did for a statement, as their trace tells it. */
  async trace(statement: string, values: readonly unknown[]): Promise<readonly string[]> {
    const { info } = await this.#client.execute(statement, [...values], { prepare: true, traceQuery: true });
    const { events } = await this.#client.metadata.getTrace(info.traceId);
    return events.map(({ activity = '' }) => activity);
  }

  /** Takes a keyspace away with all that is in it. */
  async drop(keyspace: string): Promise<void> {
    await this.run(`DROP KEYSPACE IF EXISTS ${keyspace}`);
  }

  async close(): Promise<void> {
    await this.#client.shutdown();
  }
}
