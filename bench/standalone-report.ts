/**
 * The figures of the standalone market as lines for people. In: results. Out: a figure a line; the yardstick's beside
 * ours. A figure that was not asked for has no line.
 */
import type { BenchResult } from './bench-result.ts';
import { millions, row } from './report-row.ts';
import type { Percentiles } from './latency-task.ts';

/** The rows. */
export function standaloneRows({ standalone, standaloneFigures }: BenchResult): string[] {
  if (standalone === undefined || standaloneFigures === undefined) return [];
  const { runs, peer, latency } = standaloneFigures;
  const [run] = runs;
  if (run === undefined) return [];
  const rates = runs.map(({ ticks, seconds }) => ticks / seconds);
  const spread = `${millions(Math.min(...rates))} to ${millions(Math.max(...rates))}, ${run.ticks} ticks, ${run.bars} bars`;
  const perTick = (bytes: number, ticks: number): string => (bytes / ticks).toFixed(1);
  const mib = (bytes: number): string => (bytes / 1_048_576).toFixed(0);
  const peerRate = peer.ticks / peer.seconds;
  return [
    row('standalone, ticks per second end to end', millions(standalone.ticksPerSecond), spread),
    row('  ticks per CPU second of the server', millions(standalone.ticksPerServerCpuSecond), 'all of its threads'),
    row('  bytes a tick, log and its topics', perTick(run.logBytes, run.ticks), ''),
    row(
      '  bytes a tick, store',
      perTick(run.storeBytes, run.ticks),
      `${perTick(run.messageBytes, run.ticks)} on the wire`,
    ),
    row('  memory of the server, MiB', mib(run.serverRssBytes), ''),
    row(
      'peer: plain market (JSON, SQLite, a map)',
      millions(peerRate),
      `ours is ${standalone.timesThePeer.toFixed(1)} times as fast`,
    ),
    row(
      '  its bytes a tick on the disk',
      perTick(peer.diskBytes, peer.ticks),
      `${perTick(peer.messageBytes, peer.ticks)} on the wire`,
    ),
    row(
      `latency at ${latency.ticksPerSecond} ticks a second, ms`,
      percentile(latency.latencyMs.p50),
      percentiles(latency.latencyMs),
    ),
    row('  of it, lateness of the sender', percentile(latency.senderLateMs.p50), percentiles(latency.senderLateMs)),
    row(
      '  CPU seconds a second of the server',
      latency.serverCpuShare.toFixed(2),
      `${latency.barsPerSecond.toFixed(0)} bars a second to the subscriber`,
    ),
  ];
}

function percentile(ms: number): string {
  return ms.toFixed(1);
}

function percentiles({ p90, p99, p999, max }: Percentiles): string {
  return `p90 ${percentile(p90)}, p99 ${percentile(p99)}, p99.9 ${percentile(p999)}, max ${percentile(max)}`;
}
