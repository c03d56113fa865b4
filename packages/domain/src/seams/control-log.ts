/**
 * The seam to `control`: one partition of records by key, of which the last of each key is kept for ever. In: nothing. Out:
 * the types that every implementation has; tests/conformance holds the suite that each passes. Coordinators write maps and claims there,
 * workers and ingests what they report (ADR 21). Offsets only rise; compaction leaves holes between them.
 */

/** A record of `control`. */
export type ControlLogRecord = {
  readonly offset: number;
  readonly appendTimeMs: number;
  /** 1 to 200 characters; see `placement/control-keys.ts`. */
  readonly key: string;
  /** `undefined`: whatever the key had is taken out. */
  readonly bytes: Uint8Array | undefined;
};

/** Reads `control` from its first record on. */
export type ControlLogReader = {
  /**
   * The next records in offset order, at least one; waits until there are some. `undefined` once the reader is closed. Rejects
   * with `LogError` LOG_UNAVAILABLE (the same reader may be asked again) or LOG_REPLACED.
   */
  next(): Promise<readonly ControlLogRecord[] | undefined>;
  /** Ends a `next` that waits; may be called twice. */
  close(): Promise<void>;
};

/** The log of placement. */
export type ControlLog = {
  /**
   * Appends a record and resolves once it is durable. It is tried once: with `LogError` LOG_UNAVAILABLE it is not known
   * whether it landed, or lands later. Records of one caller land in the order of the calls.
   */
  append(
    key: string,
    bytes: Uint8Array | undefined,
  ): Promise<{ readonly offset: number; readonly appendTimeMs: number }>;
  /** A reader whose first record is the oldest one that is kept. */
  open(): ControlLogReader;
  /** The offset behind the last record that is durable now: who has read up to it has read all of it (C1, W4). */
  endOffset(): Promise<number>;
  /** Lets go of everything; later calls reject with LOG_CLOSED. */
  close(): Promise<void>;
};

/** Largest value that it takes, bytes; what is larger goes in parts. */
export const controlRecordBytesMax = 786_432;
