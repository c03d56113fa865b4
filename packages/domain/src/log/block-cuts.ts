/**
 * Where a block's bytes lie by group. In: a block of which fields, groups and attributes were read; its ticks need not be. Out:
 * its names and dictionaries, and for every column the bounds of each group's entries. A group's entries stand by themselves in
 * every column, which is what makes cutting by bytes right; the format has no index, so what lies before a group is passed over.
 */
import { TickFlag, TickKind } from '../market/tick.ts';
import { skipVarints } from './packed-columns.ts';
import { ProtoReader, WireType } from './proto-reader.ts';
import { ProtoWriter } from './proto-writer.ts';
import type { ByteSlice } from './rare-columns.ts';
import { Column } from './tick-block-fields.ts';
import type { TickColumns } from './tick-columns.ts';

/** What a block says once, as it lies in its bytes; tags are included. */
export type BlockNames = {
  /** Where the first field after the header lies: units, bases and dictionaries follow where fields are in order. */
  readonly headStart: number;
  /** Sequence that the first group's first sequence counts from. */
  readonly baseSequence: number;
  readonly terms: readonly ByteSlice[];
  readonly attributes: readonly ByteSlice[];
  /** One a group, where it begins and ends: there may be thousands. */
  readonly symbolStart: readonly number[];
  readonly symbolEnd: readonly number[];
};

/** A column, and where the entries of each group lie in it. */
export type ColumnCut = {
  readonly field: number;
  /** Whether entries are texts or messages, each with its tag. */
  readonly isTagged: boolean;
  readonly bytes: Uint8Array;
  /** Entries of group `g` are `bytes[bounds[g], bounds[g + 1])`, if that group was asked for. */
  readonly bounds: Int32Array;
};

/** Where names and dictionaries of the block in `columns.bytes[start, end)` lie. */
export function namesOf(columns: TickColumns, start: number, end: number): BlockNames {
  const reader = new ProtoReader(columns.bytes, start, end);
  const terms: ByteSlice[] = [];
  const attributes: ByteSlice[] = [];
  const [symbolStart, symbolEnd]: [number[], number[]] = [[], []];
  let [headStart, baseSequence] = [-1, 0];
  // What comes after the last of them need not be walked over.
  for (let left = columns.terms.length + columns.attributes.length + columns.symbols.length; left > 0;) {
    const { at } = reader;
    const tag = reader.uint();
    if (headStart < 0 && tag >= 56) headStart = at;
    if (tag === 72) baseSequence = reader.uint();
    else reader.skip(tag % 8);
    if (tag === 98) {
      symbolStart.push(at);
      symbolEnd.push(reader.at);
    } else if (tag === 82 || tag === 90) (tag === 82 ? terms : attributes).push({ start: at, end: reader.at });
    else continue;
    left -= 1;
  }
  return { headStart, baseSequence, terms, attributes, symbolStart, symbolEnd };
}

/** How many entries of a column stand before a group. */
type Before = (group: number) => number;

/**
 * The columns that hold entries of ticks, in the order of their fields, with the bounds of `groups`, which rise, or of all where
 * they are left out: what lies between two of them is passed over at once.
 */
export function cutColumns(columns: TickColumns, groups: readonly number[] | undefined): ColumnCut[] {
  const stops = stopsOf(groups, columns.groupCount);
  const countOf = (has: Has): Before => countedBefore(columns, stops, has);
  const ticks: Before = (group) => columns.groupStart[group]!;
  const priced = columns.onlyTrades ? ticks : countOf(isPriced);
  const cuts: ColumnCut[] = [];
  const add = (field: number, before: Before): void => {
    const [start, end] = [columns.columnStart[field]!, columns.columnEnd[field]!];
    if (end === 0) return;
    const isTagged = field === Column.tradeIds || field === Column.originals;
    cuts.push((isTagged ? cutTagged : cutPacked)(columns.bytes, { start, end }, field, before, stops));
  };
  // The first tick of a group has no step.
  add(Column.sequenceSteps, (group) => ticks(group) - group);
  for (const field of [Column.timeSteps, Column.tickAttributes]) add(field, ticks);
  for (const field of [Column.priceSteps, Column.sizes]) add(field, priced);
  for (const field of [Column.receiveDelays, Column.venueSequenceSteps]) add(field, ticks);
  for (const field of [Column.tradeIdSteps, Column.tradeIds]) add(field, priced);
  if (columns.onlyTrades) return cuts;
  add(Column.originals, countOf(isAmending));
  const bids = countOf((kind, flags) => kind === TickKind.quote && (flags & TickFlag.quoteBid) !== 0);
  const asks = countOf((kind, flags) => kind === TickKind.quote && (flags & TickFlag.quoteAsk) !== 0);
  for (const field of [Column.bidPriceSteps, Column.bidSizes]) add(field, bids);
  for (const field of [Column.askPriceSteps, Column.askSizes]) add(field, asks);
  add(
    Column.tradingStates,
    countOf((kind) => kind === TickKind.status),
  );
  return cuts;
}

/** The groups and those after them: where bounds are looked for. */
function stopsOf(groups: readonly number[] | undefined, groupCount: number): number[] {
  const stops: number[] = [];
  if (groups === undefined) {
    for (let stop = 0; stop <= groupCount; stop += 1) stops.push(stop);
    return stops;
  }
  for (const group of groups) stops.push(group, group + 1);
  return stops;
}

type Has = (kind: number, flags: number) => boolean;

function isPriced(kind: number): boolean {
  return kind === TickKind.trade || kind === TickKind.correction;
}

function isAmending(kind: number): boolean {
  return kind === TickKind.cancel || kind === TickKind.correction;
}

function countedBefore(columns: TickColumns, stops: readonly number[], has: Has): Before {
  const counts = new Int32Array(stops.at(-1)! + 1);
  let [count, index] = [0, 0];
  for (const stop of stops) {
    for (const end = columns.groupStart[stop]!; index < end; index += 1) {
      const { kind, flags } = columns.attributes[columns.attribute[index]!]!.attributes;
      if (has(kind, flags)) count += 1;
    }
    counts[stop] = count;
  }
  return (group) => counts[group]!;
}

function cutPacked(
  bytes: Uint8Array,
  { start, end }: ByteSlice,
  field: number,
  before: Before,
  stops: readonly number[],
): ColumnCut {
  const bounds = new Int32Array(stops.at(-1)! + 1);
  let [at, passed] = [start, 0];
  for (const stop of stops) {
    const entries = before(stop);
    at = skipVarints(bytes, at, end, entries - passed);
    bounds[stop] = at;
    passed = entries;
  }
  return { field, isTagged: false, bytes, bounds };
}

function cutTagged(
  bytes: Uint8Array,
  slice: ByteSlice,
  field: number,
  before: Before,
  stops: readonly number[],
): ColumnCut {
  const reader = new ProtoReader(bytes, slice.start, slice.end);
  const tag = field * 8 + WireType.bytes;
  const bounds = new Int32Array(stops.at(-1)! + 1);
  let passed = 0;
  for (const stop of stops) {
    for (const entries = before(stop); passed < entries; passed += 1) {
      if (reader.uint() !== tag) {
        const alone = entriesAlone(bytes, slice, tag);
        return cutTagged(alone, { start: 0, end: alone.length }, field, before, stops);
      }
      reader.skip(WireType.bytes);
    }
    bounds[stop] = reader.at;
  }
  return { field, isTagged: true, bytes, bounds };
}

/** The entries of a field without the other fields that lie between them: ours never do, but the decoder takes such blocks. */
function entriesAlone(bytes: Uint8Array, { start, end }: ByteSlice, tag: number): Uint8Array {
  const reader = new ProtoReader(bytes, start, end);
  const out = new ProtoWriter(end - start);
  while (!reader.done()) {
    const { at } = reader;
    const found = reader.uint();
    reader.skip(found % 8);
    if (found === tag) out.raw(bytes.subarray(at, reader.at));
  }
  return out.end();
}
