/**
 * Reports as a leader hears them. In: records of `control` as they are followed. Out: the board of them, by which it plans, and what of a
 * partition is news. What was there before the leader read `control` to its end is no sign of life, and no news.
 */
import { type PartitionReport, parseControlKey, ReportBoard } from '@tapeline/domain';
import type { FollowedRecord } from './control-follower.ts';
import type { KeptReports } from './kept-reports.ts';

/** A report that is news. */
export type HeardReport = {
  /** With the rates of all instruments that are known. */
  readonly report: PartitionReport;
  /** Violations of order that no earlier report told. */
  readonly newViolations: number;
};

/** The reports of a stream. */
export class LeadReports {
  readonly board: ReportBoard;
  readonly #violations: Map<number, number> = new Map();
  #hasBegun = false;

  /** `retentionMs` as of `ReportBoard`. */
  constructor(retentionMs: number) {
    this.board = new ReportBoard(retentionMs);
  }

  /** `control` was read to its end: what is kept by then is known, and is no sign of life. */
  begin({ partitions, writers }: KeptReports): void {
    for (const { report } of writers) this.board.takeWriter(report, -Infinity);
    for (const { report } of partitions) {
      this.board.takePartition(report, -Infinity);
      this.#violations.set(report.partition, report.orderViolations);
    }
    this.#hasBegun = true;
  }

  /** Takes a record, which `kept` has taken before; before `begin` nothing is taken. */
  hear({ logged, entry }: FollowedRecord, kept: KeptReports, nowMs: number): HeardReport | undefined {
    if (!this.#hasBegun) return undefined;
    const key = parseControlKey(logged.key);
    if (key?.kind === 'writer' && entry === undefined) this.board.dropWriter(key.writer);
    if (entry?.kind === 'writer') this.board.takeWriter(entry.report, nowMs);
    if (entry?.kind !== 'partition' && entry?.kind !== 'rates') return undefined;
    const { partition } = entry.kind === 'rates' ? entry.rates : entry.report;
    const report = kept.reportOf(partition)?.report;
    if (report === undefined) return undefined;
    if (entry.kind === 'rates') {
      this.board.refineRates(report.rates);
      return undefined;
    }
    this.board.takePartition(report, nowMs);
    const newViolations = Math.max(0, report.orderViolations - (this.#violations.get(partition) ?? 0));
    this.#violations.set(partition, report.orderViolations);
    return { report, newViolations };
  }
}
