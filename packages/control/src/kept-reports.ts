/**
 * The newest report of each key. In: reports as they are read from `control`, and what takes them out. Out: those that are there, with
 * when each was appended: one older than three times `reportEveryMs` is as none. Law 7: so many are kept, the oldest go first.
 */
import type { ControlLogRecord, PartitionReport, WriterReport } from '@tapeline/domain';
import type { ControlEntry } from './control-codec.ts';

/** A report and when it was appended. */
export type KeptReport<Report> = {
  readonly report: Report;
  /** Log time of `control`, ms since the Unix epoch. */
  readonly appendTimeMs: number;
};

/** A report as it was decoded. */
export type ReportEntry = Extract<ControlEntry, { readonly kind: 'partition' | 'writer' }>;

/** Reports of writers that are kept: above any number of ingests, with those that ended without a word in a week. */
export const writerReportsMax = 10_000;

/** Reports by partition and by writer. */
export class KeptReports {
  readonly #partitions = new Map<string, KeptReport<PartitionReport>>();
  readonly #writers = new Map<string, KeptReport<WriterReport>>();

  /** Of each partition the newest, in no order. */
  get partitions(): Iterable<KeptReport<PartitionReport>> {
    return this.#partitions.values();
  }

  /** Of each writer the newest, the one that spoke last at the end. */
  get writers(): Iterable<KeptReport<WriterReport>> {
    return this.#writers.values();
  }

  /** Takes a report in place of the one that its key had. */
  keep(key: string, entry: ReportEntry, { appendTimeMs }: Pick<ControlLogRecord, 'appendTimeMs'>): void {
    if (entry.kind === 'partition') {
      this.#partitions.set(key, { report: entry.report, appendTimeMs });
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
    this.#partitions.delete(key);
    this.#writers.delete(key);
  }
}
