/**
 * The tables of the store. In: nothing. Out: their statements. Whole numbers and text, so that anybody can look at a
 * copy with any SQLite shell; texts that many rows share stand once, and strings compare by code point (BINARY).
 */
import { barNumbers } from './packed-bars.ts';

/** Pages of the store: small, because bars of many instruments are written all over the tree. */
export const storePageBytes = 4_096;

/** Columns of a bar that are numbers of its own, in the order of packed bars. */
export const barColumns: readonly string[] = barNumbers.slice(0, -2);

/** Columns that may be NULL: a bar without an eligible trade has no prices. */
const priceColumns: ReadonlySet<string> = new Set(['open', 'high', 'low', 'close']);

const barColumnsSql = barColumns
  .map((name) => `${name} INTEGER${priceColumns.has(name) ? '' : ' NOT NULL'}`)
  .join(', ');

/** Came after the others, so it is made wherever it is missing; a version that does not know it passes over it. */
export const claimsTable =
  'CREATE TABLE IF NOT EXISTS snapshot_claims (partition_number INTEGER PRIMARY KEY, epoch INTEGER NOT NULL) STRICT';

/**
 * `volume` and `notional` are of type ANY: an integer, or its digits as text where 64 bits do not hold it. `session`
 * and `state` are indices: pre, regular, post, closed; forming, closed, revised. `chunk_span_ns` is the longest time from
 * first to last event in a chunk of the instrument: it bounds where chunks of a time range can begin and end.
 */
export const storeTables: string = `
  CREATE TABLE instruments (
    id INTEGER PRIMARY KEY, dataset TEXT NOT NULL, symbol TEXT NOT NULL, price_exponent INTEGER, size_exponent INTEGER,
    calendar TEXT, currency TEXT, tick_size INTEGER, chunk_span_ns INTEGER NOT NULL DEFAULT 0, UNIQUE (dataset, symbol)
  ) STRICT;
  CREATE INDEX instruments_by_symbol ON instruments (symbol, dataset);
  CREATE TABLE kinds (id INTEGER PRIMARY KEY, interval TEXT NOT NULL, profile TEXT NOT NULL, UNIQUE (interval, profile)) STRICT;
  CREATE TABLE bars (
    instrument INTEGER NOT NULL, kind INTEGER NOT NULL, ${barColumnsSql}, volume ANY NOT NULL, notional ANY NOT NULL,
    PRIMARY KEY (instrument, kind, start_sec)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tape (
    id INTEGER PRIMARY KEY, instrument INTEGER NOT NULL, first_number INTEGER NOT NULL, last_number INTEGER NOT NULL,
    first_event_ns INTEGER NOT NULL, last_event_ns INTEGER NOT NULL, amends INTEGER NOT NULL, bytes BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX tape_by_number ON tape (instrument, first_number);
  CREATE INDEX tape_by_first_event ON tape (instrument, first_event_ns, first_number, last_event_ns);
  CREATE INDEX tape_by_last_event ON tape (instrument, last_event_ns, first_number, first_event_ns);
  CREATE INDEX tape_amending ON tape (instrument, first_event_ns, first_number, last_event_ns) WHERE amends = 1;
  CREATE TABLE snapshots (
    saved INTEGER PRIMARY KEY, partition_number INTEGER NOT NULL, next_offset INTEGER NOT NULL, bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX snapshots_of_partition ON snapshots (partition_number, saved);
  ${claimsTable};`;
