/**
 * How large a market is: cores, memory and disk of every process, by ticks a second, symbols and workers. In: cases. Out: a row
 * of figures for each. A broker and a node of its own whatever the environment names, for their files are looked at; all
 * cases run on them, each on a stream and a keyspace of its own, and at the end the node is stopped once.
 */
import { BenchChildError } from '../run-in-child.ts';
import { followedRanks } from '../standalone-run.ts';
import { symbolOf, zipfShare } from '../tape-generator.ts';
import { BenchServers } from './bench-servers.ts';
import type { ClusterBench } from './cluster-run.ts';
import { runClusterTask } from './run-cluster-task.ts';
import { caseText, type SizingCase, sizingCases } from './sizing-cases.ts';
import type { SizingMeasure, SizingServers } from './sizing-task.ts';
import { tableBytes } from './table-bytes.ts';
import { partitions } from './worker-run.ts';

const storedTables = ['bars', 'bar_revisions', 'bar_buckets', 'tape_chunks', 'tape_index', 'tape_buckets'] as const;

/** Bytes by table of a case, divided by its ticks. */
export type StoredBytes = Readonly<Record<(typeof storedTables)[number], number>>;

/** A case and what was found. */
export type SizingFigures = {
  readonly case: SizingCase;
  /** Instruments that the reader follows. */
  readonly followed: number;
  /** Absent if the case did not come to its end; its error is in the output of the bench. */
  readonly measure?: SizingMeasure;
  readonly storedBytesPerTick?: StoredBytes;
};

/** Rates are measured over the last part of the warm-up too, from when the reader has come. */
const load = { batchMs: 5, warmUpSeconds: 25, mayFallBehind: true } as const;
const secondsDefault = 35;
/** Seconds of a load that is thrown away: it teaches the compilers of broker and node. */
const teaching = { ticksPerSecond: 20_000, instruments: 500, workers: 1, warmUpSeconds: 15, seconds: 5 } as const;
/** Who trades less may be unknown when the reader comes. */
const followedTicksPerSecondMin = 10;

/** Runs the cases one after the other. Rejects with `TestbedError`. */
export async function measureSizing({
  name,
  cases = sizingCases,
  seconds = secondsDefault,
  tell,
}: Pick<ClusterBench, 'name' | 'seconds' | 'tell'> & { readonly cases: readonly SizingCase[] | undefined }): Promise<{
  readonly sizingFigures: readonly SizingFigures[];
}> {
  const servers = new BenchServers({}, tell);
  try {
    const bench = await openBench(servers, name);
    tell('sizing: a load that is thrown away');
    runCase(bench, 'taught', teaching, teaching);
    const found = cases.map((one, index) => {
      tell(`sizing: ${caseText(one)} (ticks a second/symbols/workers), ${load.warmUpSeconds + seconds} s`);
      return { ...runCase(bench, String(index), one, { warmUpSeconds: load.warmUpSeconds, seconds }), case: one };
    });
    tell('sizing: a stop of the node, for the bytes on its disk');
    await bench.node.kill('SIGTERM');
    const sizingFigures = found.map((figures, index) => {
      if (figures.measure === undefined) return figures;
      const bytes = tableBytes(bench.node.directory, keyspaceOf(name, String(index)), storedTables);
      return { ...figures, storedBytesPerTick: perTick(bytes, figures.measure.ticksTotal) };
    });
    return { sizingFigures };
  } finally {
    await servers.close();
  }
}

type SizingBench = Awaited<ReturnType<typeof openBench>>;

async function openBench(servers: BenchServers, name: string) {
  const [kafka, cassandra] = [await servers.ownKafka(), await servers.ownCassandra()];
  const [broker, node] = [kafka?.nodes[0], cassandra?.nodes[0]];
  if (broker === undefined || node === undefined) throw new RangeError('the servers of this bench are not its own');
  const own: SizingServers = { kafkaPid: broker.pid, cassandraPid: node.pid, kafkaDirectory: broker.directory };
  return { name, node, own, brokers: await servers.brokers(), place: await servers.cassandra() };
}

function keyspaceOf(name: string, part: string): string {
  return `${name}_size_${part}`;
}

function runCase(
  { name, own, brokers, place }: SizingBench,
  part: string,
  { ticksPerSecond, instruments, workers }: SizingCase,
  { warmUpSeconds, seconds }: { readonly warmUpSeconds: number; readonly seconds: number },
): Pick<SizingFigures, 'followed' | 'measure'> {
  // The most active one is followed in any case: without a name a reader gets all.
  const isFollowed = (rank: number): boolean =>
    rank === 0 || (rank < instruments && zipfShare(rank, instruments) * ticksPerSecond >= followedTicksPerSecondMin);
  const symbols = followedRanks.filter(isFollowed).map(symbolOf);
  const followed = symbols.length;
  try {
    const measure = runClusterTask('measureSizing', {
      log: { brokers, stream: `${name}-size-${part}`, partitions },
      store: { ...place, keyspace: keyspaceOf(name, part) },
      workers,
      load: { ...load, warmUpSeconds, seconds, ticksPerSecond, instruments, symbols },
      servers: own,
    });
    return { followed, measure };
  } catch (error) {
    // A load that this machine cannot carry is a figure too: the others are still worth having.
    if (!(error instanceof BenchChildError)) throw error;
    return { followed };
  }
}

function perTick(bytes: StoredBytes, ticks: number): StoredBytes {
  return Object.fromEntries(Object.entries(bytes).map(([table, all]) => [table, all / ticks])) as StoredBytes;
}
