/**
 * An entry of one instrument on its way through a partition that does not own it: parked, sent on, or applied once the
 * instrument is here. In: a group of a block, or a small entry. Out: the same by value, as the content of its field of a
 * `LogEntry`, so that what is sent on is what came, and a snapshot holds it without the log.
 */
import {
  decodeSmallEntry,
  encodeSmallEntry,
  type EndOfReplayEntry,
  EntryField,
  type InstrumentProgress,
  type ProgressEntry,
  type VoidEntry,
} from '../log/log-entries.ts';
import type { ForwardedToWrite } from '../log/forward-entry.ts';
import { MalformedError, ProtoReader } from '../log/proto-reader.ts';

/** What such an entry may be. */
export const parkedKinds = ['tickBlock', 'void', 'progress', 'endOfReplay'] as const;

/** An entry that is not a block. */
export type SmallForInstrument = VoidEntry | ProgressEntry | EndOfReplayEntry;

/** The entry. */
export type ParkedEntry = {
  readonly kind: (typeof parkedKinds)[number];
  /** A block of the instrument alone, or what `encodeSmallEntry` gives. */
  readonly bytes: Uint8Array;
  /** Append time of the first record that it stood in, ms since the Unix epoch (rule E2). */
  readonly firstAppendTimeMs: number;
  /** Number of the tick block that it was cut from; -1 for a small entry. */
  readonly block: number;
  /** By group, what is added to a tick's index to get its place in that block; 0 for groups without one. */
  readonly offsets: readonly number[];
};

/** What a parked entry takes in memory besides its bytes: seven objects and the header of an array; 520 to 540 bytes were measured (Node 24). */
const entryMemoryBytes = 512;

/** Bytes of memory that the entry is counted with while it is parked (rule A4). */
export function parkedBytesOf({ bytes, offsets }: ParkedEntry): number {
  return entryMemoryBytes + bytes.length + 8 * offsets.length;
}

/** A small entry by value. */
export function parkedSmall(entry: SmallForInstrument, firstAppendTimeMs: number): ParkedEntry {
  return { kind: entry.kind, bytes: encodeSmallEntry(entry), firstAppendTimeMs, block: -1, offsets: [] };
}

/** What a Progress or EndOfReplay says of one of its instruments, as an entry of its own. */
export function progressOfOne(
  entry: ProgressEntry | EndOfReplayEntry,
  item: InstrumentProgress | EndOfReplayEntry['instruments'][number],
): ProgressEntry | EndOfReplayEntry {
  // The item is one of the entry's own, so it is of its kind.
  return { ...entry, instruments: [item] } as ProgressEntry | EndOfReplayEntry;
}

/** The small entry again. Throws `MalformedError` for one that is a block. */
export function smallOf({ kind, bytes }: ParkedEntry): SmallForInstrument {
  const entry = decodeSmallEntry(EntryField[kind], new ProtoReader(bytes, 0, bytes.length));
  if (entry?.kind === 'void' || entry?.kind === 'progress' || entry?.kind === 'endOfReplay') return entry;
  throw new MalformedError(`an entry of kind ${kind} is no small one`);
}

/** The entry as it stands in a `Forward`. */
export function forwardedOf(entry: ParkedEntry): ForwardedToWrite {
  return entry.kind === 'tickBlock' ? { kind: 'tickBlock', bytes: entry.bytes } : smallOf(entry);
}
