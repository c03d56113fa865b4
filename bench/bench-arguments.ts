/**
 * The command line of the bench. In: arguments. Out: what to measure and where to put it, or one message that says what
 * is wrong and what is possible.
 */
import { parseArgs } from 'node:util';

/** What can be measured. */
export const benchNames = ['decode', 'fold', 'snapshot', 'standalone'] as const;
export type BenchName = (typeof benchNames)[number];

/** What was asked for. */
export type BenchArguments = {
  readonly benches: readonly BenchName[];
  /** Ticks of each large tape. */
  readonly ticks: number;
  /** File for the results; absent = none is written. */
  readonly json?: string;
  /** Whether a missed budget is a failure. */
  readonly check: boolean;
};

/** Arguments that cannot be followed. */
export type ArgumentProblem = { readonly code: 'ARGUMENTS_INVALID'; readonly message: string };

/** The least that gives the tape of the snapshot a tick a second for most instruments. */
const ticksMin = 100_000;
const ticksMax = 100_000_000;

/** How the command is called. */
export const usage: string = `npm run bench -- [${benchNames.join('] [')}] [--ticks N] [--json FILE] [--check]`;

/** Reads the arguments; without a name everything is measured. */
export function readArguments(args: readonly string[]): BenchArguments | ArgumentProblem {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ticks: { type: 'string' }, json: { type: 'string' }, check: { type: 'boolean' } },
    });
  } catch (error) {
    // The parser throws for nothing but the arguments.
    return problem(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const unknown = positionals.find((name) => !benchNames.some((known) => known === name));
  if (unknown !== undefined) return problem(`there is no bench '${unknown}'; there are ${benchNames.join(', ')}`);
  const ticks = values.ticks === undefined ? 10_000_000 : Number(values.ticks.replaceAll('_', ''));
  if (!Number.isInteger(ticks) || ticks < ticksMin || ticks > ticksMax) {
    return problem(`--ticks ${values.ticks ?? ''} is not a whole number from ${ticksMin} to ${ticksMax}`);
  }
  const benches = benchNames.filter((name) => positionals.length === 0 || positionals.includes(name));
  const check = values.check ?? false;
  return values.json === undefined ? { benches, ticks, check } : { benches, ticks, check, json: values.json };
}

function problem(says: string): ArgumentProblem {
  return { code: 'ARGUMENTS_INVALID', message: `${says}\nusage: ${usage}` };
}
