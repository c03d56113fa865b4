/**
 * Cuts a block of some groups out of a block of many, by bytes. In: an encoded block, and groups or an instrument of it. Out: a
 * block of these alone, whose ticks are the same in every field and whose columns are copied as they lie. Equal bytes give equal
 * bytes, so whoever cuts the same block gets the same one. The units stay those of the whole block, so a block that was encoded
 * of these ticks alone may be packed otherwise.
 */
import { type BlockNames, type ColumnCut, cutColumns, namesOf } from './block-cuts.ts';
import { ByteGather, varintBytes } from './byte-gather.ts';
import type { LogDictionary } from './log-dictionary.ts';
import { MalformedError } from './proto-reader.ts';
import { ProtoWriter } from './proto-writer.ts';
import { decodeGroupsOf } from './tick-block-decode.ts';
import { writeBlockHeader } from './tick-block-encode.ts';
import { Column } from './tick-block-fields.ts';
import type { TickColumns } from './tick-columns.ts';

/** What stands before the groups of a block. */
export type BlockHead = {
  /** Fields 1 to 11: header, units, bases, dictionaries. */
  readonly bytes: Uint8Array;
  readonly baseSequence: number;
  /** The index of each group's terms in the dictionary; `undefined` = all 0. */
  readonly termsOf: ((group: number) => number) | undefined;
};

/** One instrument's ticks of a block as a block of their own. */
export type InstrumentCut = {
  readonly bytes: Uint8Array;
  /** Its ticks' places in the whole block, as ranges `[from, to)`, one a group. */
  readonly places: readonly number[];
  readonly sequenceLow: number;
  readonly sequenceHigh: number;
};

/**
 * Cuts parts out of one block. In: columns of which fields, groups and attributes were read from `bytes[start, end)`; valid until
 * they are filled again. `groups` are those of which parts will be asked for, rising; all where left out.
 */
export class BlockCutter {
  readonly names: BlockNames;
  readonly #columns: TickColumns;
  readonly #cuts: readonly ColumnCut[];

  constructor(columns: TickColumns, start: number, end: number, groups?: readonly number[]) {
    this.#columns = columns;
    this.names = namesOf(columns, start, end);
    this.#cuts = cutColumns(columns, groups);
  }

  /** A block of these groups, which rise, behind a head of which the dictionaries are the whole block's. */
  part(head: BlockHead, groups: readonly number[]): Uint8Array {
    return this.#write(head, this.#cuts, groups);
  }

  /** A block of these groups, which rise and are at least one, with nothing in it that only other groups need. */
  blockOf(groups: readonly number[]): Uint8Array {
    const columns = this.#columns;
    const { bytes } = columns;
    const terms = new UsedEntries(columns.terms.length);
    const attributes = new UsedEntries(columns.attributes.length);
    for (const group of groups) terms.placeOf(columns.groupTerms[group]!);
    const attributeCut = this.#renumbered(attributes, groups);
    const baseSequence = columns.groupSequence[groups[0]!]! - 1;
    const out = writeBlockHeader(new ProtoWriter(), columns).uint(7, columns.timeUnitNs);
    out.sint64(8, baseTimeOf(columns)).uint(9, baseSequence);
    for (const [dictionary, slices] of [
      [terms, this.names.terms],
      [attributes, this.names.attributes],
    ] as const) {
      for (const entry of dictionary.entries) out.raw(bytes.subarray(slices[entry]!.start, slices[entry]!.end));
    }
    const termsOf = (group: number): number => terms.placeOf(columns.groupTerms[group]!);
    const head = { bytes: out.end(), baseSequence, termsOf: terms.entries.length > 1 ? termsOf : undefined };
    const cuts = this.#cuts.map((cut) => (cut.field === Column.tickAttributes ? attributeCut : cut));
    return this.#write(head, cuts, groups);
  }

  /** The column of attributes by the places in a dictionary of its own; empty where all are the first entry. */
  #renumbered(used: UsedEntries, groups: readonly number[]): ColumnCut {
    const columns = this.#columns;
    const out = new ProtoWriter();
    const bounds = new Int32Array(groups.at(-1)! + 2);
    for (const group of groups) {
      bounds[group] = out.lengthBytes;
      for (let index = columns.groupStart[group]!; index < columns.groupStart[group + 1]!; index += 1) {
        out.varint(used.placeOf(columns.attribute[index]!));
      }
      bounds[group + 1] = out.lengthBytes;
    }
    if (used.entries.length === 1) bounds.fill(0);
    return { field: Column.tickAttributes, isTagged: false, bytes: out.end(), bounds };
  }

  #write(head: BlockHead, cuts: readonly ColumnCut[], groups: readonly number[]): Uint8Array {
    const { bytes } = this.#columns;
    const { symbolStart, symbolEnd } = this.names;
    const counts = groupColumns(this.#columns, head, groups);
    const lengths = cuts.map(({ bounds }) => {
      let length = 0;
      for (const group of groups) length += bounds[group + 1]! - bounds[group]!;
      return length;
    });
    let total = head.bytes.length + counts.length;
    for (const group of groups) total += symbolEnd[group]! - symbolStart[group]!;
    for (const [place, { field, isTagged }] of cuts.entries()) {
      const length = lengths[place]!;
      if (length > 0) total += length + (isTagged ? 0 : varintBytes(field * 8 + 2) + varintBytes(length));
    }
    const out = new ByteGather(total).copy(head.bytes);
    for (const group of groups) out.copy(bytes, symbolStart[group], symbolEnd[group]);
    out.copy(counts);
    for (const [place, { field, isTagged, bytes: from, bounds }] of cuts.entries()) {
      if (lengths[place] === 0) continue;
      if (!isTagged) out.varint(field * 8 + 2).varint(lengths[place]!);
      for (const group of groups) out.copy(from, bounds[group], bounds[group + 1]);
    }
    return out.bytes;
  }
}

/**
 * The ticks of one instrument of the block's dataset, or `undefined` if it has none. For a block that was decoded as a whole
 * before, so that it is known to be valid. Of other instruments only what lies before is passed over. `columns` and `dictionary`
 * are scratch.
 */
export function cutInstrument(
  symbol: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  dictionary: LogDictionary,
  columns: TickColumns,
): InstrumentCut | undefined {
  const range = decodeGroupsOf(symbol, bytes, start, end, dictionary, columns);
  if (range === undefined) return undefined;
  const groups: number[] = [];
  const places: number[] = [];
  let [sequenceLow, sequenceHigh] = [Infinity, 0];
  for (let group = range.first; group <= range.last; group += 1) {
    if (columns.symbols[group] !== symbol) continue;
    const [from, to] = [columns.groupStart[group]!, columns.groupStart[group + 1]!];
    groups.push(group);
    places.push(from, to);
    sequenceLow = Math.min(sequenceLow, columns.groupSequence[group]!);
    sequenceHigh = Math.max(sequenceHigh, columns.sequenceAt(group, to - 1));
  }
  const cut = new BlockCutter(columns, start, end, groups).blockOf(groups);
  return { bytes: cut, places, sequenceLow, sequenceHigh };
}

/** Entries of a dictionary that are used, in the order of their first use. */
class UsedEntries {
  readonly entries: number[] = [];
  readonly #places: Int32Array;

  constructor(count: number) {
    this.#places = new Int32Array(count).fill(-1);
  }

  /** The place of an entry in a dictionary of the used ones. */
  placeOf(entry: number): number {
    const known = this.#places[entry];
    if (known === undefined) throw new MalformedError(`a dictionary has no entry ${entry}`);
    if (known >= 0) return known;
    const place = this.entries.push(entry) - 1;
    this.#places[entry] = place;
    return place;
  }
}

function baseTimeOf({ baseSec, baseNano, timeUnitNs }: TickColumns): bigint {
  return BigInt(baseSec) * BigInt(1_000_000_000 / timeUnitNs) + BigInt(baseNano / timeUnitNs);
}

/** Emptied and filled again for each part. */
const scratch = {
  terms: new ProtoWriter(),
  counts: new ProtoWriter(),
  sequences: new ProtoWriter(),
  links: new ProtoWriter(),
  out: new ProtoWriter(),
} as const;

/** Fields 13 to 16, which name groups by their place and are made anew. */
function groupColumns(columns: TickColumns, head: BlockHead, groups: readonly number[]): Uint8Array {
  const { terms, counts, sequences, links, out } = scratch;
  const { termsOf } = head;
  for (const writer of Object.values(scratch)) writer.clear();
  let last = head.baseSequence;
  for (const group of groups) {
    const from = columns.groupStart[group]!;
    const to = columns.groupStart[group + 1]!;
    const first = columns.groupSequence[group]!;
    if (termsOf !== undefined) terms.varint(termsOf(group));
    counts.varint(to - from);
    sequences.zigzag(first - last);
    links.varint(columns.groupLink[group]! === 0 ? 0 : first - columns.groupLink[group]!);
    last = columns.sequenceAt(group, to - 1);
  }
  if (termsOf !== undefined) out.messageOf(Column.groupTerms, terms);
  out.messageOf(Column.groupCounts, counts);
  return out.messageOf(Column.groupSequences, sequences).messageOf(Column.groupLinks, links).finish();
}
