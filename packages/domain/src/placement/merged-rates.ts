/**
 * Rates of a whole stream. In: the reports of its partitions, each at a clock of its own. Out: ticks a second of each
 * instrument at one log time. Decayed counts are sums, so an instrument that moved has in the end what one meter would have
 * that had seen both partitions; the order of reports does not matter.
 */
import { InstrumentMap } from './instrument-map.ts';
import type { RateReport } from './rate-meter.ts';

/** Rates of one moment. */
export type MergedRates = {
  /** The latest clock of all reports, ms since the Unix epoch; 0 without any. */
  readonly logTimeMs: number;
  /**
   * How long the youngest of the meters that counted anything has measured, ms of log time: before a half-life is over rates are rough;
   * 0 without any.
   */
  readonly measuredMs: number;
  /** Ticks a second, above 0. */
  readonly ticksPerSec: InstrumentMap<number>;
};

/** Rates of a shorter time than this are not told as if it had been shorter: one tick alone is no burst. */
const measuredMsMin = 1_000;

type Sum = { perMs: number; measuredMs: number; halfLifeMs: number };

/**
 * Merges reports; of two of one partition the later counts, of two as late the one that measured longer.
 *
 * Where r ticks a second come evenly, a decayed count with half-life h settles at r * h / ln 2, so the rate is the count times
 * ln 2 / h. A meter that is young has had less time: it is divided by 1 - 2^(-age / h), which makes it exact for even ticks
 * (the correction of Adam's averages, Kingma and Ba 2015). The age is that of the oldest meter that knows the instrument.
 * Bounds once the age tells no more: ticks in batches every d ms give between x / (e^x - 1), just before a batch, and
 * x / (1 - e^-x), just after it, times the true rate, with x = ln 2 * d / h. After k half-lives of silence 2^-k of it is left.
 */
export function mergeRates(reports: readonly RateReport[]): MergedRates {
  const newest = newestReports(reports);
  const logTimeMs = newest.reduce((latest, report) => Math.max(latest, report.logTimeMs), 0);
  const sums = new InstrumentMap<Sum>();
  for (const { logTimeMs: atMs, sinceMs, halfLifeMs, ticks } of newest) {
    const factor = (2 ** ((atMs - logTimeMs) / halfLifeMs) * Math.LN2) / halfLifeMs;
    const measuredMs = Math.max(logTimeMs - sinceMs, measuredMsMin);
    ticks.forEach((count, dataset, symbol) => {
      const sum = sums.get(dataset, symbol);
      if (sum === undefined) sums.set(dataset, symbol, { perMs: count * factor, measuredMs, halfLifeMs });
      else {
        sum.perMs += count * factor;
        sum.measuredMs = Math.max(sum.measuredMs, measuredMs);
        sum.halfLifeMs = Math.max(sum.halfLifeMs, halfLifeMs);
      }
    });
  }
  const ticksPerSec = new InstrumentMap<number>();
  sums.forEach(({ perMs, measuredMs, halfLifeMs }, dataset, symbol) => {
    const rate = (perMs * 1_000) / (1 - 2 ** (-measuredMs / halfLifeMs));
    if (rate > 0) ticksPerSec.set(dataset, symbol, rate);
  });
  // A partition that nobody wrote to has no clock, and knows nothing that could be rough.
  const counting = newest.filter(({ ticks, forgottenTicks }) => ticks.size > 0 || forgottenTicks > 0);
  const ages = counting.map(({ sinceMs }) => logTimeMs - sinceMs);
  return { logTimeMs, measuredMs: ages.length === 0 ? 0 : Math.min(...ages), ticksPerSec };
}

/** One of each partition, in the order of partitions, so that sums are added in one order. */
function newestReports(reports: readonly RateReport[]): RateReport[] {
  const newest = new Map<number, RateReport>();
  for (const report of reports) {
    const other = newest.get(report.partition);
    const isNewer =
      other === undefined ||
      report.logTimeMs > other.logTimeMs ||
      (report.logTimeMs === other.logTimeMs && report.sinceMs < other.sinceMs);
    if (isNewer) newest.set(report.partition, report);
  }
  return [...newest.values()].toSorted((one, other) => one.partition - other.partition);
}
