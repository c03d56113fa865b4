/**
 * The entries that writers of ticks and owners of quiet partitions put beside tick blocks: Void, Time, Progress, Alive,
 * EndOfReplay. In: an entry's bytes, or an entry. Out: the other; `MalformedError` where bytes are none. A repeat of any of
 * them has no effect (docs/tape-rules.md).
 */
import { epochMax } from '../placement/override.ts';
import { uintAt } from './bounded-fields.ts';
import { ProtoReader } from './proto-reader.ts';
import { ProtoWriter } from './proto-writer.ts';

/** Field numbers of `LogEntry`. */
export const EntryField = {
  tickBlock: 1,
  void: 2,
  time: 3,
  progress: 4,
  alive: 5,
  endOfReplay: 6,
  move: 7,
  handover: 8,
  forward: 9,
  origin: 10,
  trades: 11,
  prepare: 12,
} as const;

/** A tick block, where it lies in its record. */
export type BlockEntry = { readonly kind: 'tickBlock'; readonly start: number; readonly end: number };

/** Ingest refused a tick. */
export type VoidEntry = {
  readonly kind: 'void';
  readonly publisherId: bigint;
  readonly sequence: number;
  readonly link: number;
  readonly dataset: string;
  readonly symbol: string;
  readonly reason: string;
  /** Epoch of the map by which the writer chose the partition; 0 before any move. */
  readonly mapEpoch: number;
};

/** What a delayed or replay publisher says of one instrument; see `InstrumentProgress` of the contract. */
export type InstrumentProgress = { readonly symbol: string; readonly link: number; readonly timeNs: bigint };

/** How far a publisher is. */
export type ProgressEntry = {
  readonly kind: 'progress';
  readonly publisherId: bigint;
  readonly dataset: string;
  readonly instruments: readonly InstrumentProgress[];
  /** As of a Void. */
  readonly mapEpoch: number;
};

/** A publisher's last Progress. */
export type EndOfReplayEntry = {
  readonly kind: 'endOfReplay';
  readonly publisherId: bigint;
  readonly dataset: string;
  readonly instruments: readonly { readonly symbol: string; readonly link: number }[];
  /** As of a Void. */
  readonly mapEpoch: number;
};

/** Any of them as it was read. */
export type SmallEntry =
  | VoidEntry
  | { readonly kind: 'time' }
  | ProgressEntry
  | { readonly kind: 'alive'; readonly publisherIds: readonly bigint[] }
  | EndOfReplayEntry;

/** An entry to write; one without a map's epoch is of a writer that had no map. */
export type Written<Entry> = Entry extends { readonly mapEpoch: number }
  ? Omit<Entry, 'mapEpoch'> & { readonly mapEpoch?: number }
  : Entry;

/** A finished tick block to write. */
export type BlockToWrite = { readonly kind: 'tickBlock'; readonly bytes: Uint8Array };

/** The entry in field `field` of a `LogEntry`, whose content `body` holds; `undefined` if it is of another kind. */
export function decodeSmallEntry(field: number, body: ProtoReader): SmallEntry | undefined {
  switch (field) {
    case EntryField.void:
      return decodeVoid(body);
    case EntryField.time:
      return { kind: 'time' };
    case EntryField.progress:
    case EntryField.endOfReplay:
      return decodeProgress(body, field === EntryField.progress);
    case EntryField.alive:
      return decodeAlive(body);
    default:
      return undefined;
  }
}

function decodeVoid(reader: ProtoReader): VoidEntry {
  let [publisherId, sequence, link, dataset, symbol, reason, mapEpoch] = [0n, 0, 0, '', '', '', 0];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 9) publisherId = reader.fixed64();
    else if (tag === 16) sequence = reader.uint();
    else if (tag === 24) link = reader.uint();
    else if (tag === 34) dataset = reader.text();
    else if (tag === 42) symbol = reader.text();
    else if (tag === 50) reason = reader.text();
    else if (tag === 56) mapEpoch = uintAt(reader, 'map_epoch', epochMax);
    else reader.skip(tag % 8);
  }
  return { kind: 'void', publisherId, sequence, link, dataset, symbol, reason, mapEpoch };
}

function decodeProgress(reader: ProtoReader, timed: boolean): ProgressEntry | EndOfReplayEntry {
  let [publisherId, dataset, mapEpoch] = [0n, '', 0];
  const instruments: InstrumentProgress[] = [];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 9) publisherId = reader.fixed64();
    else if (tag === 18) dataset = reader.text();
    else if (tag === 26) {
      const length = reader.length();
      instruments.push(decodeInstrumentProgress(new ProtoReader(reader.bytes, reader.at, reader.at + length)));
      reader.at += length;
    } else if (tag === 32) mapEpoch = uintAt(reader, 'map_epoch', epochMax);
    else reader.skip(tag % 8);
  }
  return timed
    ? { kind: 'progress', publisherId, dataset, instruments, mapEpoch }
    : { kind: 'endOfReplay', publisherId, dataset, instruments, mapEpoch };
}

function decodeInstrumentProgress(reader: ProtoReader): InstrumentProgress {
  let [symbol, link, timeNs] = ['', 0, 0n];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10) symbol = reader.text();
    else if (tag === 16) link = reader.uint();
    else if (tag === 25) timeNs = reader.sfixed64();
    else reader.skip(tag % 8);
  }
  return { symbol, link, timeNs };
}

function decodeAlive(reader: ProtoReader): SmallEntry {
  const publisherIds: bigint[] = [];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 9) publisherIds.push(reader.fixed64());
    else if (tag === 10) {
      const end = reader.length() + reader.at;
      while (reader.at < end) publisherIds.push(reader.fixed64());
    } else reader.skip(tag % 8);
  }
  return { kind: 'alive', publisherIds };
}

/** The content of a tick block's or a small entry's field. */
export function encodeSmallEntry(entry: BlockToWrite | Written<SmallEntry>): Uint8Array {
  const out = new ProtoWriter();
  switch (entry.kind) {
    case 'tickBlock':
      return entry.bytes;
    case 'void':
      out.fixed64(1, entry.publisherId).uint(2, entry.sequence).uint(3, entry.link);
      out.text(4, entry.dataset).text(5, entry.symbol).text(6, entry.reason);
      return out.uint(7, entry.mapEpoch ?? 0).finish();
    case 'time':
      return out.finish();
    case 'progress':
      out.fixed64(1, entry.publisherId).text(2, entry.dataset);
      for (const { symbol, link, timeNs } of entry.instruments) {
        out.message(3, new ProtoWriter().text(1, symbol).uint(2, link).fixed64(3, timeNs).finish());
      }
      return out.uint(4, entry.mapEpoch ?? 0).finish();
    case 'endOfReplay':
      out.fixed64(1, entry.publisherId).text(2, entry.dataset);
      for (const { symbol, link } of entry.instruments) {
        out.message(3, new ProtoWriter().text(1, symbol).uint(2, link).finish());
      }
      return out.uint(4, entry.mapEpoch ?? 0).finish();
    case 'alive': {
      const ids = new ProtoWriter(entry.publisherIds.length * 8);
      for (const id of entry.publisherIds) ids.raw(fixed64Bytes(id));
      return out.bytes(1, ids.finish()).finish();
    }
  }
}

function fixed64Bytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
}
