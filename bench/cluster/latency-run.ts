/**
 * Latency of the market as processes. In: servers, seconds of load. Out: percentiles under the load of the design's budget,
 * for every tick of 20 instruments from the most active to the least.
 */
import { followedRanks } from '../standalone-run.ts';
import { symbolOf } from '../tape-generator.ts';
import type { ClusterBench } from './cluster-run.ts';
import type { ClusterResult } from './cluster-result.ts';
import { runClusterTask } from './run-cluster-task.ts';
import { partitions } from './worker-run.ts';

const load = { ticksPerSecond: 50_000, batchMs: 5, warmUpSeconds: 30 };
const secondsDefault = 60;

/** Runs it. Rejects with `TestbedError` or `BenchChildError`. */
export async function runLatencyBench({ servers, name, seconds, tell }: ClusterBench): Promise<ClusterResult> {
  const [brokers, cassandra] = [await servers.brokers(), await servers.cassandra()];
  const measured = seconds ?? secondsDefault;
  tell(`latency at ${load.ticksPerSecond} ticks a second for ${load.warmUpSeconds + measured} s`);
  const latency = runClusterTask('measureClusterLatency', {
    log: { brokers, stream: `${name}-latency`, partitions },
    store: { ...cassandra, keyspace: `${name}_latency` },
    load: { ...load, seconds: measured, symbols: followedRanks.map(symbolOf) },
  });
  return {
    latency: {
      p50Ms: latency.latencyMs.p50,
      p99Ms: latency.latencyMs.p99,
      senderLateMsP99: latency.senderLateMs.p99,
    },
    latencyFigures: latency,
  };
}
