/**
 * Brings the tables up to this version. In: a connection. Out: what was done. Steps only add, run in order under a lock,
 * and each is written down with its checksum once all nodes have it; run twice, or by many at once, they do no harm.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '@tapeline/runtime';
import { appliedMigrations, columnsOf, tablesFault } from './check-tables.ts';
import { CassandraError } from './cassandra-error.ts';
import { checkConnection, type MigrateOptions } from './cassandra-options.ts';
import { connectSession } from './connect-session.ts';
import { ensureKeyspace } from './keyspace.ts';
import { type HeldLock, type LockParts, withMigrationLock } from './migration-lock.ts';
import { checksumOf } from './migrations/all-migrations.ts';
import type { Migration } from './migrations/migration.ts';
import type { Session } from './session.ts';
import { failureOf, mayPass } from './write-failure.ts';

/** Ids of the migrations that were applied now; none where all were. */
export type MigrateReport = { readonly applied: readonly number[] };

const schema = { kind: 'schema' } as const;

/** How long a table that is being made may take to be there, and the pause between two looks, ms. */
const loadMsMax = 10_000;
const loadPollMs = 200;

/** Made before there is a lock, by all who start at once. */
const bookTables: Readonly<Record<string, string>> = {
  schema_migrations: 'id int PRIMARY KEY, name text, checksum text, applied_at timestamp',
  schema_lock: 'name text PRIMARY KEY, owner text',
};

/** Connects, migrates and closes. Rejects with `CassandraError`. */
export async function migrate(options: MigrateOptions): Promise<MigrateReport> {
  checkConnection(options);
  const session = await connectSession(options);
  try {
    await ensureKeyspace(session, options);
    return await migrateTables(session, options);
  } finally {
    await session.close();
  }
}

/**
 * Migrates through an open session. A table that another starter is just making stands in the catalogue before the node
 * has it, so one that is said to be missing is looked for again for a while. Rejects with STORE_UNFIT, and with
 * `StartStoppedError` at a stop.
 */
export async function migrateTables(session: Session, options: LockParts): Promise<MigrateReport> {
  const { clock } = options;
  for (const endMs = clock.monotonicMs() + loadMsMax; ;) {
    try {
      return await migrateOnce(session, options);
    } catch (error) {
      if (!isOfOthers(error) || clock.monotonicMs() >= endMs) throw error;
      await clock.sleep(loadPollMs);
    }
  }
}

/** Others who start at the same moment make conditional writes time out; each step may be run again. */
function isOfOthers(error: unknown): boolean {
  const failure = failureOf(error);
  if (mayPass(failure)) return true;
  return (
    failure.code === 'invalid' && error instanceof Error && /does not exist|unconfigured table/.test(error.message)
  );
}

async function migrateOnce(session: Session, parts: LockParts): Promise<MigrateReport> {
  const { clock, logger } = parts;
  if ((await missing(session)).length === 0) return { applied: [] };
  await makeBookTables(session);
  const applied = await withMigrationLock(session, parts, async (lock) => {
    const steps = await missing(session);
    for (const step of steps) await applyStep(session, lock, step, clock);
    return steps.map(({ id }) => id);
  });
  if (applied.length > 0)
    logger.info('the tables were migrated', { keyspace: session.keyspace, applied: applied.join() });
  return { applied };
}

/** Refuses tables that do not fit. Rejects with STORE_UNFIT. */
export async function checkTables(session: Session): Promise<void> {
  const steps = await missing(session);
  if (steps.length > 0) {
    const ids = steps.map(({ id }) => id).join(', ');
    throw new CassandraError(
      'STORE_UNFIT',
      `keyspace ${session.keyspace} lacks migration ${ids}; run the migration first`,
    );
  }
  const fault = await tablesFault(session);
  if (fault !== undefined) throw new CassandraError('STORE_UNFIT', fault);
}

async function missing(session: Session): Promise<readonly Migration[]> {
  const { missing: steps, fault } = await appliedMigrations(session);
  if (fault !== undefined) throw new CassandraError('STORE_UNFIT', fault);
  return steps;
}

async function makeBookTables(session: Session): Promise<void> {
  const columns = await columnsOf(session);
  const known = new Set(columns.map((row) => row['table_name']));
  const absent = Object.entries(bookTables).filter(([table]) => !known.has(table));
  for (const [table, columnList] of absent) {
    const made = `CREATE TABLE IF NOT EXISTS {keyspace}.${table} (${columnList}) WITH id = ${tableId(session.keyspace, table)}`;
    await session.execute(made, [], schema);
  }
  if (absent.length > 0) await session.agreed();
}

/**
 * The id of a table that two may make at once on different nodes: the same from both, so that it is one table. Ids are of the
 * whole cluster, hence the keyspace in it. A UUID of version 8, whose bits are anybody's own.
 */
function tableId(keyspace: string, table: string): string {
  const digits = createHash('sha256').update(`${keyspace}.${table}`).digest('hex');
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}

async function applyStep(session: Session, lock: HeldLock, step: Migration, clock: Clock): Promise<void> {
  for (const statement of step.statements) {
    await lock.renew();
    await session.execute(statement, [], schema);
    await session.agreed();
  }
  await session.execute(
    'INSERT INTO {keyspace}.schema_migrations (id, name, checksum, applied_at) VALUES (?, ?, ?, ?)',
    [step.id, step.name, checksumOf(step), new Date(clock.nowMs())],
    { kind: 'write' },
  );
}
