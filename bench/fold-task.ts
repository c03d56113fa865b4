/**
 * The fold with decoding in it, as a worker runs it: records in, revisions of bars out, a step a record. In: a tape's
 * file and which features are on. Out: CPU seconds a round, what the fold counted, and how full its bars were.
 */
import { CountedTape, type FoldConfig, foldConfigDefaults, type FoldCounters, PartitionFold } from '@tapeline/domain';
import { measureRounds } from './measured-rounds.ts';
import { type LoadedTape, readTape } from './tape-file.ts';

/**
 * `one`: bars of a second, every trade counts. `everything`: all default intervals, both profiles. `tape`: the same, and
 * the canonical tape is written beside the bars, as a worker does.
 */
export type FoldFeatures = 'one' | 'everything' | 'tape';

/** What a run of the fold did. */
export type FoldOutcome = {
  readonly counters: Readonly<FoldCounters>;
  readonly notices: number;
  /** Bars of a second and profile `all` that closed. */
  readonly secondBars: number;
  /** Ticks in the segments of the tape; 0 where none is written. */
  readonly tapeTicks: number;
};

/** What folding a tape took. */
export type FoldMeasure = FoldOutcome & { readonly ticks: number; readonly cpuSeconds: readonly number[] };

/** The configuration of a fold. A tape of a past day is folded as the command folds files: with a horizon of a day. */
export function foldConfig(features: FoldFeatures, pastDay: boolean): FoldConfig {
  const config = pastDay ? { ...foldConfigDefaults, horizonMs: 86_400_000 } : foldConfigDefaults;
  if (features !== 'one') return { ...config, partition: 0 };
  return { ...config, partition: 0, intervals: ['1s'], profiles: ['all'] };
}

/** Folds the whole tape, from an empty state, once a round. */
export function measureFold(task: {
  file: string;
  features: FoldFeatures;
  pastDay: boolean;
  rounds: number;
}): FoldMeasure {
  const tape = readTape(task.file);
  const config = foldConfig(task.features, task.pastDay);
  const rounds = measureRounds(task.rounds, () => foldTape(config, tape, task.features === 'tape'));
  const [first] = rounds;
  if (first === undefined) throw new RangeError('a fold must be measured for one round at least');
  return { ...first.result, ticks: tape.ticks, cpuSeconds: rounds.map((round) => round.cpuSeconds) };
}

function foldTape(config: FoldConfig, tape: LoadedTape, writesTape: boolean): FoldOutcome {
  const fold = PartitionFold.start(config);
  const counted = writesTape ? new CountedTape() : undefined;
  let [notices, secondBars, tapeTicks] = [0, 0, 0];
  for (const record of tape.records) {
    const output = fold.step([record], counted);
    for (const { count } of counted?.take() ?? []) tapeTicks += count;
    notices += output.notices.length;
    for (const bar of output.bars) if (isFirstOfSecond(bar)) secondBars += 1;
  }
  if (writesTape && tapeTicks < fold.counters.applied) {
    throw new RangeError(`the tape holds ${tapeTicks} ticks of ${fold.counters.applied} that were counted`);
  }
  return { counters: fold.counters, notices, secondBars, tapeTicks };
}

function isFirstOfSecond(bar: { interval: string; profile: string; state: string }): boolean {
  return bar.interval === '1s' && bar.profile === 'all' && bar.state === 'closed';
}
