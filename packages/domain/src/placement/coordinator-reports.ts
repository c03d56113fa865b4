/**
 * What the others report to a coordinator, and what follows from it. In: reports with the time of their receipt by the coordinator's own
 * clock. Out: who is fit to give and take (C2), rates of the stream, writers and their maps. Comfort only: a wrong answer makes a
 * move slow, or begins none, and never costs order.
 */
import { type PartitionReport, reportEveryMs, type WriterReport } from './control-reports.ts';
import { type MergedRates, mergeRates } from './merged-rates.ts';
import type { RateReport } from './rate-meter.ts';
import type { UnfitReason } from './unfit-reason.ts';

/** A report that is older counts as none, ms. */
export const reportFreshMs: number = 3 * reportEveryMs;

/**
 * A partition that is further behind gives nothing but what is pinned, ms: until it reached the Move, ticks of what it gives go to the
 * new partition, wait there for ten seconds and come back.
 */
export const givesLagMsMax = 5_000;

/** Most writers that are kept; beyond them the one that was silent longest is forgotten. */
const writersMax = 4_096;

/** A report and when it came, ms of the coordinator's clock; `-Infinity` for one from before it read the log to its end. */
type Received<Report> = { readonly report: Report; readonly atMs: number };

/** The newest report of each partition and writer. */
export class ReportBoard {
  readonly #lagMsMax: number;
  readonly #partitions: Map<number, Received<PartitionReport>> = new Map();
  readonly #writers: Map<string, Received<WriterReport>> = new Map();

  /** `retentionMs` of the log of ticks; infinite where ticks never leave unread. */
  constructor(retentionMs: number) {
    this.#lagMsMax = retentionMs / 4;
  }

  /** The owner of a partition reported. */
  takePartition(report: PartitionReport, atMs: number): void {
    this.#partitions.set(report.partition, { report, atMs });
  }

  /** The rates of all instruments of a partition are known better; that is no sign of life. */
  refineRates(rates: RateReport): void {
    const known = this.#partitions.get(rates.partition);
    if (known !== undefined) this.#partitions.set(rates.partition, { ...known, report: { ...known.report, rates } });
  }

  /** An ingest reported. */
  takeWriter(report: WriterReport, atMs: number): void {
    this.#writers.delete(report.writer);
    this.#writers.set(report.writer, { report, atMs });
    const [oldest] = this.#writers.keys();
    if (this.#writers.size > writersMax && oldest !== undefined) this.#writers.delete(oldest);
  }

  /** An ingest ended. */
  dropWriter(writer: string): void {
    this.#writers.delete(writer);
  }

  /** The newest report of a partition, however old; `undefined` before the first. */
  reportOf(partition: number): PartitionReport | undefined {
    return this.#partitions.get(partition)?.report;
  }

  /** Reports of partitions that came lately, by partition. */
  fresh(nowMs: number): readonly PartitionReport[] {
    return freshOf(this.#partitions.values(), nowMs).toSorted((one, other) => one.partition - other.partition);
  }

  /** Reports of writers that came lately. */
  writers(nowMs: number): readonly WriterReport[] {
    return freshOf(this.#writers.values(), nowMs);
  }

  /** Rates of the whole stream, also of partitions that are silent now: their instruments are theirs still. */
  rates(): MergedRates {
    return mergeRates(Array.from(this.#partitions.values(), ({ report }) => report.rates));
  }

  /** The longest half-life of the meters, ms of log time; 0 without any. */
  get halfLifeMs(): number {
    return Math.max(0, ...Array.from(this.#partitions.values(), ({ report }) => report.rates.halfLifeMs));
  }

  /** The partitions of `count` that do not give now, or neither give nor take. */
  unfit(count: number, nowMs: number): Map<number, UnfitReason> {
    const fresh = new Map(this.fresh(nowMs).map((report) => [report.partition, report]));
    const form = commonForm([...fresh.values()]);
    const unfit = new Map<number, UnfitReason>();
    for (let partition = 0; partition < count; partition += 1) {
      const report = fresh.get(partition);
      if (report === undefined) unfit.set(partition, 'silent');
      else if (report.lagMs > this.#lagMsMax) unfit.set(partition, 'lagging');
      else if (report.form !== form) unfit.set(partition, 'other-form');
      else if (report.lagMs > givesLagMsMax) unfit.set(partition, 'behind');
    }
    return unfit;
  }
}

function freshOf<Report>(received: Iterable<Received<Report>>, nowMs: number): Report[] {
  return Array.from(received).flatMap(({ report, atMs }) => (nowMs - atMs <= reportFreshMs ? [report] : []));
}

/** The form of most; of two as common the first by code units, so that every coordinator takes the same. */
function commonForm(reports: readonly PartitionReport[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { form } of reports) counts.set(form, (counts.get(form) ?? 0) + 1);
  const byName = [...counts].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return byName.toSorted(([, one], [, other]) => other - one)[0]?.[0];
}
