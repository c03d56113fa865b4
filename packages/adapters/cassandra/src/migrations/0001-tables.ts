/**
 * The first tables. In: nothing. Out: their statements. Rows of bars are written whole with timestamps of their own and
 * never deleted; the only deletes are of old snapshots. Texts and dates so that a person can read them with cqlsh.
 */
import type { Migration } from './migration.ts';

const barKey = 'dataset text, symbol text, profile text, interval text, bucket int';
const barValues = `ends timestamp, trading_date date, session text, open bigint, high bigint, low bigint, close bigint,
  volume varint, notional varint, trades bigint, state text, log_position frozen<tuple<int, bigint, bigint>>,
  price_exponent tinyint, size_exponent tinyint`;
const terms = 'price_exponent tinyint, size_exponent tinyint, calendar text, currency text, tick_size bigint';
const unified = "compaction = {'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'T4'}";
const compressed = "compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': 16}";

/** Bars, their history, the tape, snapshots, instruments and signals. */
export const tables: Migration = {
  id: 1,
  name: 'tables',
  statements: [
    `CREATE TABLE IF NOT EXISTS {keyspace}.bars (${barKey}, start timestamp, ${barValues}, fold_version int, revision bigint,
      PRIMARY KEY ((dataset, symbol, profile, interval, bucket), start)
    ) WITH CLUSTERING ORDER BY (start DESC) AND ${unified} AND ${compressed}
      AND comment = 'The highest revision of each bar. Prices in 10^price_exponent, volume in 10^size_exponent, notional in both; log_position is (partition, epoch, offset).'`,
    `CREATE TABLE IF NOT EXISTS {keyspace}.bar_revisions (${barKey}, start timestamp, fold_version int, revision bigint, ${barValues},
      PRIMARY KEY ((dataset, symbol, profile, interval, bucket), start, fold_version, revision)
    ) WITH CLUSTERING ORDER BY (start DESC, fold_version DESC, revision DESC) AND ${unified} AND ${compressed}
      AND comment = 'Every revision of each bar, for as long as the writer says.'`,
    `CREATE TABLE IF NOT EXISTS {keyspace}.bar_buckets (dataset text, symbol text, profile text, interval text, bucket int,
      PRIMARY KEY ((dataset, symbol, profile, interval), bucket)
    ) WITH comment = 'Which buckets of bars hold anything.'`,
    `CREATE TABLE IF NOT EXISTS {keyspace}.tape_chunks (dataset text, symbol text, number_bucket bigint, first_number bigint,
      last_number bigint, first_event_ns bigint, last_event_ns bigint, amends boolean, bytes blob,
      PRIMARY KEY ((dataset, symbol, number_bucket), first_number)
    ) WITH ${unified} AND ${compressed} AND comment = 'Counted ticks in columns; bytes is a TapeRecord.'`,
    `CREATE TABLE IF NOT EXISTS {keyspace}.tape_index (dataset text, symbol text, kind text, month int, number_bucket bigint,
      first_number bigint, last_number bigint, first_event_ns bigint, last_event_ns bigint, amends boolean,
      PRIMARY KEY ((dataset, symbol, kind, month, number_bucket), first_number)
    ) WITH ${unified} AND ${compressed}
      AND comment = 'Chunks by the months of their event times; kind is time or amends, month 0 holds chunks of more than a year.'`,
    `CREATE TABLE IF NOT EXISTS {keyspace}.tape_buckets (dataset text, symbol text, kind text, month int, number_bucket bigint,
      PRIMARY KEY ((dataset, symbol), kind, month, number_bucket)
    ) WITH comment = 'Which buckets of the tape hold anything; kind is number, time or amends.'`,
    `CREATE TABLE IF NOT EXISTS {keyspace}.snapshots (stream text, log_partition int, epoch bigint, generation bigint,
      claimed bigint static, next_offset bigint, byte_count bigint, part_count int, sha256 blob, complete boolean,
      PRIMARY KEY ((stream, log_partition), epoch, generation)
    ) WITH CLUSTERING ORDER BY (epoch DESC, generation DESC) AND gc_grace_seconds = 3600
      AND comment = 'Snapshots of workers; claimed is the highest claim, and every write is conditional on it.'`,
    `CREATE TABLE IF NOT EXISTS {keyspace}.snapshot_parts (stream text, log_partition int, epoch bigint, generation bigint,
      part int, bytes blob, PRIMARY KEY ((stream, log_partition, epoch, generation), part)
    ) WITH gc_grace_seconds = 3600 AND compression = {'enabled': false} AND comment = 'The bytes of snapshots.'`,
    `CREATE TABLE IF NOT EXISTS {keyspace}.instruments (dataset text, symbol text, ${terms},
      PRIMARY KEY ((dataset), symbol)
    ) WITH comment = 'Instruments in order; a copy of instruments_by_symbol.'`,
    `CREATE TABLE IF NOT EXISTS {keyspace}.instruments_by_symbol (symbol text, dataset text, ${terms},
      PRIMARY KEY ((symbol), dataset)
    ) WITH comment = 'What numbers of an instrument mean; the first terms stay.'`,
    `CREATE TABLE IF NOT EXISTS {keyspace}.datasets (bucket int, dataset text, PRIMARY KEY ((bucket), dataset)
    ) WITH comment = 'Datasets that have instruments, all in bucket 0.'`,
    `CREATE TABLE IF NOT EXISTS {keyspace}.signals (dataset text, symbol text, kind text, bucket int, time timestamp,
      fold_version int, revision bigint, body blob, PRIMARY KEY ((dataset, symbol, kind, bucket), time)
    ) WITH CLUSTERING ORDER BY (time DESC) AND ${unified} AND ${compressed}
      AND comment = 'What was computed of bars.'`,
  ],
};
