/**
 * Measures a standalone market as a whole, from a client's send to stored bars and to a subscriber. In: how many ticks,
 * a folder. Out: its figures, and those of the yardstick market on the same ticks in the same run.
 */
import path from 'node:path';
import type { StandaloneFigures, StandaloneHeadlines } from './bench-result.ts';
import { medianOf } from './measured-rounds.ts';
import { runInChild } from './run-in-child.ts';
import { symbolOf } from './tape-generator.ts';

/** More would only take longer: the rate is that of a second already. */
const ticksMax = 5_000_000;
const throughputRuns = 3;
const peerTicksMax = 1_000_000;
/** Followed instruments, by 0-based rank, from 15 % of all ticks to 0.03 %. */
export const followedRanks: readonly number[] = [
  0, 1, 2, 3, 5, 9, 14, 24, 49, 74, 99, 149, 199, 249, 299, 349, 399, 449, 474, 499,
];

/** The load of the design's latency budget. */
const load = { ticksPerSecond: 50_000, batchMs: 5, warmUpSeconds: 5, seconds: 25 };

/** Runs everything, one after the other; `tell` hears what is being done. */
export function measureStandalone(asked: number, folder: string, tell: (line: string) => void): StandaloneFigures {
  const ticks = Math.min(asked, ticksMax);
  const runs = Array.from({ length: throughputRuns }, (_, run) => {
    tell(`standalone, ${ticks} ticks from a client to stored bars, run ${run + 1} of ${throughputRuns}`);
    return runInChild('measureThroughput', { ticks, folder: path.join(folder, `standalone-${run}`) });
  });
  const peerTicks = Math.min(ticks, peerTicksMax);
  tell(`the yardstick market, ${peerTicks} ticks`);
  const peer = runInChild('measurePlainMarket', { ticks: peerTicks, folder: path.join(folder, 'plain-market') });
  const { ticksPerSecond, warmUpSeconds, seconds } = load;
  tell(`standalone, latency at ${ticksPerSecond} ticks a second for ${warmUpSeconds + seconds} s`);
  const symbols = followedRanks.map(symbolOf);
  const latency = runInChild('measureLatency', { ...load, symbols, folder: path.join(folder, 'latency') });
  return { runs, peer, latency };
}

/** The figures that others read. */
export function standaloneHeadlines({ runs, peer, latency }: StandaloneFigures): StandaloneHeadlines {
  const rate = medianOf(runs.map(({ ticks, seconds }) => ticks / seconds));
  return {
    ticksPerSecond: Math.round(rate),
    latencyMsP50: latency.latencyMs.p50,
    latencyMsP99: latency.latencyMs.p99,
    timesThePeer: rate / (peer.ticks / peer.seconds),
    ticksPerServerCpuSecond: Math.round(medianOf(runs.map(({ ticks, serverCpuSeconds }) => ticks / serverCpuSeconds))),
    senderLateMsP99: latency.senderLateMs.p99,
  };
}
