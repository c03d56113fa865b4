/**
 * The columns that this version reads and writes. In: the tables as a cluster has them. Out: what is missing or of another
 * type, in words for a person. What is there besides does no harm: a newer version may have added it.
 */
import type { Row } from './session.ts';

const terms = {
  price_exponent: 'tinyint',
  size_exponent: 'tinyint',
  calendar: 'text',
  currency: 'text',
  tick_size: 'bigint',
};
const bar = {
  dataset: 'text',
  symbol: 'text',
  profile: 'text',
  interval: 'text',
  bucket: 'int',
  start: 'timestamp',
  ends: 'timestamp',
  trading_date: 'date',
  session: 'text',
  open: 'bigint',
  high: 'bigint',
  low: 'bigint',
  close: 'bigint',
  volume: 'varint',
  notional: 'varint',
  trades: 'bigint',
  state: 'text',
  log_position: 'frozen<tuple<int, bigint, bigint>>',
  price_exponent: 'tinyint',
  size_exponent: 'tinyint',
  fold_version: 'int',
  revision: 'bigint',
};
const tapeRange = {
  number_bucket: 'bigint',
  first_number: 'bigint',
  last_number: 'bigint',
  first_event_ns: 'bigint',
  last_event_ns: 'bigint',
  amends: 'boolean',
};
const generation = { stream: 'text', log_partition: 'int', epoch: 'bigint', generation: 'bigint' };

/** Tables by name, columns by name, and their types as Cassandra writes them. */
export const expectedTables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  bars: bar,
  bar_revisions: bar,
  bar_buckets: { dataset: 'text', symbol: 'text', profile: 'text', interval: 'text', bucket: 'int' },
  tape_chunks: { dataset: 'text', symbol: 'text', ...tapeRange, bytes: 'blob' },
  tape_index: { dataset: 'text', symbol: 'text', kind: 'text', month: 'int', ...tapeRange },
  tape_buckets: { dataset: 'text', symbol: 'text', kind: 'text', month: 'int', number_bucket: 'bigint' },
  snapshots: {
    ...generation,
    claimed: 'bigint',
    next_offset: 'bigint',
    byte_count: 'bigint',
    part_count: 'int',
    sha256: 'blob',
    complete: 'boolean',
  },
  snapshot_parts: { ...generation, part: 'int', bytes: 'blob' },
  instruments: { dataset: 'text', symbol: 'text', ...terms, pin: 'int' },
  instruments_by_symbol: { symbol: 'text', dataset: 'text', ...terms, pin: 'int' },
  streams: { stream: 'text', base_partitions: 'int', topic_ids: 'map<text, text>' },
  datasets: { bucket: 'int', dataset: 'text' },
};

/** What of the expected tables is not there; `rows` are those of system_schema.columns. */
export function tableFaults(keyspace: string, rows: readonly Row[]): string[] {
  const found = new Map(
    rows.map((row) => [`${row['table_name'] as string}.${row['column_name'] as string}`, row['type']]),
  );
  const tables = new Set(rows.map((row) => row['table_name']));
  return Object.entries(expectedTables).flatMap(([table, columns]) => {
    if (!tables.has(table)) return [`table ${keyspace}.${table} is missing`];
    return Object.entries(columns).flatMap(([column, type]) => {
      const is = found.get(`${table}.${column}`);
      if (is === undefined) return [`column ${keyspace}.${table}.${column} (${type}) is missing`];
      return is === type ? [] : [`column ${keyspace}.${table}.${column} is ${is as string}, not ${type}`];
    });
  });
}
