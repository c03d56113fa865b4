/**
 * What processes report to `control` for whoever places instruments. In: nothing. Out: the types of reports and their bounds. Reports are
 * for comfort, plans and people: no rule that keeps order or counts ticks reads one. The newest one of a key is the only one that
 * counts, so a lost report costs ten seconds.
 */
import type { InstrumentName } from './instrument-map.ts';
import type { RateReport } from './rate-meter.ts';

/** Reports come at least so often, ms; one older than three of these is as none. */
export const reportEveryMs = 10_000;
/** Instruments of a partition whose rates a report tells one by one, the heaviest; the others are in `rates.forgottenTicks`. */
export const reportedRatesMax = 8_192;
/** Steps of moves that a report tells, the newest ones. */
export const reportedStepsMax = 256;

/** How far a move came in a partition. */
export type ReportedStep = InstrumentName & {
  readonly epoch: number;
  /** `prepared`: trades that a Prepare sends ahead are durable in the new partition. `left`: the Handover is. `arrived`: it was taken. */
  readonly step: 'prepared' | 'left' | 'arrived';
  /** The partition's clock, ms since the Unix epoch. */
  readonly logTimeMs: number;
};

/** What the owner of a partition reports. */
export type PartitionReport = {
  readonly partition: number;
  /** `host:port` of the worker, or its name in this process. */
  readonly worker: string;
  /** The next record to be applied. */
  readonly nextOffset: number;
  /** How long ago the next record was appended, ms; 0 = it has all of them. */
  readonly lagMs: number;
  /** State version and checksum of the configuration, as in a Handover. */
  readonly form: string;
  /** Its `logTimeMs` is the partition's clock (rule K1). */
  readonly rates: RateReport;
  /** Oldest first, at most `reportedStepsMax`. */
  readonly steps: readonly ReportedStep[];
  /** Since the partition's first record. */
  readonly declaredGaps: number;
  readonly orderViolations: number;
  readonly strays: number;
  /** Now. */
  readonly parkedEntries: number;
  readonly parkedBytes: number;
  readonly heldTicks: number;
};

/** What an ingest reports: which map it writes by (C4). */
export type WriterReport = {
  /** What tells it from every other ingest, also from itself after a restart; 1 to 64 characters. */
  readonly writer: string;
  /** The epoch of the map by which every tick is placed that it takes from now on. */
  readonly mapEpoch: number;
};
