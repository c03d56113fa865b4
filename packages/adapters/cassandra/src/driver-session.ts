/**
 * The session over the driver. In: a connected client. Out: the seam `Session`. Everything has a time limit, so nothing
 * hangs; consistency is LOCAL_QUORUM, and LOCAL_SERIAL where conditions decide.
 */
import { type Client, types } from 'cassandra-driver';
import type { Clock } from '@tapeline/runtime';
import { CassandraError } from './cassandra-error.ts';
import type { BatchFrame } from './batch-frame.ts';
import { waitLimitsMs } from './cassandra-options.ts';
import { preparedId, sendFrame } from './driver-internals.ts';
import type { Row, Session, StatementHow, Value } from './session.ts';

const { localQuorum, localSerial } = types.consistencies;
const pageRowsDefault = 5_000;
const agreementPollMs = 200;

/** A session of one keyspace; statements name it as `{keyspace}`. */
export class DriverSession implements Session {
  readonly keyspace: string;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #statements = new Map<string, string>();

  constructor(client: Client, keyspace: string, clock: Clock) {
    this.#client = client;
    this.keyspace = keyspace;
    this.#clock = clock;
  }

  async execute(statement: string, values: readonly Value[], how: StatementHow = {}): Promise<readonly Row[]> {
    let all: Row[] | undefined;
    for await (const rows of this.pages(statement, values, how)) {
      if (all === undefined) all = [...rows];
      else for (const row of rows) all.push(row);
    }
    return all ?? [];
  }

  async *pages(statement: string, values: readonly Value[], how: StatementHow = {}): AsyncGenerator<readonly Row[]> {
    const { kind = 'read', pageRows = pageRowsDefault } = how;
    let pageState: string | undefined;
    do {
      const result = await this.#client.execute(this.#cql(statement), [...values], {
        prepare: kind !== 'schema',
        isIdempotent: kind !== 'conditional',
        consistency: kind === 'settled' ? localSerial : localQuorum,
        serialConsistency: localSerial,
        fetchSize: pageRows,
        readTimeout: kind === 'schema' ? waitLimitsMs.agreement : waitLimitsMs.request,
        ...(pageState === undefined ? {} : { pageState }),
      });
      // A statement that answers no rows has none at all.
      yield (result.rows as readonly Row[] | undefined) ?? [];
      pageState = (result.pageState as string | null | undefined) ?? undefined;
    } while (pageState !== undefined);
  }

  prepare(statement: string): Promise<Buffer> {
    return preparedId(this.#client, this.#cql(statement));
  }

  async send(frame: BatchFrame): Promise<void> {
    await sendFrame(this.#client, frame, {
      consistency: localQuorum,
      isIdempotent: true,
      keyspace: this.keyspace,
      routingKey: frame.routingKey,
    });
  }

  async agreed(): Promise<void> {
    const endMs = this.#clock.monotonicMs() + waitLimitsMs.agreement;
    for (;;) {
      const local = await this.execute('SELECT schema_version FROM system.local', []);
      const peers = await this.execute('SELECT schema_version FROM system.peers', []);
      const versions = new Set([...local, ...peers].map((row) => String(row['schema_version'])));
      if (versions.size <= 1) return;
      if (this.#clock.monotonicMs() >= endMs) {
        const fact = `the nodes have ${versions.size} versions of the tables after ${waitLimitsMs.agreement} ms`;
        throw new CassandraError('NOT_REACHABLE', `${fact}; start the node that is down, or wait for it`);
      }
      await this.#clock.sleep(agreementPollMs);
    }
  }

  async close(): Promise<void> {
    await this.#client.shutdown();
  }

  #cql(statement: string): string {
    let text = this.#statements.get(statement);
    if (text === undefined) {
      // In quotes, so that a word that CQL reserves may name a keyspace, too.
      text = statement.replaceAll('{keyspace}', `"${this.keyspace}"`);
      this.#statements.set(statement, text);
    }
    return text;
  }
}
