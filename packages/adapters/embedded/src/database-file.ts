/**
 * How both databases are opened. In: a path and what the file must be. Out: a connection in WAL mode whose header and
 * facts fit, or a failure that says what does not. A file is made whole or not at all: its tables and its facts come in
 * one transaction.
 */
import { DatabaseSync } from 'node:sqlite';
import { FailureError } from './sqlite-failure.ts';

/** The databases of a data directory, and the number by which a file says which one it is (`TPLG`, `TPST`). */
export const databaseFiles = {
  log: { name: 'log.db', applicationId: 0x5450_4c47 },
  store: { name: 'store.db', applicationId: 0x5450_5354 },
} as const;

/** How long a connection waits for another one of this process, ms; only resets of the WAL ever wait. */
const busyWaitMs = 2_000;

/** How a database is opened. */
export type DatabaseOptions = {
  readonly path: string;
  readonly applicationId: number;
  readonly pageBytes: number;
  /** Names of facts and their values, for a file that is made now; see `factOf`. */
  readonly facts: Readonly<Record<string, string>>;
  /** Statements that make the tables. */
  readonly tables: string;
  /** Version of the tables. */
  readonly layout: number;
  /** Statements that make a version of the one before it, by that one; a version without them is refused. */
  readonly upgrades: Readonly<Record<number, string>>;
};

/** Opens a database, or makes it. Throws `FailureError` or SQLite's own error. */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const database = new DatabaseSync(options.path, { timeout: busyWaitMs });
  try {
    // The size of pages counts only before the first write, and WAL mode is kept in the file.
    database.exec(`PRAGMA page_size = ${options.pageBytes}; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0`);
    // On macOS a plain fsync leaves bytes in the drive's cache; elsewhere these say nothing.
    database.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
    if (isEmpty(database)) makeTables(database, options);
    checkApplication(database, options);
    upgrade(database, options);
    checkLayout(database, options);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens a connection that only reads a database that is there. */
export function openToRead(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: busyWaitMs });
}

/** A fact that the file was made with. */
export function factOf(database: DatabaseSync, name: string): string {
  const row = database.prepare('SELECT value FROM facts WHERE name = ?').get(name);
  if (row === undefined) throw new FailureError('damaged', `the fact ${name} is missing`);
  return String(row['value']);
}

/** A whole number that SQLite answers to a pragma or a query of one value. */
export function numberOf(database: DatabaseSync, sql: string): number {
  const value = Object.values(database.prepare(sql).get() ?? {})[0];
  return typeof value === 'number' ? value : 0;
}

/** Runs `work` in a transaction; when it throws, nothing of it stays. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite rolls back by itself after some errors.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function isEmpty(database: DatabaseSync): boolean {
  return numberOf(database, 'SELECT count(*) FROM sqlite_schema') === 0;
}

function makeTables(database: DatabaseSync, options: DatabaseOptions): void {
  inTransaction(database, () => {
    database.exec('CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID');
    database.exec(options.tables);
    const insert = database.prepare('INSERT INTO facts VALUES (?, ?)');
    for (const [name, value] of Object.entries(options.facts)) insert.run(name, value);
    database.exec(`PRAGMA application_id = ${options.applicationId}; PRAGMA user_version = ${options.layout}`);
  });
}

/** Each step is whole or not there, so that a start that is cut short goes on with the next. */
function upgrade(database: DatabaseSync, { upgrades, layout }: DatabaseOptions): void {
  for (let version = layoutOf(database); version < layout; version += 1) {
    const statements = upgrades[version];
    if (statements === undefined) return;
    inTransaction(database, () => database.exec(`${statements}; PRAGMA user_version = ${version + 1}`));
  }
}

function layoutOf(database: DatabaseSync): number {
  return numberOf(database, 'PRAGMA user_version');
}

function checkApplication(database: DatabaseSync, options: DatabaseOptions): void {
  if (numberOf(database, 'PRAGMA application_id') !== options.applicationId) {
    throw new FailureError('damaged', 'it is a database of something else');
  }
}

function checkLayout(database: DatabaseSync, { layout }: DatabaseOptions): void {
  const version = layoutOf(database);
  if (version !== layout) {
    throw new FailureError('other-layout', `it has layout ${version}`, { layout: String(version) });
  }
}
