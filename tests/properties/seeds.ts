/**
 * Runs a property for many seeds. In: its share of all seeds, and what to do with one. Out: nothing, or an error that
 * names the seed and the command that replays it alone. TAPELINE_SEEDS is the number of seeds over all properties
 * (12,000 if it is not set); TAPELINE_SEED=n runs seed n only.
 */
import path from 'node:path';
import { Random } from '@tapeline/simulation';
import { expect } from 'vitest';

const seedsByDefault = 12_000;

/** A property that does not hold for one seed; the cause says how. */
export class SeedFailedError extends Error {
  override name = 'SeedFailedError';
}

/** How many seeds a property with this share of all seeds runs; shares of all properties add up to 1 or a little more. */
export function seedCount(share: number): number {
  return Math.ceil(wholeNumberOf('TAPELINE_SEEDS', seedsByDefault) * share);
}

/** Runs the property for its seeds; throws `SeedFailedError` for the first that fails. */
export function forEachSeed(share: number, run: (random: Random, seed: number) => void): void {
  const only = wholeNumberOf('TAPELINE_SEED', 0);
  if (only > 0) {
    runOne(only, run);
    return;
  }
  for (let seed = 1; seed <= seedCount(share); seed += 1) runOne(seed, run);
}

/** Whether one seed is replayed, so that counts of what seeds had say nothing. */
export function isReplay(): boolean {
  return wholeNumberOf('TAPELINE_SEED', 0) > 0;
}

function runOne(seed: number, run: (random: Random, seed: number) => void): void {
  try {
    run(new Random(seed), seed);
  } catch (error) {
    const { currentTestName = '', testPath = '' } = expect.getState();
    const file = path.relative(process.cwd(), testPath);
    const replay = `TAPELINE_SEED=${seed} npm test -- ${file} -t ${JSON.stringify(currentTestName)}`;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SeedFailedError(`seed ${seed} breaks the property; replay it alone: ${replay}\n${reason}`, {
      cause: error,
    });
  }
}

function wholeNumberOf(name: string, byDefault: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return byDefault;
  if (!/^[1-9][0-9]{0,8}$/.test(text))
    throw new RangeError(`${name} is '${text}': it takes a whole number from 1 to 999999999`);
  return Number(text);
}
