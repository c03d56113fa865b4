/**
 * The entry Forward: what came for an instrument after it had left, sent on with its whole identity. In: its bytes, or the
 * entry. Out: the other; `MalformedError` where it holds anything but entries of that one instrument, so that who reads it need
 * not sort them by instrument.
 */
import { epochMax } from '../placement/override.ts';
import { checkBlockOfOne } from './block-of-one.ts';
import { checkInstrument, intAt, uintAt } from './bounded-fields.ts';
import {
  type BlockEntry,
  type BlockToWrite,
  decodeSmallEntry,
  encodeSmallEntry,
  type EndOfReplayEntry,
  EntryField,
  type ProgressEntry,
  type VoidEntry,
  type Written,
} from './log-entries.ts';
import { MalformedError, ProtoReader, WireType } from './proto-reader.ts';
import { ProtoWriter } from './proto-writer.ts';
import type { ByteSlice } from './rare-columns.ts';

/** An entry that a Forward holds; Progress and EndOfReplay are of its instrument alone. */
export type ForwardedEntry = BlockEntry | VoidEntry | ProgressEntry | EndOfReplayEntry;

/** An entry to send on. */
export type ForwardedToWrite = BlockToWrite | Written<VoidEntry | ProgressEntry | EndOfReplayEntry>;

/** See `Forward` of the contract. */
export type ForwardEntry<Entry = ForwardedEntry> = {
  readonly kind: 'forward';
  /** The epoch by which the sender knows that the instrument left; 0 = it does not know the instrument. */
  readonly epoch: number;
  readonly dataset: string;
  readonly symbol: string;
  /** ms since the Unix epoch. */
  readonly firstAppendTimeMs: number;
  /** At least one. */
  readonly entries: readonly Entry[];
};

type Instrument = { readonly dataset: string; readonly symbol: string };

/** The Forward in a slice of a record. */
export function decodeForward(bytes: Uint8Array, { start, end }: ByteSlice): ForwardEntry {
  const reader = new ProtoReader(bytes, start, end);
  let [epoch, dataset, symbol, firstAppendTimeMs] = [0, '', '', 0];
  const slices: ByteSlice[] = [];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 8) epoch = uintAt(reader, 'epoch', epochMax);
    else if (tag === 18) dataset = reader.text();
    else if (tag === 26) symbol = reader.text();
    else if (tag === 32) firstAppendTimeMs = intAt(reader, 'first_append_time_ms');
    else if (tag === 42) {
      const length = reader.length();
      slices.push({ start: reader.at, end: reader.at + length });
      reader.at += length;
    } else reader.skip(tag % 8);
  }
  checkInstrument(dataset, symbol);
  if (slices.length === 0) throw new MalformedError('entries has 0 entries; the least is 1');
  const entries = slices.map((slice) => decodeForwarded(bytes, slice, { dataset, symbol }));
  return { kind: 'forward', epoch, dataset, symbol, firstAppendTimeMs, entries };
}

function decodeForwarded(bytes: Uint8Array, { start, end }: ByteSlice, instrument: Instrument): ForwardedEntry {
  const outer = new ProtoReader(bytes, start, end);
  const tag = outer.done() ? 0 : outer.uint();
  const field = tag >> 3;
  if (tag % 8 !== WireType.bytes) throw new MalformedError(`entry kind ${field} may not stand in a Forward`);
  const length = outer.length();
  const slice = { start: outer.at, end: outer.at + length };
  if (field === EntryField.tickBlock) {
    checkBlockOfOne(bytes, slice, instrument);
    return { kind: 'tickBlock', ...slice };
  }
  const entry = decodeSmallEntry(field, new ProtoReader(bytes, slice.start, slice.end));
  if (entry === undefined || entry.kind === 'time' || entry.kind === 'alive') {
    throw new MalformedError(`entry kind ${field} may not stand in a Forward`);
  }
  checkOfInstrument(entry, instrument);
  return entry;
}

function checkOfInstrument(entry: VoidEntry | ProgressEntry | EndOfReplayEntry, { dataset, symbol }: Instrument): void {
  const symbols = entry.kind === 'void' ? [entry.symbol] : entry.instruments.map((one) => one.symbol);
  if (entry.dataset === dataset && symbols.length === 1 && symbols[0] === symbol) return;
  throw new MalformedError(`an entry in a Forward of ${dataset}/${symbol} is not of that instrument alone`);
}

/** The content of the entry's field. */
export function encodeForward(entry: ForwardEntry<ForwardedToWrite>): Uint8Array {
  const { epoch, dataset, symbol, firstAppendTimeMs, entries } = entry;
  const out = new ProtoWriter().uint(1, epoch).text(2, dataset).text(3, symbol).int(4, firstAppendTimeMs);
  for (const one of entries) {
    const body = encodeSmallEntry(one);
    out.message(5, new ProtoWriter(body.length + 8).message(EntryField[one.kind], body).end());
  }
  return out.finish();
}
