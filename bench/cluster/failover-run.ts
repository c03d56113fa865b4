/**
 * What it costs that workers end. In: servers, how long the workers were down. Out: times until others have taken over, and
 * how fast a worker catches up. The ticks that wait are those of the design's live load, 50,000 a second of event time.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ClusterBench } from './cluster-run.ts';
import type { ClusterResult } from './cluster-result.ts';
import { runClusterTask } from './run-cluster-task.ts';
import { partitions } from './worker-run.ts';

/** Live load while workers end: what one of two cores can carry beside broker, node and client. */
const liveTicksPerSecond = 20_000;
const downTicksPerSecond = 50_000;
const downSecondsDefault = 600;

/** Runs it. Rejects with `TestbedError` or `BenchChildError`. */
export async function runFailoverBench({ servers, name, seconds, folder, tell }: ClusterBench): Promise<ClusterResult> {
  const [brokers, cassandra] = [await servers.brokers(), await servers.cassandra()];
  const place = (what: string) => ({
    log: { brokers, stream: `${name}-${what}`, partitions },
    store: { ...cassandra, keyspace: `${name}_${what}` },
  });
  tell(`two workers at ${liveTicksPerSecond} ticks a second; one is killed, one is asked to stop`);
  const ends = runClusterTask('measureFailover', { ...place('failover'), ticksPerSecond: liveTicksPerSecond });
  const downSeconds = seconds ?? downSecondsDefault;
  const ticks = downSeconds * downTicksPerSecond;
  tell(`a worker after ${downSeconds} s of ${downTicksPerSecond} ticks a second`);
  const tapes = path.join(folder, 'catch-up');
  mkdirSync(tapes, { recursive: true });
  const sizes = { ticks, singles: 0, peer: 0, ticksPerSecond: downTicksPerSecond };
  runClusterTask('writePartitionTapes', { folder: tapes, partitions, ...sizes });
  const down = place('catchup');
  runClusterTask('loadTape', { ...down.log, folder: tapes, form: 'blocks' });
  const catchUp = runClusterTask('measureCatchUp', { ...down, downSeconds, ticks });
  return {
    failover: {
      killSeconds: ends.killSeconds,
      termMs: ends.termMs,
      catchUpTimesRealTime: catchUp.timesRealTime,
    },
    failoverFigures: { ends, catchUp },
  };
}
