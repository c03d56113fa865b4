/**
 * What a node did with the tables of a keyspace. In: a node of ours and a shell. Out: bytes flushed and compacted, bytes on the
 * disk, SSTables of a read. Each SSTable is seen when it is whole; those that no compaction put there were flushed. The node
 * must be one of the testbed, whose folder and log can be read.
 */
import { type FSWatcher, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CassandraNode } from '@tapeline/testbed';
import type { CqlShell } from '../../packages/adapters/cassandra/test-kit/cql-shell.ts';
import type { TableRead } from './compaction-load.ts';

/** Of one table, since it was made. Bytes flushed and compacted are of rows alone, those on the disk of all its files. */
export type TableWork = {
  readonly flushes: number;
  readonly flushedBytes: number;
  /** What compactions wrote. */
  readonly compactedBytes: number;
  readonly endBytes: number;
  readonly peakBytes: number;
};

const lookEveryMs = 250;
/** Looks at which nothing is compacted, one after the other. */
const quietLooks = 6;
const settleLooksMax = 1_200;
const tracesAtOnce = 8;
const contents = '-TOC.txt';

/** Watches from when it is made until `end`. */
export class CompactionWatch {
  readonly #node: CassandraNode;
  readonly #shell: CqlShell;
  readonly #keyspace: string;
  readonly #peaks = new Map<string, number>();
  /** Bytes of rows of every SSTable that there was, by folder and file. */
  readonly #whole = new Map<string, Map<string, number>>();
  readonly #watchers: readonly FSWatcher[];
  readonly #timer: NodeJS.Timeout;

  constructor(node: CassandraNode, shell: CqlShell, keyspace: string, tables: readonly string[]) {
    this.#node = node;
    this.#shell = shell;
    this.#keyspace = keyspace;
    this.#watchers = tables.map((table) => this.#watchFolder(table));
    this.#timer = setInterval(() => {
      for (const table of tables) this.#peaks.set(table, Math.max(this.#peaks.get(table) ?? 0, this.#bytesOf(table)));
    }, lookEveryMs);
  }

  /** Looks no more. */
  end(): void {
    clearInterval(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  /** Resolves once nothing has been compacted for a while; rejects if that takes five minutes. */
  async settled(): Promise<void> {
    const query = 'SELECT keyspace_name FROM system_views.sstable_tasks';
    for (let looks = 0, quiet = 0; quiet < quietLooks; looks += 1) {
      if (looks === settleLooksMax) throw new Error(`compactions of ${this.#keyspace} do not come to an end`);
      await sleep(lookEveryMs);
      const rows = await this.#shell.run(query);
      quiet = rows.some((row) => row['keyspace_name'] === this.#keyspace) ? 0 : quiet + 1;
    }
  }

  /** What was done with the table. Call it once all has settled. */
  async workOf(table: string): Promise<TableWork> {
    const rows = await this.#shell.run(
      'SELECT keyspace_name, columnfamily_name, bytes_out FROM system.compaction_history',
    );
    const own = rows.filter((row) => row['keyspace_name'] === this.#keyspace && row['columnfamily_name'] === table);
    const compactedBytes = sum(own.map((row) => Number(row['bytes_out'])));
    const endBytes = this.#bytesOf(table);
    const flush = `Enqueuing flush of ${this.#keyspace}.${table},`;
    return {
      flushes: readFileSync(this.#node.logFile, 'utf8').split(flush).length - 1,
      flushedBytes: sum([...(this.#whole.get(table)?.values() ?? [])]) - compactedBytes,
      compactedBytes,
      endBytes,
      peakBytes: Math.max(this.#peaks.get(table) ?? 0, endBytes),
    };
  }

  /** How many SSTables each read had to merge, by the trace of the node. */
  async sstablesOf(reads: readonly TableRead[]): Promise<number[]> {
    const counts: number[] = [];
    for (let at = 0; at < reads.length; at += tracesAtOnce) {
      const some = reads.slice(at, at + tracesAtOnce);
      counts.push(...(await Promise.all(some.map((read) => this.#sstables(read)))));
    }
    return counts;
  }

  async #sstables({ query, values }: TableRead): Promise<number> {
    for (const activity of await this.#shell.trace(query, values)) {
      const merged = /^Merged data from memtables and (\d+) sstables/.exec(activity)?.[1];
      if (merged !== undefined) return Number(merged);
    }
    // A read for which no SSTable comes into question merges nothing and does not say so.
    return 0;
  }

  /** A table of contents is the last file of an SSTable. */
  #watchFolder(table: string): FSWatcher {
    const sizes = new Map<string, number>();
    this.#whole.set(table, sizes);
    const folder = this.#folderOf(table);
    return watch(folder, (_, name) => {
      if (name?.endsWith(contents) !== true) return;
      const rows = name.replace(contents, '-Data.db');
      // The same name is told once more when the SSTable goes.
      const size = statSync(path.join(folder, rows), { throwIfNoEntry: false })?.size;
      if (size !== undefined) sizes.set(rows, size);
    });
  }

  #folderOf(table: string): string {
    const home = path.join(this.#node.directory, 'data', 'data', this.#keyspace);
    const found = readdirSync(home).find((name) => name.startsWith(`${table}-`));
    if (found === undefined) throw new Error(`the node has no folder of ${this.#keyspace}.${table}`);
    return path.join(home, found);
  }

  #bytesOf(table: string): number {
    const folder = this.#folderOf(table);
    // A file may go between the two looks at it.
    const sizes = readdirSync(folder).map((name) => statSync(path.join(folder, name), { throwIfNoEntry: false })?.size);
    return sum(sizes.map((size = 0) => size));
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
