/**
 * Whether the tables fit this version. In: a session. Out: nothing, or the words for a person: which migration or column
 * is not as it must be, and what to do.
 */
import { allMigrations, checksumOf } from './migrations/all-migrations.ts';
import type { Migration } from './migrations/migration.ts';
import { tableFaults } from './expected-tables.ts';
import type { Row, Session } from './session.ts';

const faultsTold = 3;
const restore = 'put it back as the migrations have it, or restore the keyspace from a backup';

/** What is known of the migrations of a keyspace. */
export type Applied = { readonly missing: readonly Migration[]; readonly fault: string | undefined };

/** Columns of a keyspace's tables. */
export function columnsOf(session: Session): Promise<readonly Row[]> {
  return session.execute('SELECT table_name, column_name, type FROM system_schema.columns WHERE keyspace_name = ?', [
    session.keyspace,
  ]);
}

/** Which migrations are not applied yet, and what is wrong with one that is. */
export async function appliedMigrations(session: Session): Promise<Applied> {
  const columns = await columnsOf(session);
  const known = columns.some((row) => row['table_name'] === 'schema_migrations');
  const rows = known ? await session.execute('SELECT id, checksum FROM {keyspace}.schema_migrations', []) : [];
  const checksums = new Map(rows.map((row) => [row['id'], row['checksum']]));
  const changed = allMigrations.find((one) => checksums.has(one.id) && checksums.get(one.id) !== checksumOf(one));
  const fault =
    changed &&
    `migration ${changed.id} (${changed.name}) of keyspace ${session.keyspace} was applied with another text than this version's; run the version that made the keyspace, or take another keyspace`;
  return { missing: allMigrations.filter(({ id }) => !checksums.has(id)), fault };
}

/** What is wrong with the tables; nothing if they fit. */
export async function tablesFault(session: Session): Promise<string | undefined> {
  const faults = tableFaults(session.keyspace, await columnsOf(session));
  if (faults.length === 0) return undefined;
  const more = faults.length > faultsTold ? ` and ${faults.length - faultsTold} more` : '';
  return `the store's tables do not fit: ${faults.slice(0, faultsTold).join('; ')}${more}; ${restore}`;
}
