/**
 * Which topics are the log of a stream. In: nothing. Out: the statements. One more column of the one row of a stream: a few
 * hundred bytes, entered once for each topic.
 */
import type { Migration } from './migration.ts';

/** The ids of a stream's topics, by topic. */
export const topicIds: Migration = {
  id: 3,
  name: 'topic ids',
  statements: [
    'ALTER TABLE {keyspace}.streams ADD IF NOT EXISTS topic_ids map<text, text>',
    `ALTER TABLE {keyspace}.streams WITH comment = 'base_partitions decides the partition of an instrument, topic_ids which topics are the log; neither ever changes.'`,
  ],
};
