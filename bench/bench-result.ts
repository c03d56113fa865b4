/**
 * What the bench finds. In: nothing. Out: the types of the results file: the figures that others read at the top, in
 * the order and under the names of the issue, and how they came about below.
 */
import type { BytesMeasure } from './bytes-task.ts';
import type { ClusterResult } from './cluster/cluster-result.ts';
import type { FoldMeasure } from './fold-task.ts';
import type { LatencyMeasure } from './latency-task.ts';
import type { PlainMarketMeasure } from './plain-market-task.ts';
import type { Rate } from './rate.ts';
import type { SnapshotMeasure } from './snapshot-task.ts';
import type { ThroughputMeasure } from './throughput-task.ts';

/** A fold's rate, what decoding alone takes of it, and what it did. */
export type FoldFigures = {
  readonly rate: Rate;
  /** Ticks in a CPU second of what is left when the time of decoding alone is taken off. */
  readonly rateWithoutDecode: number;
  /** The fold's rate as a share of decoding alone, by docs/benchmarks.md. */
  readonly shareOfDecodeOnly: number;
  readonly ticksPerSecondBar: number;
} & Pick<FoldMeasure, 'ticks' | 'counters' | 'notices'>;

/** The peers, measured in the same run on the same ticks; ratios are ours divided by theirs. */
export type PeerFigures = {
  readonly decodeByContract?: { readonly rate: Rate; readonly ratio: number };
  readonly foldFromObjects?: { readonly rate: Rate; readonly ratio: number };
  readonly foldFromJson?: { readonly rate: Rate; readonly ratio: number; readonly jsonBytes: number };
};

/** One day or more of SPY; absent where the recordings are not there. */
export type RealFigures = {
  readonly ticks: number;
  readonly decode?: Rate;
  readonly fold?: FoldFigures;
  readonly everything?: FoldFigures;
  readonly bytes: BytesMeasure;
};

/** What others read of the standalone market. */
export type StandaloneHeadlines = {
  /** Of the wall clock, end to end; the median of the runs. */
  readonly ticksPerSecond: number;
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
  /** Our ticks a second divided by those of the yardstick market. */
  readonly timesThePeer: number;
  readonly ticksPerServerCpuSecond: number;
  /** How late the sender itself was: where this is high, the machine was busy, and the latencies say little. */
  readonly senderLateMsP99: number;
};

/** The standalone market and the yardstick, in the same run. */
export type StandaloneFigures = {
  readonly runs: readonly ThroughputMeasure[];
  readonly peer: PlainMarketMeasure;
  readonly latency: LatencyMeasure;
};

/** The results file. A figure that was not asked for is absent. */
export type BenchResult = ClusterResult & {
  readonly fold?: {
    readonly ticksPerCpuSecond: number;
    readonly allFeaturesTicksPerCpuSecond: number;
    readonly tapeTicksPerCpuSecond: number;
  };
  readonly decode?: { readonly ticksPerCpuSecond: number };
  readonly bytes?: { readonly perTradePlain: number; readonly perTradeZstd: number };
  readonly snapshot?: { readonly bytesPerInstrument: number };
  readonly standalone?: StandaloneHeadlines;
  readonly method: readonly string[];
  readonly machine: { readonly cpus: number; readonly platform: string; readonly arch: string };
  readonly versions: { readonly node: string; readonly v8: string; readonly fold: number };
  readonly ticks: number;
  readonly decodeRate?: Rate;
  readonly foldOne?: FoldFigures;
  readonly foldEverything?: FoldFigures;
  readonly foldTape?: FoldFigures;
  readonly bytesOfRecords?: BytesMeasure;
  readonly bytesOfBatches?: BytesMeasure;
  readonly snapshotFigures?: SnapshotMeasure & { readonly instruments: number };
  readonly standaloneFigures?: StandaloneFigures;
  readonly peers: PeerFigures;
  readonly spy?: RealFigures;
};
