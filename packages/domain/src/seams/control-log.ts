/**
 * The seam to `control`: one partition of records by key, of which the last of each key is kept for ever. In: nothing. Out:
 * the types that every implementation has; tests/conformance holds the suite that each passes. Coordinators write maps and claims there,
 * workers and ingests what they report (ADR 21). Offsets only rise; compaction leaves holes between them, and never takes the newest
 * record of all, so that whoever reads up to `endOffset` gets there.
 */
import { type Appended, LogError } from './tick-log.ts';

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
   * whether it landed, or lands later; with every other code it never does. Records of one caller land in the order of the calls: what
   * was given up lands before the next that is acknowledged, or never. A record above `controlRecordBytesMax`, or with a key that
   * is none, is refused as RECORD_TOO_LARGE.
   */
  append(key: string, bytes: Uint8Array | undefined): Promise<Appended>;
  /** A reader whose first record is the oldest one that is kept. */
  open(): ControlLogReader;
  /** The offset behind the last record that is durable now: who has read up to it has read all of it (C1, W4). */
  endOffset(): Promise<number>;
  /** Lets go of everything; later calls reject with LOG_CLOSED. */
  close(): Promise<void>;
};

/** Largest value that it takes, bytes; what is larger goes in parts. */
export const controlRecordBytesMax = 786_432;
/** Longest key, characters; at most 600 bytes of UTF-8. */
export const controlKeyCharsMax = 200;

/** What keeps a record out of `control`; `undefined` if nothing does. The same for every implementation. */
export function controlRefusal(key: string, bytes: Uint8Array | undefined): LogError | undefined {
  if (key.length < 1 || key.length > controlKeyCharsMax) {
    const limit = `a key of control has 1 to ${controlKeyCharsMax} characters`;
    return new LogError('RECORD_TOO_LARGE', `${limit}, and this one has ${key.length}: name it shorter`);
  }
  const size = bytes?.length ?? 0;
  if (size <= controlRecordBytesMax) return undefined;
  const limit = `a record of control has ${controlRecordBytesMax} bytes at most`;
  return new LogError('RECORD_TOO_LARGE', `${limit}, and ${key} has ${size}: write it in parts`);
}
