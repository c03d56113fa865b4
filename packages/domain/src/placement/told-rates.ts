/**
 * Rates of a partition in two records: all of them seldom, the busiest and changed ones with each report. In: the two, of one meter. Out:
 * one report as if it told all at once. What the newer one does not name has gone on at its rate, so a meter that is still young
 * counts more of it by now; only what is told shows that a rate changed.
 */
import { InstrumentMap } from './instrument-map.ts';
import type { RateReport } from './rate-meter.ts';

/** Ages below this count as this one, ms: see `mergeRates`. */
const ageMsMin = 1_000;

/** Both are of one meter, so that counts of one are counts of the other; another owner of the partition has another meter. */
export function isOfOneMeter(one: RateReport, other: RateReport): boolean {
  return one.sinceMs === other.sinceMs && one.halfLifeMs === other.halfLifeMs;
}

/** By how much counts grow from one report of a meter to a later one where ticks go on evenly; 1 once the meter is old. */
export function evenGrowth(from: RateReport, to: RateReport): number {
  return settled(to) / settled(from);
}

/** Everything of `whole` carried on to `brief`, and what that names in its place. `whole` is left out where it is of another meter. */
export function joinRates(whole: RateReport | undefined, brief: RateReport): RateReport {
  if (whole === undefined || !isOfOneMeter(whole, brief) || whole.logTimeMs > brief.logTimeMs) return brief;
  const growth = evenGrowth(whole, brief);
  const ticks = new InstrumentMap<number>();
  let [all, named] = [brief.forgottenTicks, 0];
  whole.ticks.forEach((count, dataset, symbol) => ticks.set(dataset, symbol, count * growth));
  brief.ticks.forEach((count, dataset, symbol) => {
    all += count;
    ticks.set(dataset, symbol, count);
  });
  ticks.forEach((count) => (named += count));
  return { ...brief, ticks, forgottenTicks: Math.max(0, all - named) };
}

/** The part of its final count that even ticks have after the meter's age. */
function settled({ logTimeMs, sinceMs, halfLifeMs }: RateReport): number {
  return 1 - 2 ** (-Math.max(logTimeMs - sinceMs, ageMsMin) / halfLifeMs);
}
