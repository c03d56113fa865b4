/**
 * Runs the benches that need servers. In: which were asked for, sizes, a folder. Out: their figures. Servers are started when
 * the first bench asks for them and ended at the end; every measure runs alone, on topics and a keyspace of its own.
 */
import path from 'node:path';
import type { BenchArguments } from '../bench-arguments.ts';
import { BenchServers } from './bench-servers.ts';
import { runCassandraBench } from './cassandra-run.ts';
import type { ClusterResult } from './cluster-result.ts';
import { measureCompaction } from './compaction-run.ts';
import { runFailoverBench } from './failover-run.ts';
import { runIngestBench } from './ingest-run.ts';
import { runLatencyBench } from './latency-run.ts';
import { runMovesBench } from './moves-run.ts';
import { measureSizing } from './sizing-run.ts';
import { runWorkerBench } from './worker-run.ts';

/** What each of them works with. */
export type ClusterBench = {
  readonly servers: BenchServers;
  /** Of this run alone: small letters, digits and _, from a letter on; short. */
  readonly name: string;
  readonly folder: string;
  readonly ticks: number;
  readonly seconds: number | undefined;
  readonly rate: number | undefined;
  readonly rounds: number | undefined;
  readonly tell: (line: string) => void;
};

/** Runs what was asked for, one after the other; `tell` hears what is being done. Rejects with `TestbedError`. */
export async function measureCluster(
  { benches, ticks, seconds, rate, rounds, cases }: BenchArguments,
  folder: string,
  tell: (line: string) => void,
): Promise<ClusterResult> {
  const servers = new BenchServers(process.env, tell);
  const name = `bench_${Date.now().toString(36)}`;
  const bench = { servers, name, folder: path.join(folder, 'cluster'), ticks, seconds, rate, rounds, tell };
  try {
    // On servers of its own, so before others run beside them.
    const sizing = benches.includes('sizing') ? await measureSizing({ name, cases, seconds, tell }) : {};
    const worker = benches.includes('worker') ? await runWorkerBench(bench) : {};
    const ingest = benches.includes('ingest') ? await runIngestBench(bench) : {};
    const latency = benches.includes('latency') ? await runLatencyBench(bench) : {};
    const failover = benches.includes('failover') ? await runFailoverBench(bench) : {};
    const moves = benches.includes('moves') ? await runMovesBench(bench) : {};
    // It stops the node to look at its files, so it is the last.
    const cassandra = benches.includes('cassandra') ? await runCassandraBench(bench) : {};
    const compaction = benches.includes('compaction') ? { compactionFigures: await measureCompaction(tell) } : {};
    return { ...sizing, ...worker, ...ingest, ...latency, ...failover, ...moves, ...cassandra, ...compaction };
  } finally {
    if (servers.areNamed) tell(`left on the servers that were named: topics and keyspaces that begin with ${name}`);
    await servers.close();
  }
}
