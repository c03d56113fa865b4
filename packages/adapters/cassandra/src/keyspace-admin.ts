/**
 * A keyspace from outside: what it is, and the changes that whoever keeps it makes. In: a connection. Out: nodes, replication,
 * tables, migrations, the stream and its pins; each change may be made again and is done when every node, or of a row a quorum,
 * has it. Rows of bars and ticks are not touched.
 */
import { homePartition, type InstrumentPin, StoreError } from '@tapeline/domain';
import type { Metrics, RandomSource } from '@tapeline/runtime';
import { appliedMigrations, tablesFault } from './check-tables.ts';
import { CassandraError } from './cassandra-error.ts';
import { type CassandraConnection, checkConnection } from './cassandra-options.ts';
import { connectSession } from './connect-session.ts';
import { migrateTables, type MigrateReport } from './migrate.ts';
import { allMigrations } from './migrations/all-migrations.ts';
import { PatientReads } from './patient-reads.ts';
import { type DecidedPlace, Pins } from './pins.ts';
import type { Row, Session } from './session.ts';
import { storeMetrics } from './store-metrics.ts';
import { type StreamRow, StreamRows } from './stream-row.ts';
import { storeErrorOf } from './write-failure.ts';

/** A node as the cluster names it; one that is down is named, too. */
export type ObservedNode = { readonly address: string; readonly dataCenter: string; readonly schemaVersion: string };

/** How the files of a table are merged; the class without its package. */
export type TableCompaction = { readonly class: string; readonly options: Readonly<Record<string, string>> };

/** A table as it is; `ttlSec` 0 = rows stay. */
export type ObservedTable = { readonly name: string; readonly ttlSec: number; readonly compaction: TableCompaction };

/** A keyspace as it is. */
export type ObservedKeyspace = {
  /** Copies by data centre; empty where it is replicated in another way. */
  readonly replication: Readonly<Record<string, number>>;
  readonly tables: readonly ObservedTable[];
  /** The last migration that was applied, 0 = none, and those that are not. */
  readonly migration: number;
  readonly missingMigrations: readonly number[];
  /** A migration that was applied with another text. */
  readonly migrationFault: string | undefined;
  /** What is not as it has to be although every migration was applied. */
  readonly tablesFault: string | undefined;
};

/** A cluster, and the keyspace if it is there. */
export type ObservedCluster = {
  readonly nodes: readonly ObservedNode[];
  readonly keyspace: ObservedKeyspace | undefined;
};

/** Pins of instruments that live where they are pinned to, and of those that lived elsewhere before. */
export type SettledPins = { readonly held: readonly InstrumentPin[]; readonly late: readonly InstrumentPin[] };

/** Work on one keyspace. Everything rejects with `StoreError` or `CassandraError`. */
export type KeyspaceAdmin = {
  observe(): Promise<ObservedCluster>;
  createKeyspace(replication: Readonly<Record<string, number>>): Promise<void>;
  setReplication(replication: Readonly<Record<string, number>>): Promise<void>;
  migrate(): Promise<MigrateReport>;
  setTable(name: string, change: { readonly ttlSec?: number; readonly compaction?: TableCompaction }): Promise<void>;
  dropKeyspace(): Promise<void>;
  /** The stream as it was made; `undefined` = it is new. STORE_UNFIT where the keyspace holds another stream. */
  findStream(stream: string): Promise<StreamRow | undefined>;
  /** Enters a stream, and topics that it does not name yet; answers what holds from now on. */
  enterStream(stream: string, row: StreamRow): Promise<StreamRow>;
  /** What became of these pins; one that is in neither list can still be entered. STORE_UNFIT before the stream is entered. */
  findPins(stream: string, pins: readonly InstrumentPin[]): Promise<SettledPins>;
  /** Enters pins; each is held or late afterwards. STORE_UNFIT, and none is entered, if one names no base partition. */
  enterPins(stream: string, pins: readonly InstrumentPin[]): Promise<SettledPins>;
  close(): Promise<void>;
};

/** What it is opened with. */
export type KeyspaceAdminOptions = CassandraConnection & { readonly metrics: Metrics; readonly random: RandomSource };

const schema = { kind: 'schema' } as const;

/** Connects; the keyspace need not be there. Rejects with `CassandraError`. */
export async function openKeyspaceAdmin(options: KeyspaceAdminOptions): Promise<KeyspaceAdmin> {
  checkConnection(options);
  const session = await connectSession(options);
  const { keyspace, clock, logger, random } = options;
  const metrics = storeMetrics(options.metrics);
  const reads = new PatientReads({ session, clock, random, metrics, diagnose: () => Promise.resolve(undefined) });
  const change = async (what: string, statement: string): Promise<void> =>
    told(`${what} of keyspace ${keyspace}`, async () => {
      await session.execute(statement, [], schema);
      await session.agreed();
    });
  return {
    observe: async () => told(`looking at keyspace ${keyspace}`, () => observe(session)),
    createKeyspace: async (replication) =>
      change(
        'the making',
        `CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = ${replicationLiteral(replication)}`,
      ),
    setReplication: async (replication) =>
      change('the replication', `ALTER KEYSPACE {keyspace} WITH replication = ${replicationLiteral(replication)}`),
    migrate: async () => told(`the migration of keyspace ${keyspace}`, () => migrateTables(session, { clock, logger })),
    setTable: async (name, { ttlSec, compaction }) => {
      const options = [
        ...(ttlSec === undefined ? [] : [`default_time_to_live = ${wholeNumber(ttlSec)}`]),
        ...(compaction === undefined
          ? []
          : [`compaction = ${mapLiteral({ class: compaction.class, ...compaction.options })}`]),
      ];
      await change(`table ${name}`, `ALTER TABLE {keyspace}.${identifier(name)} WITH ${options.join(' AND ')}`);
    },
    dropKeyspace: async () => change('the drop', 'DROP KEYSPACE IF EXISTS {keyspace}'),
    findStream: async (stream) => new StreamRows(session, reads, stream).find(),
    enterStream: async (stream, row) => {
      const rows = new StreamRows(session, reads, stream);
      const known = (await rows.find()) ?? (await rows.enter(row));
      const added = new Map([...row.topicIds].filter(([topic]) => !known.topicIds.has(topic)));
      return added.size === 0 ? known : rows.addTopics(known, added);
    },
    findPins: async (stream, pins) => {
      const partitions = await basePartitionsOf(new StreamRows(session, reads, stream), stream);
      return settledPins(pins, await new Pins(session, reads).find(pins), partitions);
    },
    enterPins: async (stream, pins) => {
      const partitions = await basePartitionsOf(new StreamRows(session, reads, stream), stream);
      for (const { dataset, symbol, partition } of pins) {
        if (partition < partitions) continue;
        const message = `the pin of ${symbol} in ${dataset} names partition ${partition}, and the highest is ${partitions - 1}`;
        throw new StoreError('STORE_UNFIT', `${message}, of those that stream ${stream} was made with`);
      }
      const places = await new Pins(session, reads).enter(pins);
      return settledPins(
        pins,
        places.map((pin) => pin ?? 'home'),
        partitions,
      );
    },
    close: () => session.close(),
  };
}

async function basePartitionsOf(rows: StreamRows, stream: string): Promise<number> {
  const row = await rows.find();
  if (row === undefined) {
    throw new StoreError('STORE_UNFIT', `stream ${stream} is not entered in the keyspace; enter it before its pins`);
  }
  return row.basePartitions;
}

function settledPins(pins: readonly InstrumentPin[], places: readonly DecidedPlace[], partitions: number): SettledPins {
  const [held, late]: [InstrumentPin[], InstrumentPin[]] = [[], []];
  for (const [index, pin] of pins.entries()) {
    const place = places[index];
    if (place === undefined) continue;
    const lives = place === 'home' ? homePartition(pin.dataset, pin.symbol, partitions) : place;
    (lives === pin.partition ? held : late).push(pin);
  }
  return { held, late };
}

async function told<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CassandraError ? error : storeErrorOf(error, what);
  }
}

async function observe(session: Session): Promise<ObservedCluster> {
  const local = await session.execute('SELECT broadcast_address, data_center, schema_version FROM system.local', []);
  const peers = await session.execute('SELECT peer, data_center, schema_version FROM system.peers', []);
  const nodes = [...local, ...peers].map((row) => ({
    address: String(row['broadcast_address'] ?? row['peer']),
    dataCenter: String(row['data_center']),
    schemaVersion: String(row['schema_version']),
  }));
  const found = 'SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?';
  const [row] = await session.execute(found, [session.keyspace]);
  return { nodes, keyspace: row === undefined ? undefined : await observeKeyspace(session, row) };
}

async function observeKeyspace(session: Session, row: Row): Promise<ObservedKeyspace> {
  const settings =
    'SELECT table_name, default_time_to_live, compaction FROM system_schema.tables WHERE keyspace_name = ?';
  const tables = (await session.execute(settings, [session.keyspace])).map(tableOf);
  const { missing, fault } = await appliedMigrations(session);
  const applied = allMigrations.filter(({ id }) => !missing.some((step) => step.id === id)).map(({ id }) => id);
  return {
    replication: replicationOf(row['replication'] as Readonly<Record<string, string>>),
    tables,
    migration: Math.max(0, ...applied),
    missingMigrations: missing.map(({ id }) => id),
    migrationFault: fault,
    tablesFault: missing.length > 0 ? undefined : await tablesFault(session),
  };
}

function tableOf(row: Row): ObservedTable {
  const { class: name = '', ...options } = row['compaction'] as Readonly<Record<string, string>>;
  return {
    name: String(row['table_name']),
    ttlSec: Number(row['default_time_to_live']),
    compaction: { class: name.split('.').at(-1) ?? name, options },
  };
}

function replicationOf({
  class: name = '',
  ...copies
}: Readonly<Record<string, string>>): Readonly<Record<string, number>> {
  if (!name.endsWith('NetworkTopologyStrategy')) return {};
  return Object.fromEntries(Object.entries(copies).map(([dataCenter, count]) => [dataCenter, Number(count)]));
}

function replicationLiteral(replication: Readonly<Record<string, number>>): string {
  const copies = Object.entries(replication).map(([dataCenter, count]) => [dataCenter, String(wholeNumber(count))]);
  return mapLiteral({ class: 'NetworkTopologyStrategy', ...Object.fromEntries(copies) });
}

/** A map of CQL; a quote inside is doubled, so that no text can end its literal. */
function mapLiteral(map: Readonly<Record<string, string>>): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  return `{${Object.entries(map)
    .map(([key, value]) => `${quoted(key)}: ${quoted(value)}`)
    .join(', ')}}`;
}

function wholeNumber(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new CassandraError('BAD_OPTION', `${value} is no whole number from 0; correct it`);
}

function identifier(name: string): string {
  if (/^[a-z][a-z0-9_]{0,47}$/.test(name)) return name;
  throw new CassandraError('BAD_OPTION', `'${name}' is no name of a table; correct it`);
}
