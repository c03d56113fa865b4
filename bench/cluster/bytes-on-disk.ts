/**
 * Bytes of bars and of the tape on the disk of a node. In: a node of this bench, how many bars and trades. Out: bytes a bar
 * and a trade, by table. Everything is written once, the node is stopped once, and its files are looked at; compaction has
 * had no time to run. The tape is written at two paces: the slower the market, the more of a trade frames it.
 */
import { generatedInstruments } from '../generated-tape.ts';
import { tapePace } from '../throughput-task.ts';
import type { ClusterBench } from './cluster-run.ts';
import type { StorePlace } from './open-places.ts';
import { runClusterTask } from './run-cluster-task.ts';
import type { StoredTape } from './store-tape-task.ts';
import { tableBytes } from './table-bytes.ts';

/** Bytes of the tape, by table, divided by its trades. */
export type TapeBytes = StoredTape & {
  readonly perTrade: Readonly<Record<(typeof tapeTables)[number], number>>;
};

/** Bytes by table, divided by bars or trades. */
export type BytesOnDisk = {
  readonly bars: number;
  readonly perBar: Readonly<Record<(typeof barTables)[number], number>>;
  /** At the pace of the other benches, and at one trade a second of each instrument. */
  readonly busyTape: TapeBytes;
  readonly quietTape: TapeBytes;
};

const barTables = ['bars', 'bar_revisions'] as const;
const tapeTables = ['tape_chunks', 'tape_index', 'tape_buckets'] as const;
const partitions = 4;
/** More say no more: the busy tape has three or four chunks of an instrument then, the quiet one goes on for 10 minutes. */
const tradesMax = { busy: 1_000_000, quiet: 300_000 } as const;

/** Measures it, and stops the node; `undefined` where the node is not ours to look into. Rejects with `TestbedError`. */
export async function measureBytesOnDisk(
  { servers, name, ticks, tell }: Pick<ClusterBench, 'servers' | 'name' | 'ticks' | 'tell'>,
  bars: number,
): Promise<BytesOnDisk | undefined> {
  const cluster = await servers.ownCassandra();
  const node = cluster?.nodes[0];
  if (node === undefined) {
    tell('bytes on the disk are not measured: the node was named by CASSANDRA_CONTACT_POINTS');
    return undefined;
  }
  const place = await servers.cassandra();
  const [keyspace, quietKeyspace] = [`${name}_bytes`, `${name}_quiet`];
  const store = (at: StorePlace, tradesPerSecond: number, trades: number): StoredTape => {
    tell(`the tape for the bytes on the disk, ${trades} trades, ${tradesPerSecond} a second`);
    return runClusterTask('storeTape', { ...at, trades, tradesPerSecond, partitions });
  };
  const busy = store({ ...place, keyspace }, tapePace, Math.min(ticks, tradesMax.busy));
  const quiet = store({ ...place, keyspace: quietKeyspace }, generatedInstruments, Math.min(ticks, tradesMax.quiet));
  tell(`${bars} bars for the bytes on the disk, and a stop of the node`);
  runClusterTask('storeOnce', { ...place, keyspace, bars });
  await node.kill('SIGTERM');
  const tape = (stored: StoredTape, from: string): TapeBytes => {
    return { ...stored, perTrade: divided(tableBytes(node.directory, from, tapeTables), stored.trades) };
  };
  return {
    bars,
    perBar: divided(tableBytes(node.directory, keyspace, barTables), bars),
    busyTape: tape(busy, keyspace),
    quietTape: tape(quiet, quietKeyspace),
  };
}

/** All tables together. */
export function bytesPerTrade({ perTrade }: TapeBytes): number {
  return Object.values(perTrade).reduce((sum, bytes) => sum + bytes, 0);
}

function divided<Table extends string>(bytes: Readonly<Record<Table, number>>, by: number): Record<Table, number> {
  const each = Object.entries<number>(bytes).map(([table, all]) => [table, all / by] as const);
  return Object.fromEntries(each) as Record<Table, number>;
}
