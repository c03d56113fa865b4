/**
 * The database that computes bars a second time. In: SQL. Out: rows. It is DuckDB in memory, with nothing downloaded:
 * ICU, for time zones, and JSON are built into the package.
 */
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';

/** A database of one file. */
export type OracleDatabase = {
  /** Runs statements in order. */
  run(...statements: readonly string[]): Promise<void>;
  /** The rows of one query, whole numbers as `bigint` whatever their width. */
  rows(query: string): Promise<readonly (readonly DuckDBValue[])[]>;
  close(): void;
};

/** Opens an empty database. */
export async function openOracleDatabase(): Promise<OracleDatabase> {
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    threads: '2',
  });
  const connection = await instance.connect();
  return {
    run: async (...statements) => {
      for (const statement of statements) await connection.run(statement);
    },
    rows: async (query) => (await connection.runAndReadAll(query)).getRows(),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Text as an SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
