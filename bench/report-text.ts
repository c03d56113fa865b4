/**
 * The results as a table for people. In: results. Out: lines of text, a figure a line, and how they were measured
 * below. A figure that was not asked for has no line.
 */
import type { BenchResult, FoldFigures, RealFigures } from './bench-result.ts';
import type { BytesMeasure } from './bytes-task.ts';
import { clusterRows } from './cluster/cluster-report.ts';
import type { Rate } from './rate.ts';
import { millions, row } from './report-row.ts';
import { standaloneRows } from './standalone-report.ts';

/** The table. */
export function reportLines(result: BenchResult): string[] {
  const { decodeRate, foldOne, foldEverything, foldTape, peers, bytesOfRecords, bytesOfBatches, spy } = result;
  return [
    ...(decodeRate === undefined ? [] : [rateRow('decode', decodeRate)]),
    ...(foldOne === undefined ? [] : foldRows('fold (1s, profile all)', foldOne)),
    ...(foldEverything === undefined ? [] : foldRows('fold, everything', foldEverything)),
    ...(foldTape === undefined ? [] : foldRows('fold, everything, with the tape', foldTape)),
    ...peerRows(peers),
    ...(bytesOfRecords === undefined ? [] : bytesRows('records of 64 KiB', bytesOfRecords)),
    ...(bytesOfBatches === undefined ? [] : bytesRows('records of 2,000 ticks', bytesOfBatches)),
    ...snapshotRows(result),
    ...standaloneRows(result),
    ...clusterRows(result),
    ...(spy === undefined
      ? ['SPY: not measured; its recordings are not there, or neither decode nor fold was picked']
      : spyRows(spy)),
    '',
    'Method',
    ...result.method.map((line) => `  ${line}`),
    `  Node ${result.versions.node}, V8 ${result.versions.v8}, ${result.machine.cpus} CPUs, ${result.machine.arch}.`,
  ];
}

function rateRow(name: string, rate: Rate): string {
  return row(
    `${name}, ticks per CPU second`,
    millions(rate.median),
    `${millions(rate.worst)} to ${millions(rate.best)}`,
  );
}

function foldRows(name: string, figures: FoldFigures): string[] {
  const { counters } = figures;
  const did = `${counters.barsEmitted} bars out, ${counters.amendments} amendments, ${counters.repeats} repeats, ${counters.late} late`;
  return [
    rateRow(name, figures.rate),
    row('  without the time of decoding alone', millions(figures.rateWithoutDecode), ''),
    row('  share of decode-only', `${(figures.shareOfDecodeOnly * 100).toFixed(0)} %`, ''),
    row('  ticks in a bar of a second', figures.ticksPerSecondBar.toFixed(0), did),
  ];
}

function peerRows({ decodeByContract, foldFromObjects, foldFromJson }: BenchResult['peers']): string[] {
  const peerRow = (name: string, rate: Rate, ratio: number): string =>
    row(name, millions(rate.median), `ours is ${ratio.toFixed(1)} times as fast`);
  return [
    ...(decodeByContract === undefined
      ? []
      : [peerRow('peer: decoder generated from log.proto', decodeByContract.rate, decodeByContract.ratio)]),
    ...(foldFromObjects === undefined
      ? []
      : [peerRow('peer: plain fold, ticks already objects', foldFromObjects.rate, foldFromObjects.ratio)]),
    ...(foldFromJson === undefined
      ? []
      : [peerRow('peer: plain fold, a line of JSON a tick', foldFromJson.rate, foldFromJson.ratio)]),
  ];
}

function bytesRows(name: string, bytes: BytesMeasure): string[] {
  const parts = Object.entries(bytes.byPart).filter(([, each]) => each >= 0.005);
  return [
    row(`bytes a trade, ${name}`, bytes.perTradePlain.toFixed(2), `${bytes.perTradeZstd.toFixed(2)} with zstd`),
    ...parts.map(([part, each]) => row(`  ${part}`, each.toFixed(2), '')),
  ];
}

function snapshotRows({ snapshotFigures: figures }: BenchResult): string[] {
  if (figures === undefined) return [];
  const perInstrument = (bytes: number): string => (bytes / figures.instruments).toFixed(0);
  const reread = `and ${figures.rereadMs.toFixed(0)} ms to read ${figures.rereadRecords} retained records again`;
  const [begin, slice] = [figures.beginMs.toFixed(1), figures.longestSliceMs.toFixed(1)];
  const sliced = `in slices: ${begin} ms to begin, ${slice} ms the longest slice`;
  return [
    row('snapshot, bytes an instrument', perInstrument(figures.bytes), `${perInstrument(figures.bytesZstd)} with zstd`),
    row('  CPU ms to take', figures.takeMs.toFixed(0), sliced),
    row('  CPU ms to restore', figures.restoreMs.toFixed(0), reread),
  ];
}

function spyRows({ ticks, decode, fold, everything, bytes }: RealFigures): string[] {
  return [
    '',
    `SPY, ${ticks} real trades`,
    ...(decode === undefined ? [] : [rateRow('decode', decode)]),
    ...(fold === undefined ? [] : foldRows('fold (1s, profile all)', fold)),
    ...(everything === undefined ? [] : foldRows('fold (all intervals, both profiles, replay)', everything)),
    ...bytesRows('records of 64 KiB', bytes),
  ];
}
