/**
 * What a reader of recordings gives. In: nothing. Out: the types of a tick, a refused line, a batch and a recording.
 * Law 8: every line of a file is a tick, a refused line with its reason, or counted as ignored.
 */
import type { InstrumentTerms, TickAttributes, TickKind } from '@tapeline/domain';
import type { RecordingProblem } from './recording-problem.ts';

/** One tick of a recording. Prices and sizes are integers in the units of `Recording.termsOf(symbol)`. */
export type RecordedTick = {
  readonly kind: TickKind;
  /** 1-based line of the file, counted after it is unpacked. */
  readonly line: number;
  /** 1 to 64 printable ASCII characters without a space. */
  readonly symbol: string;
  /** When it happened: seconds since the Unix epoch, UTC, and nanoseconds within the second. */
  readonly eventSec: number;
  readonly eventNano: number;
  /** When the recorder received it, by the recorder's clock, which may run before or behind the market's. */
  readonly receiveSec?: number;
  readonly receiveNano?: number;
  /** 0 for quotes and cancels, which have none. */
  readonly price: number;
  /** At least 1; 0 for quotes and cancels. */
  readonly size: number;
  /** Quotes only: a side that is absent did not change. Price at least 1; size 0 = the side has nothing left. */
  readonly bidPrice?: number;
  readonly bidSize?: number;
  readonly askPrice?: number;
  readonly askSize?: number;
  /** The same object for the same combination, so that an identity comparison suffices. */
  readonly attributes: TickAttributes;
  /** 1 to 64 characters. */
  readonly tradeId?: string;
  /** The venue's or the tape's own sequence. */
  readonly venueSequence?: number;
  /** Cancels and corrections: the trade that they amend. */
  readonly originalTradeId?: string;
};

/** A line that was refused while the lines beside it went through. */
export type RejectedLine = {
  readonly line: number;
  /** Upper-case code, such as SIZE_NOT_POSITIVE; docs/adr/0003-reading-recordings.md lists them. */
  readonly code: string;
  /** For a person: the field, its value, the limit, the remedy. */
  readonly message: string;
};

/** Lines of a file in its order, at most 2,000 ticks and refused lines. */
export type RecordedBatch = {
  readonly ticks: readonly RecordedTick[];
  readonly rejected: readonly RejectedLine[];
  /** Lines that hold no tick, counted by what they hold, such as `depthUpdate` or `blank line`. */
  readonly ignored: ReadonlyMap<string, number>;
  /** Condition codes that no rule in force knows, with the number of ticks of this batch that carry them. */
  readonly unknownConditions: ReadonlyMap<string, number>;
  /** Only in the last batch: the file ended badly, and these are all of its lines that could be read. */
  readonly problem?: RecordingProblem;
};

/** The file formats that are read. */
export type RecordingFormat = 'lean-trade' | 'lean-quote' | 'binance' | 'csv';

/** A recording that was opened and looked through; nothing stays open until `batches` is pulled. */
export type Recording = {
  readonly path: string;
  readonly format: RecordingFormat;
  /** Where the ticks come from by default: `lean-us-equity`, `binance-spot` or `csv`. */
  readonly dataset: string;
  /** The first 64 bits of the SHA-256 of the file's bytes as they are on disk. */
  readonly contentHash: bigint;
  /** What a symbol's numbers mean; the format's defaults for a symbol that the file does not have. */
  termsOf(symbol: string): InstrumentTerms;
  /** The file from its first line, once a call; pulled, so the consumer paces the reading. */
  batches(): AsyncIterable<RecordedBatch>;
};

/** How to open a recording. */
export type OpenOptions = {
  /** Name of a built-in session calendar, in place of the format's own. */
  readonly calendar?: string;
  /** CSV: prices of 0 and below are read as they are; without it such a line is refused. */
  readonly pricesBelowZero?: boolean;
};
