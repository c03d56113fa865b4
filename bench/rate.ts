/**
 * A rate over rounds. In: work done and the CPU seconds of each round. Out: the median with the worst and the best, over the
 * rounds of all processes that measured it.
 */
import { medianOf } from './measured-rounds.ts';

/** Work in a second of user and system CPU time, over the rounds of all processes that measured it. */
export type Rate = { readonly median: number; readonly best: number; readonly worst: number; readonly rounds: number };

/** What processes did in each of their rounds, and how long each took. */
export type Measured = { readonly ticks: number; readonly cpuSeconds: readonly number[] };

/** The rate of all their rounds. */
export function rateOf(measures: readonly Measured[]): Rate {
  const rates = measures.flatMap(({ ticks, cpuSeconds }) => cpuSeconds.map((seconds) => ticks / seconds));
  return { median: medianOf(rates), best: Math.max(...rates), worst: Math.min(...rates), rounds: rates.length };
}
