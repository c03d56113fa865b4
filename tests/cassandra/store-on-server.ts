/**
 * Stores on a real server for the tests of Cassandra. In: where the server is. Out: options with a keyspace of its own,
 * and what a test reads and writes. Everything that was opened is closed and taken away after each test.
 */
import { randomBytes } from 'node:crypto';
import { type CassandraOptions, type CassandraStore, openCassandraStore } from '@tapeline/cassandra';
import { createMetrics, type Logger, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { CqlShell } from '../../packages/adapters/cassandra/test-kit/cql-shell.ts';

/** Where a server is. */
export type ServerAddress = { readonly contactPoints: readonly string[]; readonly datacenter: string };

/** A logger that keeps what it was told. */
export type KeptLogger = Logger & { readonly lines: string[] };

/** A keyspace with all that a test opens in it. */
export class TestKeyspace {
  readonly keyspace: string = `t_${randomBytes(6).toString('hex')}`;
  readonly shell: CqlShell;
  readonly #server: ServerAddress;
  readonly #stores: CassandraStore[] = [];

  constructor(server: ServerAddress) {
    this.#server = server;
    this.shell = new CqlShell({ contactPoints: server.contactPoints, localDataCenter: server.datacenter });
  }

  /** Options of a store in it. */
  options(changes: Partial<CassandraOptions> = {}): CassandraOptions {
    return {
      contactPoints: this.#server.contactPoints,
      localDataCenter: this.#server.datacenter,
      keyspace: this.keyspace,
      createKeyspace: true,
      stream: 'test',
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      metrics: createMetrics({ ofProcess: false }),
      ...changes,
    };
  }

  /** Opens a store. */
  async open(changes: Partial<CassandraOptions> = {}): Promise<CassandraStore> {
    const store = await openCassandraStore(this.options(changes));
    this.#stores.push(store);
    return store;
  }

  /** Rows of a statement, in which `{keyspace}` stands for the keyspace. */
  cql(statement: string, values: readonly unknown[] = []): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.shell.run(statement.replaceAll('{keyspace}', this.keyspace), values);
  }

  /** Closes every store and takes the keyspace away. */
  async end(): Promise<void> {
    await Promise.all(this.#stores.map(async (store) => store.close()));
    await this.shell.drop(this.keyspace);
    await this.shell.close();
  }
}

/** A logger that keeps its warnings and errors. */
export function keptLogger(): KeptLogger {
  const lines: string[] = [];
  const keep = (message: string, fields: object = {}): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { ...silentLogger, lines, warn: keep, error: keep };
}

/** What a call rejected with; fails the test if it did not. */
export async function rejection(call: Promise<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    return error as Error;
  }
  throw new Error('the call was expected to be rejected, and it was not');
}
