/**
 * Strategies of compaction on our own tables. In: nothing. Out: by table and strategy, how often a byte is written again, SSTables
 * of a read, bytes on the disk, CPU seconds of the node. The same rows in the same order for each. A node of its own with
 * small memtables, whatever the environment names.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CassandraStore } from '@tapeline/cassandra';
import { type CassandraCluster, type CassandraNode, startCassandra } from '@tapeline/testbed';
import { CqlShell } from '../../packages/adapters/cassandra/test-kit/cql-shell.ts';
import { row } from '../report-row.ts';
import { SeededRandom } from '../seeded-random.ts';
import { compactionLoads, type Load, type LoadTable, type TableRead } from './compaction-load.ts';
import { CompactionWatch, type TableWork } from './compaction-watch.ts';
import { type Settings, strategies, type Strategy } from './compaction-strategies.ts';
import { openStore } from './open-places.ts';
import { processTaken } from './process-taken.ts';

/** What a strategy did with a table. */
export type CompactionFigures = TableWork & {
  readonly table: string;
  readonly strategy: string;
  /** SSTables of a read, on average: of the newest rows, and of a whole bucket, where anybody reads that. */
  readonly newestSstables: number;
  readonly bucketSstables?: number;
  /** Of the node, while the load of this table ran and settled; tables of one load share it. */
  readonly cpuSeconds: number;
  /** Rows that were written meanwhile, a bar and its history being one. */
  readonly rows: number;
};

const mebibyte = 1_048_576;
const heapMb = 1_024;
/** A third of it full is flushed. */
const memtableMb = 64;
const looks = 8;
const warmUpSteps = 48;
const readsPerLook = 16;
/** The first half of the history is kept so long, and the second half begins when it has expired. */
const revisionTtlSec = 60;

/** Measures every strategy on every table; minutes. Rejects with `TestbedError`. */
export async function measureCompaction(tell: (line: string) => void): Promise<readonly CompactionFigures[]> {
  tell('starting a Cassandra node with small memtables');
  const cluster = await startCassandra({ heapMb, config: { memtable_heap_space: `${memtableMb}MiB` } });
  const shell = new CqlShell({ contactPoints: cluster.contactPoints, localDataCenter: cluster.datacenter });
  try {
    const bench = { cluster, shell, tell };
    const figures: CompactionFigures[] = [];
    for (const [index, strategy] of strategies.entries()) {
      if (index === 0) await runStrategy(bench, compactionLoads().map(shortened), strategy, 'warming_up');
      figures.push(...(await runStrategy(bench, compactionLoads(), strategy, `bench_${index}`)));
    }
    return figures;
  } finally {
    await shell.close();
    await cluster.close();
  }
}

/** Teaches the node's compiler; its figures are thrown away. */
function shortened(load: Load): Load {
  return { ...load, steps: warmUpSteps, expires: false };
}

type Bench = {
  readonly cluster: CassandraCluster;
  readonly shell: CqlShell;
  readonly tell: (line: string) => void;
};

async function runStrategy(
  bench: Bench,
  loads: readonly Load[],
  strategy: Strategy,
  keyspace: string,
): Promise<CompactionFigures[]> {
  const { cluster, shell, tell } = bench;
  const place = { contactPoints: cluster.contactPoints, dataCenter: cluster.datacenter, keyspace };
  const second = await openStore(place, 'bench');
  const first = await openStore(place, 'bench', { revisionTtlSec });
  try {
    for (const { table, flushMb } of loads.flatMap(({ tables }) => tables)) {
      await shell.run(`ALTER TABLE ${keyspace}.${table} WITH compaction = ${asMap(strategy.settings(flushMb))}`);
    }
    // What has expired may go at once; 10 days, the default, stand beside 30 days of history.
    await shell.run(`ALTER TABLE ${keyspace}.bar_revisions WITH gc_grace_seconds = 0`);
    const figures: CompactionFigures[] = [];
    for (const load of loads) {
      tell(`${strategy.name}: ${load.name}`);
      const found = await runLoad(bench, load, strategy, keyspace, { first, second });
      for (const line of compactionRows(found)) tell(line);
      figures.push(...found);
    }
    return figures;
  } finally {
    await first.close();
    await second.close();
    await shell.drop(keyspace);
  }
}

/** As CQL writes maps: like JSON, in single quotes. */
function asMap(settings: Settings): string {
  return JSON.stringify(settings).replaceAll('"', "'");
}

async function runLoad(
  { cluster, shell }: Bench,
  load: Load,
  { name: strategy }: Strategy,
  keyspace: string,
  { first, second }: { readonly first: CassandraStore; readonly second: CassandraStore },
): Promise<CompactionFigures[]> {
  const node = cluster.nodes[0] as CassandraNode;
  const { tables, steps } = load;
  const watch = new CompactionWatch(
    node,
    shell,
    keyspace,
    tables.map(({ table }) => table),
  );
  const reads = tables.map(() => ({ newest: [] as number[], bucket: [] as number[] }));
  try {
    const before = processTaken(node.pid).cpuSeconds;
    let rows = 0;
    for (let step = 0; step < steps; step += 1) {
      const isFirst = load.expires && step < steps / 2;
      if (load.expires && step === steps / 2) await sleep(revisionTtlSec * 1_000);
      rows += await load.write(isFirst ? first : second, step);
      if ((step + 1) % (steps / looks) !== 0) continue;
      for (const [index, table] of tables.entries()) {
        const { newest, bucket } = await look(watch, load, table, keyspace, step + 1);
        reads[index]?.newest.push(...newest);
        reads[index]?.bucket.push(...bucket);
      }
    }
    await watch.settled();
    const cpuSeconds = processTaken(node.pid).cpuSeconds - before;
    return await Promise.all(
      tables.map(async ({ table }, index) => ({
        table,
        strategy,
        ...(await watch.workOf(table)),
        newestSstables: meanOf(reads[index]?.newest ?? []),
        ...(load.bucketSteps === 0 ? {} : { bucketSstables: meanOf(reads[index]?.bucket ?? []) }),
        cpuSeconds,
        rows,
      })),
    );
  } finally {
    watch.end();
  }
}

/** SSTables of reads after so many steps. */
async function look(
  watch: CompactionWatch,
  { newestSteps, bucketSteps }: Load,
  { read }: LoadTable,
  keyspace: string,
  done: number,
): Promise<{ readonly newest: number[]; readonly bucket: number[] }> {
  const places = new SeededRandom(done);
  const several = (make: () => TableRead): TableRead[] => Array.from({ length: readsPerLook }, make);
  const ofBucket = (): TableRead => {
    const from = places.below(Math.ceil(done / bucketSteps)) * bucketSteps;
    return read(keyspace, from, from + bucketSteps);
  };
  return {
    newest: await watch.sstablesOf(several(() => read(keyspace, done - newestSteps, done))),
    bucket: bucketSteps === 0 ? [] : await watch.sstablesOf(several(ofBucket)),
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A table of the figures. */
export function compactionRows(figures: readonly CompactionFigures[]): string[] {
  return figures.map((one) => {
    const { table, strategy, flushes, flushedBytes, compactedBytes, endBytes, peakBytes } = one;
    const written = (flushedBytes + compactedBytes) / flushedBytes;
    const [flushed, end, peak] = [flushedBytes, endBytes, peakBytes].map((bytes) => (bytes / mebibyte).toFixed(1));
    const bucket = one.bucketSstables === undefined ? '' : `, ${one.bucketSstables.toFixed(1)} of a bucket`;
    const reads = `${one.newestSstables.toFixed(1)} SSTables a read of the newest${bucket}`;
    return row(
      `${table}, ${strategy}, bytes written a byte`,
      written.toFixed(2),
      `${reads}; ${end} MiB in the end, ${peak} at most, of ${flushed} in ${flushes} flushes; ${one.cpuSeconds.toFixed(1)} CPU s for ${one.rows} rows`,
    );
  });
}
