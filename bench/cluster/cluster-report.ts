/**
 * The figures of the benches on servers as lines for people. In: results. Out: a figure a line, the peers beside ours. A
 * figure that was not asked for has no line.
 */
import type { Percentiles } from '../latency-task.ts';
import type { Rate } from '../rate.ts';
import { millions, row } from '../report-row.ts';
import { type BytesOnDisk, bytesPerTrade, type TapeBytes } from './bytes-on-disk.ts';
import type { ClusterResult } from './cluster-result.ts';
import { compactionRows } from './compaction-run.ts';
import { sizingTable } from './sizing-report.ts';

/** The rows. */
export function clusterRows(result: ClusterResult): string[] {
  return [
    ...workerRows(result),
    ...ingestRows(result),
    ...latencyRows(result),
    ...failoverRows(result),
    ...movesRows(result),
    ...sizingTable(result.sizingFigures ?? []),
    ...cassandraRows(result),
    ...compactionRows(result.compactionFigures ?? []),
  ];
}

function workerRows({ worker, workerFigures: figures }: ClusterResult): string[] {
  if (worker === undefined || figures === undefined) return [];
  const { ticks, singles, ticksPerSecondBar, bytesPerTick, kafkaStreams } = figures;
  const tapeNote = figures.isTapeLeftOut ? '' : '; it wrote the tape although it was asked not to';
  const share = `${percent(worker.shareOfDecodeOnly)} of reading and decoding alone${tapeNote}`;
  const tape = `${ticks} ticks, ${bytesPerTick.toFixed(2)} bytes each, ${ticksPerSecondBar.toFixed(0)} in a bar`;
  const wall = kafkaStreams.map(({ measuredTrades, seconds }) => millions(measuredTrades / seconds)).join(' and ');
  return [
    rateRow('worker, 1s bars from Kafka to Kafka', figures.likeForLike, share),
    rateRow('  with the tape', figures.withTape, tape),
    rateRow('  reading and decoding alone', figures.decodeOnly, ''),
    row(
      'peer: Kafka Streams, exactly once',
      millions(worker.kafkaStreamsTicksPerCpuSecond),
      `ours is ${worker.timesKafkaStreams.toFixed(1)} times as fast; ${wall} a second by the clock`,
    ),
    rateRow(
      'worker, one tick a record',
      figures.recordPerTick,
      `${worker.recordPerTickTimesKafkaStreams.toFixed(1)} times Kafka Streams, ${singles} ticks`,
    ),
    rateRow('worker, all intervals, both profiles, Cassandra', figures.full, ''),
    rateRow('  with the tape', figures.fullWithTape, ''),
  ];
}

function ingestRows({ ingest, ingestFigures: figures }: ClusterResult): string[] {
  if (ingest === undefined || figures === undefined) return [];
  const bytes = (each: number): string => `${each.toFixed(0)} bytes a message`;
  return [
    rateRow('ingest, batches of 500', figures.batches, bytes(figures.batchBytes)),
    rateRow('  a server that does nothing with them', figures.floorBatches, ''),
    rateRow('ingest, one tick a message', figures.singles, `${percent(ingest.singleShareOfFloor)} of the floor`),
    rateRow('  the floor: a server that does nothing with them', figures.floorSingles, bytes(figures.singleBytes)),
  ];
}

function latencyRows({ latencyFigures: figures }: ClusterResult): string[] {
  if (figures === undefined) return [];
  const { latencyMs, senderLateMs, cpuSeconds, ticksPerSecond, seconds } = figures;
  const took = Object.entries(cpuSeconds).map(([name, each]) => `${name} ${each.toFixed(1)}`);
  return [
    row(`processes, latency at ${ticksPerSecond} ticks a second, ms`, latencyMs.p50.toFixed(1), rest(latencyMs)),
    row('  of it, lateness of the sender', senderLateMs.p50.toFixed(1), rest(senderLateMs)),
    row(
      '  CPU seconds a second, all processes',
      figures.serverCpuShare.toFixed(2),
      `${took.join(', ')} in all, ${seconds} s`,
    ),
  ];
}

function failoverRows({ failoverFigures: figures }: ClusterResult): string[] {
  if (figures === undefined) return [];
  const { ends, catchUp } = figures;
  return [
    row('kill -9 of a worker to caught up, s', ends.killSeconds.toFixed(2), `at ${ends.ticksPerSecond} ticks a second`),
    row(
      'SIGTERM of a worker to caught up, ms',
      ends.termMs.toFixed(0),
      `the process ended after ${ends.termExitMs.toFixed(0)} ms; outputs lag ${ends.steadyLagMs.toFixed(0)} ms at all times`,
    ),
    row(
      `catching up after ${catchUp.downSeconds} s, times real time`,
      catchUp.timesRealTime.toFixed(1),
      `${catchUp.ticks} ticks in ${catchUp.seconds.toFixed(1)} s, ${catchUp.workerCpuSeconds.toFixed(1)} CPU seconds`,
    ),
  ];
}

function movesRows({ moves, movesFigures: figures }: ClusterResult): string[] {
  if (moves === undefined || figures === undefined) return [];
  const { pauseMs, ticksPerSecond, ticksPerSecondAsked, still, moving } = figures;
  const p99 = (rounds: typeof still): string => rounds.map(({ p99Ms }) => p99Ms.toFixed(0)).join(' ');
  const rate = `at ${ticksPerSecond} ticks a second; ${ticksPerSecondAsked} were asked for`;
  return [
    row(
      'pause of a moving symbol, p99 ms',
      pauseMs.p99.toFixed(0),
      `${figures.moves} moves, p50 ${pauseMs.p50.toFixed(0)}, max ${pauseMs.max.toFixed(0)}; ${rate}`,
    ),
    row(
      '  of it, Move to arrival by the clocks of the log, ms',
      figures.moveToArrivalMs.toFixed(0),
      `mean; ${percent(figures.arrivedSoonShare)} within 250 ms`,
    ),
    row(
      'others, p99 with moves by p99 without',
      moves.othersP99Ratio.toFixed(2),
      `ms by round: ${p99(moving)} with, ${p99(still)} without`,
    ),
  ];
}

function cassandraRows({ cassandra, cassandraFigures: figures }: ClusterResult): string[] {
  if (cassandra === undefined || figures === undefined) return [];
  const rows = `${percent(cassandra.liveShareOfBare)} of the bare driver; a bar and its history count as one`;
  return [
    rateRow('Cassandra, live rows', figures.live, rows),
    rateRow('  the bare driver, single rows', figures.bare, ''),
    rateRow('  catching up', figures.catchingUp, ''),
    ...(figures.onDisk === undefined ? [] : diskRows(figures.onDisk)),
  ];
}

function diskRows({ perBar, busyTape, quietTape }: BytesOnDisk): string[] {
  return [
    row('  bytes a bar on disk', perBar.bars.toFixed(0), byTable(perBar, 0)),
    tapeRow(busyTape),
    tapeRow(quietTape),
  ];
}

function tapeRow(tape: TapeBytes): string {
  const { trades, tradesPerSecond, chunks, segments, perTrade } = tape;
  const each = `${(trades / chunks).toFixed(1)} trades a chunk, ${(trades / segments).toFixed(1)} a segment`;
  const note = `${byTable(perTrade, 2)}; ${each}`;
  return row(`  bytes a trade on disk, ${tradesPerSecond} a second`, bytesPerTrade(tape).toFixed(1), note);
}

function byTable(bytes: Readonly<Record<string, number>>, digits: number): string {
  const tables = Object.entries(bytes).map(([name, each]) => `${name} ${each.toFixed(digits)}`);
  return tables.join(', ');
}

function rateRow(name: string, rate: Rate, note: string): string {
  const spread = `${millions(rate.worst)} to ${millions(rate.best)}`;
  return row(name, millions(rate.median), note === '' ? spread : `${spread}; ${note}`);
}

function rest({ p90, p99, p999, max }: Percentiles): string {
  const ms = (value: number): string => value.toFixed(1);
  return `p90 ${ms(p90)}, p99 ${ms(p99)}, p99.9 ${ms(p999)}, max ${ms(max)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
