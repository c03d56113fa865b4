/**
 * Runs the benches that were asked for. In: their names and a number of ticks. Out: the results. Each tape is made once,
 * by a process of its own, in a folder that is removed at the end; every measure runs alone, one after the other.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { foldVersion } from '@tapeline/domain';
import { type BenchArguments, type BenchName, clusterBenchNames, localBenchNames } from './bench-arguments.ts';
import type { BenchResult, FoldFigures, PeerFigures, RealFigures } from './bench-result.ts';
import type { FoldFeatures, FoldMeasure } from './fold-task.ts';
import { generatedInstruments, type TapeName } from './generated-tape.ts';
import { measureCluster } from './cluster/cluster-run.ts';
import { clusterMethod, method } from './method.ts';
import { type Rate, rateOf } from './rate.ts';
import { spyRecordings } from './real-recordings.ts';
import { runInChild } from './run-in-child.ts';
import { measureStandalone, standaloneHeadlines } from './standalone-run.ts';

/** Processes and measured rounds in each. */
const processes = 3;
const decodeRounds = 5;
const foldRounds = 3;
const snapshotRounds = 5;
/** Peers are slow, so they get the first part of the tape. */
const peerTicks = 1_000_000;
const batchTicks = 1_000_000;

/** Measures and answers; `tell` hears what is being done. */
export async function runBenches(asked: BenchArguments, tell: (line: string) => void): Promise<BenchResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-bench-'));
  try {
    const result = new BenchRun(asked, folder, tell).all();
    return { ...result, ...(await measureCluster(asked, folder, tell)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class BenchRun {
  readonly #asked: BenchArguments;
  readonly #folder: string;
  readonly #tell: (line: string) => void;
  readonly #files = new Map<string, string>();
  readonly #decodeRates = new Map<string, Rate>();

  constructor(asked: BenchArguments, folder: string, tell: (line: string) => void) {
    this.#asked = asked;
    this.#folder = folder;
    this.#tell = tell;
  }

  all(): BenchResult {
    const { benches, ticks } = this.#asked;
    const about = {
      method: methodOf(benches),
      machine: { cpus: cpus().length, platform: process.platform, arch: process.arch },
      versions: { node: process.versions.node, v8: process.versions.v8, fold: foldVersion },
      ticks,
    };
    const decode = benches.includes('decode') ? this.#decode() : { peers: {} };
    const fold = benches.includes('fold') ? this.#fold() : { peers: {} };
    const snapshot = benches.includes('snapshot') ? this.#snapshot() : {};
    const standalone = benches.includes('standalone') ? this.#standalone() : {};
    const spy = this.#spy();
    const peers = { ...decode.peers, ...fold.peers };
    const headlines = headlinesOf({ ...decode, ...fold, ...snapshot, ...standalone });
    const details = { ...decode, ...fold, ...snapshot, ...standalone, peers };
    return { ...headlines, ...about, ...details, ...(spy === undefined ? {} : { spy }) };
  }

  #decode(): Pick<BenchResult, 'decodeRate' | 'bytesOfRecords' | 'bytesOfBatches'> & { peers: PeerFigures } {
    const file = this.#tape('plain');
    const decodeRate = this.#decodeRate(file);
    this.#tell('decode by the generated code');
    const task = { file, rounds: foldRounds, ticksMax: peerTicks };
    const ours = rateOf([runInChild('measureDecode', task)]);
    const theirs = rateOf([runInChild('measureContractDecode', task)]);
    this.#tell('bytes');
    return {
      decodeRate,
      bytesOfRecords: runInChild('measureBytes', { file }),
      bytesOfBatches: runInChild('measureBytes', { file: this.#tape('batches', batchTicks) }),
      peers: { decodeByContract: { rate: theirs, ratio: ours.median / theirs.median } },
    };
  }

  #fold(): Pick<BenchResult, 'foldOne' | 'foldEverything' | 'foldTape'> & { peers: PeerFigures } {
    const foldOne = this.#foldFigures(this.#tape('plain'), 'one', false);
    const foldEverything = this.#foldFigures(this.#tape('everything'), 'everything', false);
    const foldTape = this.#foldFigures(this.#tape('everything'), 'tape', false);
    this.#tell('the baseline fold');
    const task = { file: this.#tape('plain'), rounds: foldRounds, ticksMax: peerTicks };
    const { ticks, fromObjects, fromJson, jsonBytes } = runInChild('measureBaseline', task);
    const objects = rateOf([{ ticks, cpuSeconds: fromObjects }]);
    const json = rateOf([{ ticks, cpuSeconds: fromJson }]);
    const ours = foldOne.rate.median;
    return {
      foldOne,
      foldEverything,
      foldTape,
      peers: {
        foldFromObjects: { rate: objects, ratio: ours / objects.median },
        foldFromJson: { rate: json, ratio: ours / json.median, jsonBytes },
      },
    };
  }

  #snapshot(): Pick<BenchResult, 'snapshotFigures'> {
    const file = this.#tape('midday');
    this.#tell('snapshot');
    const measure = runInChild('measureSnapshot', { file, rounds: snapshotRounds });
    return { snapshotFigures: { ...measure, instruments: generatedInstruments } };
  }

  #standalone(): Pick<BenchResult, 'standaloneFigures'> {
    return { standaloneFigures: measureStandalone(this.#asked.ticks, this.#folder, this.#tell) };
  }

  #spy(): RealFigures | undefined {
    const paths = spyRecordings();
    const { benches } = this.#asked;
    if (paths.length === 0 || !(benches.includes('decode') || benches.includes('fold'))) return undefined;
    this.#tell(`reading ${paths.length} days of SPY`);
    const file = path.join(this.#folder, 'spy');
    const { ticks } = runInChild('writeRealDays', { paths, file });
    const bytes = runInChild('measureBytes', { file });
    const decode = benches.includes('decode') ? { decode: this.#decodeRate(file) } : {};
    if (!benches.includes('fold')) return { ticks, bytes, ...decode };
    const fold = this.#foldFigures(file, 'one', true);
    const everything = this.#foldFigures(file, 'everything', true);
    return { ticks, bytes, ...decode, fold, everything };
  }

  #tape(tape: TapeName, ticks: number = this.#asked.ticks): string {
    const known = this.#files.get(tape);
    if (known !== undefined) return known;
    this.#tell(`making the tape '${tape}' of ${ticks} ticks`);
    const file = path.join(this.#folder, tape);
    runInChild('generate', { tape, ticks, file });
    this.#files.set(tape, file);
    return file;
  }

  #decodeRate(file: string): Rate {
    const known = this.#decodeRates.get(file);
    if (known !== undefined) return known;
    this.#tell(`decode (${path.basename(file)})`);
    const rate = rateOf(times(processes, () => runInChild('measureDecode', { file, rounds: decodeRounds })));
    this.#decodeRates.set(file, rate);
    return rate;
  }

  #foldFigures(file: string, features: FoldFeatures, pastDay: boolean): FoldFigures {
    const decode = this.#decodeRate(file).median;
    this.#tell(`fold, ${features} (${path.basename(file)})`);
    const task = { file, features, pastDay, rounds: foldRounds };
    const measures = times(processes, () => runInChild('measureFold', task));
    const rate = rateOf(measures);
    const [{ ticks, counters, notices, secondBars }] = measures as [FoldMeasure];
    return {
      rate,
      rateWithoutDecode: 1 / (1 / rate.median - 1 / decode),
      shareOfDecodeOnly: rate.median / decode,
      ticksPerSecondBar: ticks / secondBars,
      ticks,
      counters,
      notices,
    };
  }
}

function headlinesOf(details: Partial<BenchResult>): Partial<BenchResult> {
  const { foldOne, foldEverything, foldTape, decodeRate, bytesOfRecords, snapshotFigures, standaloneFigures } = details;
  return {
    ...(foldOne !== undefined && foldEverything !== undefined && foldTape !== undefined
      ? {
          fold: {
            ticksPerCpuSecond: Math.round(foldOne.rate.median),
            allFeaturesTicksPerCpuSecond: Math.round(foldEverything.rate.median),
            tapeTicksPerCpuSecond: Math.round(foldTape.rate.median),
          },
        }
      : {}),
    ...(decodeRate === undefined ? {} : { decode: { ticksPerCpuSecond: Math.round(decodeRate.median) } }),
    ...(bytesOfRecords === undefined
      ? {}
      : { bytes: { perTradePlain: bytesOfRecords.perTradePlain, perTradeZstd: bytesOfRecords.perTradeZstd } }),
    ...(snapshotFigures === undefined
      ? {}
      : { snapshot: { bytesPerInstrument: Math.round(snapshotFigures.bytes / snapshotFigures.instruments) } }),
    ...(standaloneFigures === undefined ? {} : { standalone: standaloneHeadlines(standaloneFigures) }),
  };
}

function methodOf(benches: readonly BenchName[]): readonly string[] {
  const isOf = (names: readonly BenchName[]): boolean => names.some((name) => benches.includes(name));
  return [...(isOf(localBenchNames) ? method : []), ...(isOf(clusterBenchNames) ? clusterMethod : [])];
}

function times<Value>(count: number, make: () => Value): Value[] {
  return Array.from({ length: count }, make);
}
