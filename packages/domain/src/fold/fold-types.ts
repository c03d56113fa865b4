/**
 * What goes into the fold of a partition and what comes out. In: records in offset order and a configuration.
 * Out: revisions of bars, notices of everything that was not plainly applied, counters. Law 1: the outputs are a
 * pure function of the log prefix, the configuration and the fold version.
 */
import type { Bar } from '../bars/bar.ts';
import type { ProfileName } from '../conditions/profile.ts';
import type { Emission } from './emissions.ts';
import type { StepOfMove } from './step-of-move.ts';

/** Version of the fold's rules and of its snapshot's bytes; stands in every bar. */
export const foldVersion = 3;

/** One record of the log as the fold reads it. `bytes` is a `LogRecord`; the fold keeps it while bars can be rebuilt. */
export type LogRecordInput = {
  readonly offset: number;
  /** LogAppendTime, ms since the Unix epoch. */
  readonly appendTimeMs: number;
  readonly bytes: Uint8Array;
};

/** Everything that decides the fold's outputs besides the log; part of every snapshot's checksum. */
export type FoldConfig = {
  readonly partition: number;
  /** Names of intervals, such as `1s` or `1d`; see `parseInterval`. */
  readonly intervals: readonly string[];
  readonly profiles: readonly ProfileName[];
  /** How long after its end a bar of live ticks stays open, ms of log time. */
  readonly latenessLiveMs: number;
  /** How far a delayed or replay publisher must be past a bar's end before it closes, ms of its event time. */
  readonly latenessReplayMs: number;
  /** How long after its end a closed bar can be revised, ms. */
  readonly horizonMs: number;
  /** Bytes of tick blocks kept in memory to rebuild bars from; a bar whose trades lie further back is final. */
  readonly retainedBytesMax: number;
  /** Retention of the log, ms: by it publishers are forgotten that can send nothing any more. */
  readonly retentionMs: number;
  /**
   * The stream's base partitions, by which instruments have their homes, 1 to 2^20. With it an instrument may be elsewhere
   * (docs/adr/0021-moves-in-the-fold.md); without it the partition owns all that it has entries of.
   */
  readonly basePartitions?: number;
};

/** Defaults for a live stream; a replay of files uses a horizon of a day. */
export const foldConfigDefaults: Omit<FoldConfig, 'partition' | 'basePartitions'> = {
  intervals: ['1s', '5s', '1m', '5m', '15m', '1h', '1d'],
  profiles: ['all', 'sip'],
  latenessLiveMs: 2_000,
  latenessReplayMs: 0,
  horizonMs: 900_000,
  retainedBytesMax: 268_435_456,
  retentionMs: 604_800_000,
};

/** Why something was not plainly applied. */
export type NoticeCode =
  /** A tick beyond the revision horizon, or of a bar that left the state. */
  | 'LATE'
  /** A predecessor never came; its successors go on without it. */
  | 'GAP_DECLARED'
  /** A tick for a hole that was forgotten at the bound of holes. */
  | 'HOLE_FORGOTTEN'
  /** The publisher's id was too old when the record was appended. */
  | 'PUBLISHER_EXPIRED'
  /** A cancel or correction whose trade did not come within the horizon. */
  | 'ORIGINAL_UNKNOWN'
  /** A cancel or correction of a trade whose bar cannot be rebuilt any more. */
  | 'ORIGINAL_FINAL'
  /** Exponents or calendar differ from what the instrument has. */
  | 'TERMS_MISMATCH'
  | 'CALENDAR_UNKNOWN'
  /** Bytes that are no valid record, or a value outside its range. */
  | 'RECORD_MALFORMED'
  /** An entry of a kind or version that this fold does not know. */
  | 'ENTRY_UNSUPPORTED'
  /** The log says of an instrument's place what the protocol of moves rules out; it changes nothing. */
  | 'PLACEMENT_CONTRADICTED'
  /** A Handover of another state version or configuration, or by a calendar that is not known; it is kept for a program that can use it. */
  | 'HANDOVER_OF_OTHER_FORM'
  /** Parts of Handovers take more memory than they should; none goes that an instrument needs. */
  | 'HANDOVER_PARTS_MANY';

/** Something a person may want to know of: where it happened, whose tick it was, and the facts in words. */
export type Notice = {
  readonly code: NoticeCode;
  readonly offset: number;
  /** How often the instrument had moved by then; 0 where none is concerned. */
  readonly epoch: number;
  readonly dataset: string;
  readonly symbol: string;
  /** Publisher id as 16 hexadecimal digits; empty where no publisher is concerned. */
  readonly publisher: string;
  /** First and last sequence concerned; 0 where none is. */
  readonly sequence: number;
  readonly sequenceLast: number;
  readonly detail: string;
};

/** Totals since offset 0; part of the snapshot. */
export type FoldCounters = {
  /** Ticks of every kind applied to the tape, late ones included. */
  applied: number;
  /** Ticks dropped because they had been applied before. */
  repeats: number;
  late: number;
  voided: number;
  gapsDeclared: number;
  /** Ticks and entries refused for good, each with a notice. */
  quarantined: number;
  /** Cancels and corrections that were settled with their trade, and those told as ORIGINAL_UNKNOWN or ORIGINAL_FINAL. */
  amendments: number;
  amendmentsUnmatched: number;
  /** Revisions of bars put out. */
  barsEmitted: number;
};

/** What one `step` puts out, in a fixed order. */
export type FoldOutput = {
  readonly bars: Bar[];
  readonly notices: Notice[];
  /** What is to be appended to other partitions, in order. */
  readonly emissions: Emission[];
  /** Which instruments came and went, in order. */
  readonly moved: StepOfMove[];
};
