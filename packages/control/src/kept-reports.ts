/**
 * The newest report of each key. In: reports as they are read from `control`, and what takes them out. Out: those that are there, with
 * when each was appended: one older than three times `reportEveryMs` is as none; and in each of a partition the rates of all its
 * instruments, which come seldom and under a key of their own. Law 7: so many are kept, the oldest go first.
 */
import {
  type ControlLogRecord,
  joinRates,
  parseControlKey,
  type PartitionReport,
  type RateReport,
  type WriterReport,
} from '@tapeline/domain';
import type { ControlEntry } from './control-codec.ts';

/** A report and when it was appended. */
export type KeptReport<Report> = {
  readonly report: Report;
  /** Log time of `control`, ms since the Unix epoch. */
  readonly appendTimeMs: number;
};

/** A report as it was decoded. */
export type ReportEntry = Extract<ControlEntry, { readonly kind: 'partition' | 'rates' | 'writer' }>;

/** Reports of writers that are kept: above any number of ingests, with those that ended without a word in a week. */
export const writerReportsMax = 10_000;

/** Reports by partition and by writer. */
export class KeptReports {
  /** As they came, and, of those that were asked for, with all rates. */
  readonly #briefs = new Map<number, KeptReport<PartitionReport>>();
  readonly #partitions = new Map<number, KeptReport<PartitionReport>>();
  readonly #rates = new Map<number, RateReport>();
  readonly #writers = new Map<string, KeptReport<WriterReport>>();

  /** Of each partition the newest, in no order. */
  get partitions(): Iterable<KeptReport<PartitionReport>> {
    return Array.from(this.#briefs.keys()).flatMap((partition) => this.reportOf(partition) ?? []);
  }

  /** Of each writer the newest, the one that spoke last at the end. */
  get writers(): Iterable<KeptReport<WriterReport>> {
    return this.#writers.values();
  }

  /** Takes a report in place of the one that its key had. */
  keep(key: string, entry: ReportEntry, { appendTimeMs }: Pick<ControlLogRecord, 'appendTimeMs'>): void {
    if (entry.kind === 'partition') {
      this.#briefs.set(entry.report.partition, { report: entry.report, appendTimeMs });
      this.#partitions.delete(entry.report.partition);
      return;
    }
    if (entry.kind === 'rates') {
      this.#rates.set(entry.rates.partition, entry.rates);
      this.#partitions.delete(entry.rates.partition);
      return;
    }
    // A map keeps the order of insertion, so whoever spoke longest ago stands first.
    this.#writers.delete(key);
    this.#writers.set(key, { report: entry.report, appendTimeMs });
    if (this.#writers.size <= writerReportsMax) return;
    const [oldest] = this.#writers.keys();
    if (oldest !== undefined) this.#writers.delete(oldest);
  }

  /** The key was taken out. */
  takeOut(key: string): void {
    this.#writers.delete(key);
    const parsed = parseControlKey(key);
    if (parsed?.kind === 'rates') this.#rates.delete(parsed.partition);
    if (parsed?.kind === 'partition') this.#briefs.delete(parsed.partition);
    if (parsed?.kind === 'rates' || parsed?.kind === 'partition') this.#partitions.delete(parsed.partition);
  }

  /**
   * Of one partition the newest, with the rates of all its instruments as far as they were told; `undefined` before the first. Joined only
   * when somebody asks: reports come more often than that.
   */
  reportOf(partition: number): KeptReport<PartitionReport> | undefined {
    const known = this.#partitions.get(partition);
    const brief = this.#briefs.get(partition);
    if (known !== undefined || brief === undefined) return known;
    const rates = joinRates(this.#rates.get(partition), brief.report.rates);
    const joined = { ...brief, report: { ...brief.report, rates } };
    this.#partitions.set(partition, joined);
    return joined;
  }
}
