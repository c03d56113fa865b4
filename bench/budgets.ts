/**
 * Checks results against budgets.json. In: results and budgets, named by their path in the results file. Out: one line
 * for every budget that was missed.
 */
import type { BenchResult } from './bench-result.ts';

/** Limits by path, such as `fold.ticksPerCpuSecond`. */
export type Budgets = {
  readonly atLeast: Readonly<Record<string, number>>;
  readonly atMost: Readonly<Record<string, number>>;
};

/** The budgets that the results do not keep; a figure that was not asked for is not judged. */
export function missedBudgets(result: BenchResult, budgets: Budgets): string[] {
  const low = Object.entries(budgets.atLeast).flatMap(([path, limit]) => {
    const figure = figureAt(result, path);
    return figure === undefined || figure >= limit ? [] : [`${path} is ${figure}, at least ${limit} is asked`];
  });
  const high = Object.entries(budgets.atMost).flatMap(([path, limit]) => {
    const figure = figureAt(result, path);
    return figure === undefined || figure <= limit ? [] : [`${path} is ${figure}, at most ${limit} is allowed`];
  });
  return [...low, ...high];
}

function figureAt(result: BenchResult, path: string): number | undefined {
  let value: unknown = result;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return typeof value === 'number' ? value : undefined;
}
