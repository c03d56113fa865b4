/**
 * Runs a property that awaits for many seeds. In: its share of all seeds, and what to do with one. Out: nothing, or an
 * error that names the seed; TAPELINE_SEED and TAPELINE_SEEDS mean what they mean for tests/properties.
 */
import { Random } from '@tapeline/simulation';
import { SeedFailedError, seedCount } from '../properties/seeds.ts';

/** Runs the property for its share of all seeds; rejects with `SeedFailedError` for the first that fails. */
export async function forEachSeedAsync(
  share: number,
  run: (random: Random, seed: number) => Promise<void>,
): Promise<void> {
  const only = Number(process.env['TAPELINE_SEED'] ?? 0);
  const first = only > 0 ? only : 1;
  const last = only > 0 ? only : seedCount(share);
  for (let seed = first; seed <= last; seed += 1) {
    try {
      await run(new Random(seed), seed);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SeedFailedError(`seed ${seed} breaks the property; TAPELINE_SEED=${seed} runs it alone\n${reason}`, {
        cause: error,
      });
    }
  }
}
