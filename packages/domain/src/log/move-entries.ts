/**
 * The entries by which an instrument moves from one partition to another (docs/adr/0021-moves-in-the-fold.md). In: an entry's
 * bytes, or an entry. Out: the other; `MalformedError` where a field is missing or outside its bounds, so that the rules of
 * moves meet only entries that can be meant. Each names one instrument; a repeat of any has no effect.
 */
import { epochMax } from '../placement/override.ts';
import { checkInstrument, checkWithin, intAt, partitionMax, uint32Max, uintAt } from './bounded-fields.ts';
import { decodeForward, encodeForward, type ForwardedToWrite, type ForwardEntry } from './forward-entry.ts';
import { EntryField } from './log-entries.ts';
import { ProtoReader } from './proto-reader.ts';
import { ProtoWriter } from './proto-writer.ts';
import type { ByteSlice } from './rare-columns.ts';
import { type BlockToShip, decodeTrades, encodeTrades, type TradesEntry } from './trades-entry.ts';

type OfInstrument = { readonly dataset: string; readonly symbol: string };

/** An instrument leaves the partition; see `Move` of the contract. */
export type MoveEntry = OfInstrument & {
  readonly kind: 'move';
  /** 1 or more. */
  readonly epoch: number;
  /** Below `epoch`. */
  readonly fromEpoch: number;
  /** The partition that it goes to. */
  readonly to: number;
};

/** A part of an instrument's state; see `Handover` of the contract. */
export type HandoverEntry = OfInstrument & {
  readonly kind: 'handover';
  /** 1 or more. */
  readonly epoch: number;
  /** 0-based, below `parts`. */
  readonly part: number;
  /** 1 to `handoverPartsMax`. */
  readonly parts: number;
  readonly stateVersion: number;
  readonly configChecksum: number;
  /** 1 to `handoverStateBytesMax` bytes; as it was read, a view on the record. */
  readonly state: Uint8Array;
  /** Version of the rules by which the state came about; only told. */
  readonly foldVersion: number;
  /** How many blocks of Trades of this epoch belong to the state. */
  readonly tradeBlocks: number;
  /** Append time of the Move, ms since the Unix epoch. */
  readonly movedAtMs: number;
};

/** A pinned instrument begins in a partition; see `Origin` of the contract. */
export type OriginEntry = OfInstrument & { readonly kind: 'origin'; readonly partition: number };

/** An instrument will leave the partition; see `Prepare` of the contract. */
export type PrepareEntry = OfInstrument & { readonly kind: 'prepare'; readonly epoch: number; readonly to: number };

/** Any of them as it was read. Blocks in it are slices of the record. */
export type EntryOfMoves = MoveEntry | HandoverEntry | ForwardEntry | OriginEntry | TradesEntry | PrepareEntry;

/** Any of them to write. */
export type EntryOfMovesToWrite =
  | Exclude<EntryOfMoves, { readonly kind: 'forward' | 'trades' }>
  | ForwardEntry<ForwardedToWrite>
  | TradesEntry<BlockToShip>;

/** An entry of moves that was found in a record and not looked into yet. */
export type SliceOfMoves = ByteSlice & { readonly kind: EntryOfMoves['kind'] };

/** Most bytes of state in one part of a Handover. */
export const handoverStateBytesMax = 524_288;
/** Most parts of a Handover: 2 GiB of state. */
export const handoverPartsMax = 4_096;

const kindByField = new Map<number, EntryOfMoves['kind']>(
  (['move', 'handover', 'forward', 'origin', 'trades', 'prepare'] as const).map((kind) => [EntryField[kind], kind]),
);

/** The kind of entry that field `field` of a `LogEntry` holds, if it is one of moves. */
export function kindOfMoves(field: number): EntryOfMoves['kind'] | undefined {
  return kindByField.get(field);
}

/** The entry in a slice of a record. Throws `MalformedError`. */
export function decodeEntryOfMoves(bytes: Uint8Array, slice: SliceOfMoves): EntryOfMoves {
  const reader = new ProtoReader(bytes, slice.start, slice.end);
  switch (slice.kind) {
    case 'move':
      return decodeMove(reader);
    case 'handover':
      return decodeHandover(reader);
    case 'forward':
      return decodeForward(bytes, slice);
    case 'origin':
      return decodeOrigin(reader);
    case 'trades':
      return decodeTrades(bytes, slice);
    case 'prepare':
      return decodePrepare(reader);
  }
}

function decodeMove(reader: ProtoReader): MoveEntry {
  let [dataset, symbol, epoch, fromEpoch, to] = ['', '', 0, 0, 0];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10) dataset = reader.text();
    else if (tag === 18) symbol = reader.text();
    else if (tag === 24) epoch = uintAt(reader, 'epoch', epochMax);
    else if (tag === 32) fromEpoch = uintAt(reader, 'from_epoch', epochMax);
    else if (tag === 40) to = uintAt(reader, 'to_partition', partitionMax);
    else reader.skip(tag % 8);
  }
  checkInstrument(dataset, symbol);
  checkWithin('epoch', epoch, 1, epochMax);
  checkWithin('from_epoch', fromEpoch, 0, epoch - 1);
  return { kind: 'move', dataset, symbol, epoch, fromEpoch, to };
}

function decodeHandover(reader: ProtoReader): HandoverEntry {
  let [dataset, symbol, epoch, part, parts, stateVersion] = ['', '', 0, 0, 0, 0];
  let [configChecksum, foldVersion, tradeBlocks, movedAtMs] = [0, 0, 0, 0];
  let state = reader.bytes.subarray(0, 0);
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10) dataset = reader.text();
    else if (tag === 18) symbol = reader.text();
    else if (tag === 24) epoch = uintAt(reader, 'epoch', epochMax);
    else if (tag === 32) part = uintAt(reader, 'part', handoverPartsMax - 1);
    else if (tag === 40) parts = uintAt(reader, 'parts', handoverPartsMax);
    else if (tag === 48) stateVersion = uintAt(reader, 'state_version', uint32Max);
    else if (tag === 58) state = reader.view();
    else if (tag === 69) configChecksum = reader.fixed32();
    else if (tag === 72) foldVersion = uintAt(reader, 'fold_version', uint32Max);
    else if (tag === 80) tradeBlocks = uintAt(reader, 'trade_blocks');
    else if (tag === 88) movedAtMs = intAt(reader, 'moved_at_ms');
    else reader.skip(tag % 8);
  }
  checkInstrument(dataset, symbol);
  checkWithin('epoch', epoch, 1, epochMax);
  checkWithin('parts', parts, 1, handoverPartsMax);
  checkWithin('part', part, 0, parts - 1);
  checkWithin('the length of state in bytes', state.length, 1, handoverStateBytesMax);
  const form = { stateVersion, configChecksum, foldVersion };
  return { kind: 'handover', dataset, symbol, epoch, part, parts, ...form, state, tradeBlocks, movedAtMs };
}

function decodeOrigin(reader: ProtoReader): OriginEntry {
  let [dataset, symbol, partition] = ['', '', 0];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10) dataset = reader.text();
    else if (tag === 18) symbol = reader.text();
    else if (tag === 24) partition = uintAt(reader, 'partition', partitionMax);
    else reader.skip(tag % 8);
  }
  checkInstrument(dataset, symbol);
  return { kind: 'origin', dataset, symbol, partition };
}

function decodePrepare(reader: ProtoReader): PrepareEntry {
  let [dataset, symbol, epoch, to] = ['', '', 0, 0];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10) dataset = reader.text();
    else if (tag === 18) symbol = reader.text();
    else if (tag === 24) epoch = uintAt(reader, 'epoch', epochMax);
    else if (tag === 32) to = uintAt(reader, 'to_partition', partitionMax);
    else reader.skip(tag % 8);
  }
  checkInstrument(dataset, symbol);
  checkWithin('epoch', epoch, 1, epochMax);
  return { kind: 'prepare', dataset, symbol, epoch, to };
}

/** The content of the entry's field. What is outside the bounds above is written all the same, and read by nobody. */
export function encodeEntryOfMoves(entry: EntryOfMovesToWrite): Uint8Array {
  const out = new ProtoWriter();
  switch (entry.kind) {
    case 'move':
      out.text(1, entry.dataset).text(2, entry.symbol).uint(3, entry.epoch);
      return out.uint(4, entry.fromEpoch).uint(5, entry.to).finish();
    case 'handover':
      out.text(1, entry.dataset).text(2, entry.symbol).uint(3, entry.epoch).uint(4, entry.part).uint(5, entry.parts);
      out.uint(6, entry.stateVersion).bytes(7, entry.state).fixed32(8, entry.configChecksum);
      return out.uint(9, entry.foldVersion).uint(10, entry.tradeBlocks).int(11, entry.movedAtMs).finish();
    case 'forward':
      return encodeForward(entry);
    case 'origin':
      return out.text(1, entry.dataset).text(2, entry.symbol).uint(3, entry.partition).finish();
    case 'trades':
      return encodeTrades(entry);
    case 'prepare':
      out.text(1, entry.dataset).text(2, entry.symbol);
      return out.uint(3, entry.epoch).uint(4, entry.to).finish();
  }
}
