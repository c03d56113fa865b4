/**
 * Which rates of a partition are told, and when. In: what its meter measured. Out: with each report the busiest instruments and those that
 * changed most since all were told; all of them when more changed than chance explains, when instruments came or went, and now and
 * then. Law 7: a second of it has a bounded number of bytes, whatever the market does: every process reads `control` at its start.
 */
import { compareNames, type InstrumentEntry, InstrumentMap, type InstrumentName } from './instrument-map.ts';
import type { RateReport } from './rate-meter.ts';
import { evenGrowth } from './told-rates.ts';

/** Most instruments that a report names. */
export const briefRatesMax = 64;
/** Bytes a second that all rates may take, by `ratesBytes`. */
export const ratesBytesPerSec = 1_024;
/** From one record of all rates to the next at least, ms; more where they are large. */
export const wholePauseMsMin = 30_000;
/** And at most, ms. */
export const wholePauseMsMax = 300_000;
/** A rate changed if it is this much higher or lower. */
const changedShare = 0.2;
/** Who has this share of a partition is told to have changed alone. */
const busyShare = 0.02;
/** Decayed counts of even ticks vary by chance: differences below so many standard deviations say nothing. */
const deviations = 3;

/** About how many bytes a record of these rates has. */
export function ratesBytes({ ticks }: RateReport): number {
  let bytes = 64;
  ticks.forEach((_, __, symbol) => (bytes += 10 + symbol.length));
  return bytes;
}

type Told = { readonly report: RateReport; readonly atMs: number; readonly pauseMs: number };

/** The rhythm of one partition and one meter; times are ms of a monotonic clock. */
export class RatesRhythm {
  #told: Told | undefined;
  #hasMoved = false;

  /** Instruments came or went: what both partitions tell of them is told anew, so that they do not count in both for long. */
  moved(): void {
    this.#hasMoved = true;
  }

  /** What a report of now names, all others being in its sum; and all, if they are to be told now. */
  tell(now: RateReport, nowMs: number): { readonly brief: RateReport; readonly all: RateReport | undefined } {
    const changes = this.#changes(now);
    const brief = now.ticks.size <= briefRatesMax ? now : briefOf(now, changes);
    if (!this.#isDue(now, changes, nowMs)) return { brief, all: undefined };
    // Whether it comes to be read is not known; it is not tried again before the pause is over.
    const pauseMs = Math.max(wholePauseMsMin, (ratesBytes(now) / ratesBytesPerSec) * 1_000);
    this.#told = { report: now, atMs: nowMs, pauseMs };
    this.#hasMoved = false;
    return { brief, all: now };
  }

  #isDue(now: RateReport, changes: InstrumentMap<number>, nowMs: number): boolean {
    // Whatever is there stands in each report.
    if (this.#told === undefined) return now.ticks.size > briefRatesMax;
    const { report, atMs, pauseMs } = this.#told;
    // A plan is made once the meters measured for a half-life, so what was told before is told again then, whatever it costs.
    if (ageOf(report) < report.halfLifeMs && ageOf(now) >= now.halfLifeMs) return true;
    if (nowMs < atMs + pauseMs) return false;
    return nowMs >= atMs + wholePauseMsMax || this.#hasMoved || this.#hasChanged(now, changes);
  }

  /** Whether so much of the partition changed that a plan by what was told would be another one. */
  #hasChanged(now: RateReport, changes: InstrumentMap<number>): boolean {
    const report = this.#told?.report;
    if (report === undefined) return true;
    const growth = evenGrowth(report, now);
    const before = totalOf(report) * growth;
    const after = totalOf(now);
    const most = Math.max(before, after);
    if (isMore(Math.abs(after - before), before, after)) return true;
    let [changed, isBusyChanged] = [0, false];
    changes.forEach((change, dataset, symbol) => {
      changed += change;
      const count = Math.max(now.ticks.get(dataset, symbol) ?? 0, (report.ticks.get(dataset, symbol) ?? 0) * growth);
      isBusyChanged ||= count >= busyShare * most;
    });
    return isBusyChanged || changed > changedShare * most;
  }

  /** By how many ticks those instruments differ from what was told whose rates changed. */
  #changes(now: RateReport): InstrumentMap<number> {
    const changes = new InstrumentMap<number>();
    const report = this.#told?.report;
    if (report === undefined) return changes;
    const growth = evenGrowth(report, now);
    const compare = (dataset: string, symbol: string): void => {
      const [before, after] = [(report.ticks.get(dataset, symbol) ?? 0) * growth, now.ticks.get(dataset, symbol) ?? 0];
      const change = Math.abs(after - before);
      if (isMore(change, before, after)) changes.set(dataset, symbol, change);
    };
    now.ticks.forEach((_, dataset, symbol) => compare(dataset, symbol));
    report.ticks.forEach((_, dataset, symbol) => {
      if (now.ticks.get(dataset, symbol) === undefined) compare(dataset, symbol);
    });
    return changes;
  }
}

/** The instruments that count most, for one half; those that differ most from what was told, and then again the busiest, for the other. */
function briefOf(now: RateReport, changes: InstrumentMap<number>): RateReport {
  const ticks = new InstrumentMap<number>();
  const name = ({ dataset, symbol }: InstrumentName): void => {
    if (ticks.size < briefRatesMax) ticks.set(dataset, symbol, now.ticks.get(dataset, symbol) ?? 0);
  };
  const busiest = highest(now.ticks, briefRatesMax);
  for (const one of busiest.slice(0, briefRatesMax / 2)) name(one);
  for (const one of highest(changes, briefRatesMax / 2)) name(one);
  for (const one of busiest) name(one);
  let [all, named] = [now.forgottenTicks, 0];
  now.ticks.forEach((count) => (all += count));
  ticks.forEach((count) => (named += count));
  return { ...now, ticks, forgottenTicks: Math.max(0, all - named) };
}

/** The `countMax` highest, the highest first; without ordering all of them, since a partition may have thousands. */
function highest(values: InstrumentMap<number>, countMax: number): InstrumentEntry<number>[] {
  const ordered = new Float64Array(values.size);
  let at = 0;
  values.forEach((value) => (ordered[at++] = value));
  const least = ordered.sort().at(-countMax) ?? -Infinity;
  const found: InstrumentEntry<number>[] = [];
  values.forEach((value, dataset, symbol) => {
    if (value >= least) found.push({ dataset, symbol, value });
  });
  return found.sort((one, other) => other.value - one.value || compareNames(one, other)).slice(0, countMax);
}

/** For how long the meter has measured, ms of log time. */
function ageOf({ logTimeMs, sinceMs }: RateReport): number {
  return logTimeMs - sinceMs;
}

/** Whether two decayed counts differ by a share, and by more than ticks that come by chance make of one rate. */
function isMore(change: number, one: number, other: number): boolean {
  return change > changedShare * one && change > deviations * Math.sqrt(Math.max(one, other));
}

function totalOf({ ticks, forgottenTicks }: RateReport): number {
  let total = forgottenTicks;
  ticks.forEach((count) => (total += count));
  return total;
}
