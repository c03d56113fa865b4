/**
 * Bytes of tables on the disk of a node. In: the node's directory, a keyspace, names of tables. Out: the bytes of each. The
 * node must have been stopped with SIGTERM, at which it writes its memory out.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Adds up every file of the tables, indexes and filters included. Throws if the keyspace or a table is not there. */
export function tableBytes<Table extends string>(
  directory: string,
  keyspace: string,
  tables: readonly Table[],
): Readonly<Record<Table, number>> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const home = entries.find((entry) => entry.isDirectory() && entry.name === keyspace);
  if (home === undefined) throw new RangeError(`the node has no files of the keyspace ${keyspace}`);
  const folder = path.join(home.parentPath, keyspace);
  const bytesOf = (table: string): number => {
    const own = readdirSync(folder).filter((name) => name.startsWith(`${table}-`));
    if (own.length === 0) throw new RangeError(`the node has no files of the table ${keyspace}.${table}`);
    return own.reduce((sum, name) => sum + folderBytes(path.join(folder, name)), 0);
  };
  return Object.fromEntries(tables.map((table) => [table, bytesOf(table)])) as Record<Table, number>;
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}
