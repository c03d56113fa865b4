/**
 * The worker against its bounds and its peer, on the same ticks in one run. In: servers and sizes. Out: ticks in a second of
 * CPU time of the process under test: ours like for like with Kafka Streams, reading and decoding alone, one tick a record,
 * and with everything on.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Measured, rateOf } from '../rate.ts';
import type { ClusterBench } from './cluster-run.ts';
import type { ClusterResult } from './cluster-result.ts';
import { type KafkaStreamsMeasure, runKafkaStreams } from './kafka-streams-peer.ts';
import type { LogPlace, StorePlace } from './open-places.ts';
import { type PartitionTapes, peerTapeOf } from './partition-tapes.ts';
import { runClusterTask } from './run-cluster-task.ts';
import type { WorkerMeasure, WorkerTask } from './worker-task.ts';

/** Partitions of every stream, ours and the peer's. */
export const partitions = 4;

const processes = 2;
const rounds = 3;
/** What takes longer than blocks gets the first part of the tape. */
const singlesMax = 500_000;
const peerMax = 3_000_000;
/** The faster of both stores was not told apart from the other, so the peer has one run with each. */
const peerStores = ['rocksdb', 'memory'] as const;

/** Runs it. Rejects with `TestbedError`, `PeerBuildError`, `PeerFailedError`, or `BenchChildError`. */
export async function runWorkerBench(bench: ClusterBench): Promise<ClusterResult> {
  const { servers, name, tell } = bench;
  const [brokers, cassandra] = [await servers.brokers(), await servers.cassandra()];
  const folder = path.join(bench.folder, 'worker');
  mkdirSync(folder, { recursive: true });
  const [ticks, singles, peer] = [bench.ticks, Math.min(bench.ticks, singlesMax), Math.min(bench.ticks, peerMax)];
  tell(`making the tape of ${ticks} ticks for ${partitions} partitions`);
  const tapes = runClusterTask('writePartitionTapes', { folder, partitions, ticks, singles, peer });
  const place = (stream: string): LogPlace => ({ brokers, stream: `${name}-${stream}`, partitions });
  const [blocks, one] = [place('blocks'), place('singles')];
  tell('loading it into Kafka, as blocks and as one tick a record');
  runClusterTask('loadTape', { ...blocks, folder, form: 'blocks' });
  runClusterTask('loadTape', { ...one, folder, form: 'singles' });
  const store: StorePlace = { ...cassandra, keyspace: name };
  const worker = (what: string, task: Omit<WorkerTask, 'rounds'>): WorkerMeasure[] => {
    tell(`the worker, ${what}`);
    return repeated(() => runClusterTask('measureWorker', { ...task, rounds }));
  };
  tell('reading and decoding alone');
  const decodeOnly = repeated(() => runClusterTask('measureDecodeLog', { ...blocks, ticks, rounds }));
  const likeForLike = { ...blocks, ticks, features: 'like-for-like' } as const;
  const full = { ...blocks, ticks, features: 'full', store } as const;
  const figures = {
    decodeOnly,
    likeForLike: worker('like for like', { ...likeForLike, tape: 'off' }),
    withTape: worker('the same with the tape', { ...likeForLike, tape: 'on' }),
    recordPerTick: worker('one tick a record', { ...likeForLike, ...one, ticks: singles, tape: 'off' }),
    full: worker('all intervals, both profiles, Cassandra', { ...full, tape: 'off' }),
    fullWithTape: worker('the same with the tape', { ...full, tape: 'on' }),
  };
  const kafkaStreams: KafkaStreamsMeasure[] = [];
  for (const peerStore of peerStores) {
    tell(`the peer, Kafka Streams, ${peer} ticks, state in ${peerStore}`);
    const stateFolder = path.join(folder, `streams-${peerStore}`);
    const task = { brokers, name: `${name}-peer-${peerStore}`, partitions, trades: peer, file: peerTapeOf(folder) };
    kafkaStreams.push(await runKafkaStreams({ ...task, stateFolder, store: peerStore }));
  }
  return workerResult({ ticks, singles, tapes, kafkaStreams, figures });
}

function workerResult(run: {
  readonly ticks: number;
  readonly singles: number;
  readonly tapes: PartitionTapes;
  readonly kafkaStreams: readonly KafkaStreamsMeasure[];
  readonly figures: Readonly<
    Record<'likeForLike' | 'withTape' | 'recordPerTick' | 'full' | 'fullWithTape', readonly WorkerMeasure[]>
  > & { readonly decodeOnly: readonly Measured[] };
}): ClusterResult {
  const { ticks, singles, tapes, kafkaStreams, figures } = run;
  const decodeOnly = rateOf(figures.decodeOnly);
  const likeForLike = rateOf(figures.likeForLike);
  const recordPerTick = rateOf(figures.recordPerTick);
  const [full, fullWithTape] = [rateOf(figures.full), rateOf(figures.fullWithTape)];
  const streams = Math.max(...kafkaStreams.map(({ measuredTrades, cpuSeconds }) => measuredTrades / cpuSeconds));
  const bars = kafkaStreams[0]?.bars ?? Number.NaN;
  return {
    worker: {
      ticksPerCpuSecond: Math.round(likeForLike.median),
      kafkaStreamsTicksPerCpuSecond: Math.round(streams),
      decodeOnlyTicksPerCpuSecond: Math.round(decodeOnly.median),
      recordPerTickTicksPerCpuSecond: Math.round(recordPerTick.median),
      fullTicksPerCpuSecond: Math.round(full.median),
      fullWithTapeTicksPerCpuSecond: Math.round(fullWithTape.median),
      timesKafkaStreams: likeForLike.median / streams,
      shareOfDecodeOnly: likeForLike.median / decodeOnly.median,
      recordPerTickTimesKafkaStreams: recordPerTick.median / streams,
    },
    workerFigures: {
      ticks,
      singles,
      partitions,
      ticksPerSecondBar: (kafkaStreams[0]?.trades ?? Number.NaN) / bars,
      bytesPerTick: tapes.blockBytes / ticks,
      isTapeLeftOut: figures.likeForLike.every(({ tapeSegments }) => tapeSegments === 0),
      decodeOnly,
      likeForLike,
      withTape: rateOf(figures.withTape),
      recordPerTick,
      full,
      fullWithTape,
      kafkaStreams,
    },
  };
}

function repeated<Measure>(measure: () => Measure): Measure[] {
  return Array.from({ length: processes }, measure);
}
