/**
 * The statements of snapshots. In: nothing. Out: text. Every write of a header is conditional on the claim, a static
 * column of the same partition, so the claim and the header are decided in one place at one time.
 */

const partition = 'stream = ? AND log_partition = ?';
const generation = `${partition} AND epoch = ? AND generation = ?`;

type HeaderStatement = 'claimed' | 'claim' | 'list' | 'begin' | 'complete' | 'remove';

/** Statements of headers. */
export const headerStatements: Readonly<Record<HeaderStatement, string>> = {
  claimed: `SELECT claimed FROM {keyspace}.snapshots WHERE ${partition} LIMIT 1`,
  claim: `UPDATE {keyspace}.snapshots SET claimed = ? WHERE ${partition} IF claimed = ?`,
  list: `SELECT epoch, generation, next_offset, byte_count, part_count, sha256, complete FROM {keyspace}.snapshots WHERE ${partition}`,
  begin: `UPDATE {keyspace}.snapshots SET complete = false WHERE ${generation} IF claimed = ?`,
  complete: `UPDATE {keyspace}.snapshots SET next_offset = ?, byte_count = ?, part_count = ?, sha256 = ?, complete = true WHERE ${generation} IF claimed = ?`,
  remove: `DELETE FROM {keyspace}.snapshots WHERE ${generation} IF claimed = ?`,
};

/** Statements of the bytes. */
export const partStatements: Readonly<Record<'put' | 'all' | 'remove', string>> = {
  put: 'INSERT INTO {keyspace}.snapshot_parts (stream, log_partition, epoch, generation, part, bytes) VALUES (?, ?, ?, ?, ?, ?)',
  all: `SELECT part, bytes FROM {keyspace}.snapshot_parts WHERE ${generation} AND part >= 0`,
  remove: `DELETE FROM {keyspace}.snapshot_parts WHERE ${generation}`,
};
