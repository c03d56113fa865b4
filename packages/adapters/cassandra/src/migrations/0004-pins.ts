/**
 * Where instruments live that do not live at home. In: nothing. Out: the statements. One more column of the row that decides
 * an instrument's terms, so that both are decided by the same conditional write; and of its copy in order.
 */
import type { Migration } from './migration.ts';

/** The partition that an instrument is pinned to. */
export const pins: Migration = {
  id: 4,
  name: 'pins',
  statements: [
    'ALTER TABLE {keyspace}.instruments_by_symbol ADD IF NOT EXISTS pin int',
    'ALTER TABLE {keyspace}.instruments ADD IF NOT EXISTS pin int',
    `ALTER TABLE {keyspace}.instruments_by_symbol WITH comment = 'What numbers of an instrument mean, and pin, the partition it lives in; the first ones stay. Terms without a pin: it lives at home for ever. A pin without terms: no tick of it was in order yet.'`,
  ],
};
