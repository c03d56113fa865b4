/**
 * The command line of the bench. In: arguments. Out: what to measure and where to put it, or one message that says what
 * is wrong and what is possible.
 */
import { parseArgs } from 'node:util';
import { readSizingCases, type SizingCase } from './cluster/sizing-cases.ts';

/** What can be measured on this machine alone. */
export const localBenchNames = ['decode', 'fold', 'snapshot', 'standalone'] as const;
/** What needs servers: Kafka for all but `cassandra` and `compaction`, Cassandra for all but `ingest`. */
export const clusterBenchNames = [
  'worker',
  'ingest',
  'latency',
  'failover',
  'moves',
  'sizing',
  'cassandra',
  'compaction',
] as const;
export type BenchName = (typeof localBenchNames)[number] | (typeof clusterBenchNames)[number];
/** What can be measured. */
export const benchNames: readonly BenchName[] = [...localBenchNames, ...clusterBenchNames];

/** What was asked for. */
export type BenchArguments = {
  readonly benches: readonly BenchName[];
  /** Ticks of each large tape. */
  readonly ticks: number;
  /** Seconds of load of `latency`, of each case of `sizing` and each round of `moves`, and of down time of `failover`, if not theirs by default. */
  readonly seconds?: number;
  /** Ticks a second that `moves` begins with, if not the 50,000 of its own. */
  readonly rate?: number;
  /** Rounds of each kind of `moves`, if not its 5. */
  readonly rounds?: number;
  /** What `sizing` runs, if not all of its own. */
  readonly cases?: readonly SizingCase[];
  /** File for the results; absent = none is written. */
  readonly json?: string;
  /** Whether a missed budget is a failure. */
  readonly check: boolean;
};

/** Arguments that cannot be followed. */
export type ArgumentProblem = { readonly code: 'ARGUMENTS_INVALID'; readonly message: string };

/** The least that gives the tape of the snapshot a tick a second for most instruments. */
const ticksMin = 100_000;
const ticksDefault = 10_000_000;
const ticksMax = 100_000_000;
const [secondsMin, secondsMax] = [5, 3_600];
const [rateMin, rateMax] = [500, 1_000_000];
const [roundsMin, roundsMax] = [1, 100];

/** How the command is called. */
export const usage: string = `npm run bench -- [${benchNames.join('] [')}] [--ticks N] [--seconds N] [--rate N] [--rounds N] [--cases TICKS/SYMBOLS/WORKERS,…] [--json FILE] [--check]`;

/** Reads the arguments; without a name everything is measured that needs no servers. */
export function readArguments(args: readonly string[]): BenchArguments | ArgumentProblem {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ticks: { type: 'string' },
        seconds: { type: 'string' },
        rate: { type: 'string' },
        rounds: { type: 'string' },
        cases: { type: 'string' },
        json: { type: 'string' },
        check: { type: 'boolean' },
      },
    });
  } catch (error) {
    // The parser throws for nothing but the arguments.
    return problem(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const unknown = positionals.find((name) => !benchNames.some((known) => known === name));
  if (unknown !== undefined) return problem(`there is no bench '${unknown}'; there are ${benchNames.join(', ')}`);
  const ticks = wholeNumber('ticks', values.ticks, [ticksMin, ticksMax]);
  const seconds = wholeNumber('seconds', values.seconds, [secondsMin, secondsMax]);
  const rate = wholeNumber('rate', values.rate, [rateMin, rateMax]);
  const rounds = wholeNumber('rounds', values.rounds, [roundsMin, roundsMax]);
  for (const number of [ticks, seconds, rate, rounds]) if (typeof number === 'string') return problem(number);
  const cases = values.cases === undefined ? undefined : readSizingCases(values.cases);
  if (typeof cases === 'string') return problem(`--cases ${cases}`);
  const wanted: readonly string[] = positionals.length === 0 ? localBenchNames : positionals;
  return {
    benches: benchNames.filter((name) => wanted.includes(name)),
    ticks: typeof ticks === 'number' ? ticks : ticksDefault,
    check: values.check ?? false,
    ...(typeof seconds === 'number' ? { seconds } : {}),
    ...(typeof rate === 'number' ? { rate } : {}),
    ...(typeof rounds === 'number' ? { rounds } : {}),
    ...(cases === undefined ? {} : { cases }),
    ...(values.json === undefined ? {} : { json: values.json }),
  };
}

/** The number, `undefined` where nobody names one, or what is wrong with it. */
function wholeNumber(
  name: string,
  text: string | undefined,
  [least, most]: readonly [number, number],
): number | string | undefined {
  if (text === undefined) return undefined;
  const number = Number(text.replaceAll('_', ''));
  const isFine = Number.isInteger(number) && number >= least && number <= most;
  return isFine ? number : `--${name} ${text} is not a whole number from ${least} to ${most}`;
}

function problem(says: string): ArgumentProblem {
  return { code: 'ARGUMENTS_INVALID', message: `${says}\nusage: ${usage}` };
}
