/**
 * Bytes of tables on the disk of a node. In: the node's directory, a keyspace, how many bars were written once. Out: bytes a
 * bar of each table that holds bars. The node must have been stopped with SIGTERM, at which it writes its memory out.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Bytes by table, divided by bars. */
export type TableBytes = { readonly bars: number; readonly perBar: Readonly<Record<string, number>> };

const tables = ['bars', 'bar_revisions'];

/** Adds up every file of the tables, indexes and filters included. Throws if the keyspace is not there. */
export function tableBytes(directory: string, keyspace: string, bars: number): TableBytes {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const home = entries.find((entry) => entry.isDirectory() && entry.name === keyspace);
  if (home === undefined) throw new RangeError(`the node has no files of the keyspace ${keyspace}`);
  const perBar = tables.map((table) => {
    const folder = path.join(home.parentPath, keyspace);
    const own = readdirSync(folder).filter((name) => name.startsWith(`${table}-`));
    const bytes = own.reduce((sum, name) => sum + folderBytes(path.join(folder, name)), 0);
    return [table, bytes / bars] as const;
  });
  return { bars, perBar: Object.fromEntries(perBar) };
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}
