/**
 * The statements of bars and their columns, in the order in which rows are encoded. In: nothing. Out: text. All columns
 * stand in every insert, so a row is of one revision whole (law 5).
 */

/** Columns of both tables of bars, in order; the first five are the partition's key. */
export const barColumns = [
  'dataset',
  'symbol',
  'profile',
  'interval',
  'bucket',
  'start',
  'ends',
  'trading_date',
  'session',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'notional',
  'trades',
  'state',
  'log_position',
  'price_exponent',
  'size_exponent',
  'fold_version',
  'revision',
] as const;

const names = barColumns.join(', ');
const marks = barColumns.map(() => '?').join(', ');

/** The row that is read; the last value is its timestamp, µs. */
export const insertBar: string = `INSERT INTO {keyspace}.bars (${names}) VALUES (${marks}) USING TIMESTAMP ?`;
/** The row of the history; the last values are its time to live, s, and its timestamp, µs. */
export const insertRevision: string = `INSERT INTO {keyspace}.bar_revisions (${names}) VALUES (${marks}) USING TTL ? AND TIMESTAMP ?`;
/** Says that a bucket holds something; the same whoever says it. */
export const insertBucket =
  'INSERT INTO {keyspace}.bar_buckets (dataset, symbol, profile, interval, bucket) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP 1';

const series = 'dataset = ? AND symbol = ? AND profile = ? AND interval = ?';

/** Buckets of a series from one to another, in or against their order. */
export function selectBuckets(newestFirst: boolean): string {
  const order = newestFirst ? 'DESC' : 'ASC';
  return `SELECT bucket FROM {keyspace}.bar_buckets WHERE ${series} AND bucket >= ? AND bucket <= ? ORDER BY bucket ${order}`;
}

/** Bars of one bucket from a start up to, and without, another, in or against their order. */
export function selectBars(newestFirst: boolean): string {
  const order = newestFirst ? 'DESC' : 'ASC';
  return `SELECT ${barColumns.slice(5).join(', ')} FROM {keyspace}.bars WHERE ${series} AND bucket = ? AND start >= ? AND start < ? ORDER BY start ${order} LIMIT ?`;
}
