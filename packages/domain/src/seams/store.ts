/**
 * The seam to the store: bars, counted ticks, instruments and snapshots, as workers leave them and queries find them.
 * In: nothing. Out: the types that every store implements; tests/conformance holds the suite that each one passes.
 * Law 5: of one bar the higher (fold version, revision) wins, whoever writes it and in whatever order.
 */
import type { Bar } from '../bars/bar.ts';
import type { InstrumentTerms } from '../market/tick.ts';

/** An instrument, what its numbers mean and where it lives; what was stored first stays. */
export type StoredInstrument = {
  readonly dataset: string;
  readonly symbol: string;
  readonly terms: InstrumentTerms;
  /** The partition that it is pinned to; absent = it lives at home, see `livesIn`. Only stores that take pins keep it. */
  readonly pin?: number;
};

/** An instrument that is to be listed. */
export type ListedInstrument = StoredInstrument & {
  /** The partition whose log has its ticks, as a worker that lists it knows; no store keeps it. */
  readonly seenIn?: number;
};

/** An instrument by name, and the partition that it shall live in. */
export type InstrumentPin = { readonly dataset: string; readonly symbol: string; readonly partition: number };

/** Which bars: one instrument, interval and profile. */
export type BarQuery = {
  readonly dataset: string;
  readonly symbol: string;
  readonly interval: string;
  readonly profile: string;
  /** Bars that start at this second or later; absent = from the first. */
  readonly startSec?: number;
  /** Bars that start before this second; absent = to the last. */
  readonly endSec?: number;
  readonly newestFirst: boolean;
  /** 1 or more. */
  readonly limit: number;
};

/**
 * Counted ticks of one instrument. `bytes` is a `TapeRecord` of the contract. Chunks of an instrument that hold one
 * number twice hold the same tick under it, so a reader keeps either.
 */
export type TapeChunk = {
  readonly dataset: string;
  readonly symbol: string;
  /** Numbers of its first and last entry; the first one is its key, and a longer chunk replaces a shorter one. */
  readonly firstNumber: number;
  readonly lastNumber: number;
  /** Earliest and latest event time in it, ns since the Unix epoch. */
  readonly firstEventNs: bigint;
  readonly lastEventNs: bigint;
  /** Whether it holds a cancel or a correction. */
  readonly amends: boolean;
  readonly bytes: Uint8Array;
};

/** Which chunks of one instrument. */
export type TapeQuery = {
  readonly dataset: string;
  readonly symbol: string;
  /** Chunks with an entry at this time or later; absent = from the first. */
  readonly startNs?: bigint;
  /** Chunks with an entry before this time; absent = to the last. */
  readonly endNs?: bigint;
  /** Only those with a cancel or correction. */
  readonly amending?: boolean;
  /** `first-event`: by earliest event time; `last-event`: by latest event time, the latest first; `number`: by number. */
  readonly order: 'first-event' | 'last-event' | 'number';
  /** Chunks to pass over, and how many at most, 1 or more. */
  readonly skip?: number;
  readonly limit: number;
};

/** A worker's snapshot of a partition: bytes that only the worker reads. */
export type StoredSnapshot = { readonly partition: number; readonly nextOffset: number; readonly bytes: Uint8Array };

/** Which snapshots of a partition. */
export type SnapshotChoice = {
  /** Only those that stand after the one of this offset; absent = from the newest on. */
  readonly after?: number;
  /** 1 or more; absent = all. */
  readonly limit?: number;
};

/** The right to save snapshots of a partition. A later claim of the same partition ends it. */
export type SnapshotClaim = {
  readonly partition: number;
  /** Rises with each claim, from 1. */ readonly epoch: number;
};

/** A store. Every call rejects with `StoreError`; what a write rejected may have been written, and may be repeated. */
export type Store = {
  /** Resolves once the bars are as durable as the store makes them; lower revisions are passed over. */
  writeBars(bars: readonly Bar[]): Promise<void>;
  writeTape(chunks: readonly TapeChunk[]): Promise<void>;
  /**
   * Of one that is pinned already the pin stays; one whose terms come without a pin lives at home for ever. A store that takes
   * pins rejects with STORE_UNFIT where an instrument was `seenIn` another partition than it was decided to live in.
   */
  writeInstruments(instruments: readonly ListedInstrument[]): Promise<void>;
  /**
   * Pins instruments that have neither terms nor a pin. Out: of each, in the order given, the partition that it is pinned to
   * from now on, by whoever was first; `undefined` = its terms came first, so it lives at home. Absent = the store takes no
   * pins, and every instrument lives at home.
   */
  enterPins?(pins: readonly InstrumentPin[]): Promise<readonly (number | undefined)[]>;
  /** Takes the snapshots of a partition over from whoever saved them before. */
  claimSnapshots(partition: number): Promise<SnapshotClaim>;
  /**
   * Keeps this and the one before; durable no earlier than all writes that were awaited before the call. Rejects with
   * CLAIM_LOST, and keeps nothing, once a later claim was made; one that is saved while a claim is being made may be
   * kept or not, and never stands before a snapshot of the later claim.
   */
  saveSnapshot(snapshot: StoredSnapshot, claim: SnapshotClaim): Promise<void>;
  /** The snapshots that are kept of a partition, at most two, the newest first; what is not chosen is not read. */
  snapshots(partition: number, choice?: SnapshotChoice): Promise<readonly StoredSnapshot[]>;
  /** In the order of start, or against it; no start twice. */
  bars(query: BarQuery): Promise<readonly Bar[]>;
  tape(query: TapeQuery): Promise<readonly TapeChunk[]>;
  /** Instruments after `after` in the order of dataset and symbol by code point, those of a dataset and prefix alone where given. */
  instruments(query: {
    readonly dataset?: string;
    readonly symbolPrefix?: string;
    readonly after?: { readonly dataset: string; readonly symbol: string };
    readonly limit: number;
  }): Promise<readonly StoredInstrument[]>;
  /** One instrument, in every dataset that has the symbol, or in the one named. */
  instrumentsNamed(symbol: string, dataset?: string): Promise<readonly StoredInstrument[]>;
  close(): Promise<void>;
};

/**
 * STORE_UNAVAILABLE may be tried again after a pause; STORE_FULL after space was made; STORE_CLOSED never. CLAIM_LOST:
 * somebody else saves the snapshots of this partition now. STORE_UNFIT: the store's tables are not as this version needs
 * them; a person must act.
 */
export type StoreErrorCode = 'STORE_UNAVAILABLE' | 'STORE_FULL' | 'STORE_CLOSED' | 'CLAIM_LOST' | 'STORE_UNFIT';

/** Why a store did not do what was asked; the message names the fact and the remedy. */
export class StoreError extends Error {
  override name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}
