/**
 * What the benches on servers find. In: nothing. Out: the types of their part of the results file: the figures that others
 * read under the names of the design, and how they came about below.
 */
import type { Rate } from '../rate.ts';
import type { BytesOnDisk } from './bytes-on-disk.ts';
import type { CatchUpMeasure } from './catch-up-task.ts';
import type { ClusterLatencyMeasure } from './cluster-latency-task.ts';
import type { CompactionFigures } from './compaction-run.ts';
import type { FailoverMeasure } from './failover-task.ts';
import type { KafkaStreamsMeasure } from './kafka-streams-peer.ts';
import type { MovesMeasure } from './moves-task.ts';
import type { SizingFigures } from './sizing-run.ts';

/** Ticks in a second of CPU time of the process under test, and their ratios. */
export type WorkerHeadlines = {
  readonly ticksPerCpuSecond: number;
  readonly kafkaStreamsTicksPerCpuSecond: number;
  readonly decodeOnlyTicksPerCpuSecond: number;
  readonly recordPerTickTicksPerCpuSecond: number;
  /** Without the tape; the next with it. */
  readonly fullTicksPerCpuSecond: number;
  readonly fullWithTapeTicksPerCpuSecond: number;
  readonly timesKafkaStreams: number;
  readonly shareOfDecodeOnly: number;
  readonly recordPerTickTimesKafkaStreams: number;
};

/** How the worker's figures came about. */
export type WorkerFigures = {
  readonly ticks: number;
  readonly singles: number;
  readonly partitions: number;
  readonly ticksPerSecondBar: number;
  readonly bytesPerTick: number;
  /** Whether the worker left the tape out where it was asked to. */
  readonly isTapeLeftOut: boolean;
  readonly likeForLike: Rate;
  readonly withTape: Rate;
  readonly decodeOnly: Rate;
  readonly recordPerTick: Rate;
  readonly full: Rate;
  readonly fullWithTape: Rate;
  readonly kafkaStreams: readonly KafkaStreamsMeasure[];
};

/** By CPU time of ingest, and of a bare server with the same messages. */
export type IngestHeadlines = {
  readonly ticksPerCpuSecond: number;
  readonly singleTickPerCpuSecond: number;
  readonly grpcFloorPerCpuSecond: number;
  readonly singleShareOfFloor: number;
};

/** How they came about. */
export type IngestFigures = {
  readonly batches: Rate;
  readonly singles: Rate;
  readonly floorSingles: Rate;
  readonly floorBatches: Rate;
  readonly batchBytes: number;
  readonly singleBytes: number;
};

/** Latency of the market as processes. */
export type LatencyHeadlines = {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How late the sender itself was: where this is high, the machine was busy, and the latencies say little. */
  readonly senderLateMsP99: number;
};

/** What a worker's end costs. */
export type FailoverHeadlines = {
  readonly killSeconds: number;
  readonly termMs: number;
  readonly catchUpTimesRealTime: number;
};

/** What a move costs the symbol that moves, and all others. */
export type MovesHeadlines = {
  /** The longest that a tick of the moving symbol waited, by move. */
  readonly pauseMsP99: number;
  /** Median over the rounds of the 99th percentile of the ages of ticks of others, with moves, by the same without. */
  readonly othersP99Ratio: number;
  /** At how many ticks a second; 50,000 was asked. */
  readonly ticksPerSecond: number;
};

/** How they came about. */
export type FailoverFigures = { readonly ends: FailoverMeasure; readonly catchUp: CatchUpMeasure };

/** Rows by CPU time of the client; a bar counts as one, although our store writes its history beside it. */
export type CassandraHeadlines = {
  readonly liveRowsPerCpuSecond: number;
  readonly bareRowsPerCpuSecond: number;
  readonly liveShareOfBare: number;
  readonly catchUpRowsPerCpuSecond: number;
  /** On disk, in the table of bars alone; absent where the node is not ours to look into. */
  readonly bytesPerBar?: number;
  /** The same in all tables of the tape: at 60,000 trades a second over 500 instruments, and at one of each. */
  readonly bytesPerTrade?: number;
  readonly bytesPerTradeQuiet?: number;
};

/** How they came about. */
export type CassandraFigures = {
  readonly bars: number;
  readonly live: Rate;
  readonly bare: Rate;
  readonly catchingUp: Rate;
  readonly onDisk?: BytesOnDisk;
};

/** Their part of the results file. A figure that was not asked for is absent. */
export type ClusterResult = {
  readonly worker?: WorkerHeadlines;
  readonly ingest?: IngestHeadlines;
  readonly latency?: LatencyHeadlines;
  readonly failover?: FailoverHeadlines;
  readonly moves?: MovesHeadlines;
  readonly cassandra?: CassandraHeadlines;
  readonly workerFigures?: WorkerFigures;
  readonly ingestFigures?: IngestFigures;
  readonly latencyFigures?: ClusterLatencyMeasure;
  readonly failoverFigures?: FailoverFigures;
  readonly movesFigures?: MovesMeasure;
  readonly cassandraFigures?: CassandraFigures;
  /** By case, in the order in which they ran. */
  readonly sizingFigures?: readonly SizingFigures[];
  /** By table and strategy. */
  readonly compactionFigures?: readonly CompactionFigures[];
};
