/**
 * What a stream was made with. In: nothing. Out: the statements. One row a stream, whose values never change: where an
 * instrument lives follows from it.
 */
import type { Migration } from './migration.ts';

/** The number of partitions over which a stream spreads its instruments. */
export const streams: Migration = {
  id: 2,
  name: 'streams',
  statements: [
    `CREATE TABLE IF NOT EXISTS {keyspace}.streams (stream text PRIMARY KEY, base_partitions int)
      WITH comment = 'base_partitions decides the partition of an instrument, so it never changes.'`,
  ],
};
