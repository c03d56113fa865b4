/**
 * A keyspace of Cassandra under the suites. In: a server. Out: stores that find their tables empty. The tables are made
 * once for a file of tests and emptied before each test, which is faster than making them anew.
 */
import { randomBytes } from 'node:crypto';
import { type CassandraStore, openCassandraStore } from '@tapeline/cassandra';
import { createMetrics, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { CqlShell } from '../../packages/adapters/cassandra/test-kit/cql-shell.ts';

const tables = [
  'bars',
  'bar_revisions',
  'bar_buckets',
  'tape_chunks',
  'tape_index',
  'tape_buckets',
  'snapshots',
  'snapshot_parts',
  'instruments',
  'instruments_by_symbol',
  'datasets',
];

/** A keyspace of its own. */
export class CassandraKeyspace {
  readonly keyspace: string = `t_${randomBytes(6).toString('hex')}`;
  readonly #contactPoints: readonly string[];
  readonly #localDataCenter: string;
  readonly #shell: CqlShell;
  #opened: CassandraStore | undefined;
  #isNew = true;

  constructor(contactPoints: readonly string[], localDataCenter: string) {
    this.#contactPoints = contactPoints;
    this.#localDataCenter = localDataCenter;
    this.#shell = new CqlShell({ contactPoints, localDataCenter });
  }

  /** Opens the store; what was open before is closed. */
  async open(): Promise<CassandraStore> {
    await this.#opened?.close();
    this.#opened = await openCassandraStore({
      contactPoints: this.#contactPoints,
      localDataCenter: this.#localDataCenter,
      keyspace: this.keyspace,
      createKeyspace: true,
      stream: 'conformance',
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      metrics: createMetrics({ ofProcess: false }),
    });
    this.#isNew = false;
    return this.#opened;
  }

  /** Empties every table that holds anything. */
  async empty(): Promise<void> {
    if (this.#isNew) return;
    for (const table of tables) {
      const rows = await this.#shell.run(`SELECT * FROM ${this.keyspace}.${table} LIMIT 1`);
      if (rows.length > 0) await this.#shell.run(`TRUNCATE ${this.keyspace}.${table}`);
    }
  }

  /** Closes what is open. */
  async close(): Promise<void> {
    await this.#opened?.close();
    this.#opened = undefined;
  }

  /** Takes the keyspace away. */
  async end(): Promise<void> {
    await this.close();
    await this.#shell.drop(this.keyspace);
    await this.#shell.close();
  }
}
