/**
 * Pauses of moves. In: servers, seconds of a round. Out: how long a moving symbol waits, and what others have of it, by rounds with and
 * without moves in one run.
 */
import { medianOf } from '../measured-rounds.ts';
import type { ClusterResult } from './cluster-result.ts';
import type { ClusterBench } from './cluster-run.ts';
import type { OthersAges } from './moves-task.ts';
import { runClusterTask } from './run-cluster-task.ts';
import { partitions } from './worker-run.ts';

/** What the proof of issue 7 asks for; the rate, or one that is named, is halved until the machine keeps up. */
const asked = { grownTo: 16, ingests: 2, workers: 3, ticksPerSecond: 50_000 };

/** Runs it. Rejects with `TestbedError` or `BenchChildError`. */
export async function runMovesBench({
  servers,
  name,
  seconds: roundSeconds = 20,
  rate,
  rounds = 5,
  tell,
}: ClusterBench): Promise<ClusterResult> {
  const [brokers, cassandra] = [await servers.brokers(), await servers.cassandra()];
  tell(`moves: ${rounds} rounds of ${roundSeconds} s without and with them`);
  const figures = runClusterTask('measureMoves', {
    log: { brokers, stream: `${name}-moves`, partitions },
    store: { ...cassandra, keyspace: `${name}_moves` },
    ...asked,
    ticksPerSecond: rate ?? asked.ticksPerSecond,
    roundSeconds,
    rounds,
  });
  const { pauseMs, ticksPerSecond, still, moving } = figures;
  return {
    moves: { pauseMsP99: pauseMs.p99, othersP99Ratio: p99Of(moving) / p99Of(still), ticksPerSecond },
    movesFigures: figures,
  };
}

function p99Of(rounds: readonly OthersAges[]): number {
  return medianOf(rounds.map(({ p99Ms }) => p99Ms));
}
