/**
 * What processes count. In: processes, a pattern of lines of their `/metrics` whose first group is the number. Out: the sum
 * over all of them.
 */
import type { Child } from './child.ts';

/** The pattern is global and of many lines. Rejects where one of them does not answer. */
export async function sumOf(children: readonly Child[], lines: RegExp): Promise<number> {
  const sums = await Promise.all(
    children.map(async (child) => {
      const answer = await fetch(`http://127.0.0.1:${await child.field('metricsPort')}/metrics`);
      return [...(await answer.text()).matchAll(lines)].reduce((sum, [, count]) => sum + Number(count), 0);
    }),
  );
  return sums.reduce((sum, count) => sum + count, 0);
}

/** Requests to the store that failed and were tried again. */
export async function storeFailures(workers: readonly Child[]): Promise<number> {
  return sumOf(workers, /^tapeline_store_failures_total\S* (\d+)/gm);
}
