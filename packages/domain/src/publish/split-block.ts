/**
 * Splits a block of columns by partition without looking at single ticks. In: a decoded block that was stamped, and a
 * partition for each of its groups. Out: a block for each partition, with the bytes of its groups' columns as they
 * were. A group's entries stand by themselves in every column, which is what makes this right.
 */
import { skipVarints } from '../log/packed-columns.ts';
import { ProtoReader } from '../log/proto-reader.ts';
import { ProtoWriter } from '../log/proto-writer.ts';
import type { TickBlockHeader } from '../log/tick-block-encode.ts';
import { Column } from '../log/tick-block-fields.ts';
import type { TickColumns } from '../log/tick-columns.ts';
import { TickFlag, TickKind } from '../market/tick.ts';
import { ByteGather, varintBytes } from './byte-gather.ts';
import { writeBlockHeader } from './stamped-block.ts';

/** Blocks by partition, in the order in which the partitions first appear. */
export function splitBlock(
  columns: TickColumns,
  header: TickBlockHeader,
  partitions: readonly number[],
): Map<number, Uint8Array> {
  const cuts = cutsOf(columns);
  const head = writeBlockHeader(new ProtoWriter(), header).raw(cuts.head).finish();
  const groupsOf = new Map<number, number[]>();
  for (let group = 0; group < columns.groupCount; group += 1) {
    const partition = partitions[group]!;
    const groups = groupsOf.get(partition);
    if (groups === undefined) groupsOf.set(partition, [group]);
    else groups.push(group);
  }
  const blocks = new Map<number, Uint8Array>();
  for (const [partition, groups] of groupsOf) blocks.set(partition, writePart(columns, head, cuts, groups));
  return blocks;
}

/** A column that is copied: its number, and where its bytes of each group begin; one entry more than groups. */
type Cut = { readonly field: number; readonly isTagged: boolean; readonly bounds: Int32Array };

type Cuts = {
  /** Bytes of fields 7 to 11, the units and dictionaries. */
  readonly head: Uint8Array;
  /** Where the tagged symbol of each group lies. */
  readonly symbolStart: readonly number[];
  readonly symbolEnd: readonly number[];
  readonly columns: readonly Cut[];
};

function cutsOf(columns: TickColumns): Cuts {
  const { bytes } = columns;
  const reader = new ProtoReader(bytes, 0, bytes.length);
  let [headStart, headEnd] = [-1, -1];
  const symbolStart: number[] = [];
  const symbolEnd: number[] = [];
  while (!reader.done()) {
    const { at } = reader;
    const tag = reader.uint();
    const field = tag >> 3;
    if (field > 12) break;
    reader.skip(tag % 8);
    if (field >= 7 && headStart < 0) headStart = at;
    if (field < 12) headEnd = reader.at;
    else {
      symbolStart.push(at);
      symbolEnd.push(reader.at);
    }
  }
  const head = bytes.subarray(headStart, headEnd);
  return { head, symbolStart, symbolEnd, columns: cutColumns(columns) };
}

/** How many entries each group has in a column. */
type Counts = (group: number) => number;

function cutColumns(columns: TickColumns): Cut[] {
  const ticks: Counts = (group) => columns.groupStart[group + 1]! - columns.groupStart[group]!;
  const priced = columns.onlyTrades ? ticks : countsOf(columns, isPriced);
  const cuts: Cut[] = [];
  const add = (field: number, counts: Counts): void => {
    if (columns.columnEnd[field]! > 0) cuts.push(cutPacked(columns, field, counts));
  };
  add(Column.sequenceSteps, (group) => ticks(group) - 1);
  for (const field of [Column.timeSteps, Column.tickAttributes]) add(field, ticks);
  for (const field of [Column.priceSteps, Column.sizes]) add(field, priced);
  for (const field of [Column.receiveDelays, Column.venueSequenceSteps]) add(field, ticks);
  add(Column.tradeIdSteps, priced);
  if (columns.columnEnd[Column.tradeIds]! > 0) cuts.push(cutTagged(columns, Column.tradeIds, priced));
  if (columns.onlyTrades) return cuts;
  if (columns.columnEnd[Column.originals]! > 0) {
    cuts.push(cutTagged(columns, Column.originals, countsOf(columns, isAmending)));
  }
  const bids = countsOf(columns, (kind, flags) => kind === TickKind.quote && (flags & TickFlag.quoteBid) !== 0);
  const asks = countsOf(columns, (kind, flags) => kind === TickKind.quote && (flags & TickFlag.quoteAsk) !== 0);
  for (const field of [Column.bidPriceSteps, Column.bidSizes]) add(field, bids);
  for (const field of [Column.askPriceSteps, Column.askSizes]) add(field, asks);
  add(
    Column.tradingStates,
    countsOf(columns, (kind) => kind === TickKind.status),
  );
  return cuts;
}

function isPriced(kind: number): boolean {
  return kind === TickKind.trade || kind === TickKind.correction;
}

function isAmending(kind: number): boolean {
  return kind === TickKind.cancel || kind === TickKind.correction;
}

function countsOf(columns: TickColumns, has: (kind: number, flags: number) => boolean): Counts {
  const counts = new Int32Array(columns.groupCount);
  for (let group = 0; group < columns.groupCount; group += 1) {
    for (let index = columns.groupStart[group]!; index < columns.groupStart[group + 1]!; index += 1) {
      const { kind, flags } = columns.attributes[columns.attribute[index]!]!.attributes;
      if (has(kind, flags)) counts[group]! += 1;
    }
  }
  return (group) => counts[group]!;
}

function cutPacked(columns: TickColumns, field: number, counts: Counts): Cut {
  const end = columns.columnEnd[field]!;
  const bounds = new Int32Array(columns.groupCount + 1);
  let at = columns.columnStart[field]!;
  bounds[0] = at;
  for (let group = 0; group < columns.groupCount; group += 1) {
    at = skipVarints(columns.bytes, at, end, counts(group));
    bounds[group + 1] = at;
  }
  return { field, isTagged: false, bounds };
}

function cutTagged(columns: TickColumns, field: number, counts: Counts): Cut {
  const reader = new ProtoReader(columns.bytes, columns.columnStart[field]!, columns.columnEnd[field]!);
  const bounds = new Int32Array(columns.groupCount + 1);
  bounds[0] = reader.at;
  for (let group = 0; group < columns.groupCount; group += 1) {
    for (let left = counts(group); left > 0; left -= 1) reader.skip(reader.uint() % 8);
    bounds[group + 1] = reader.at;
  }
  return { field, isTagged: true, bounds };
}

function writePart(columns: TickColumns, head: Uint8Array, cuts: Cuts, groups: readonly number[]): Uint8Array {
  const { bytes } = columns;
  const counts = groupColumns(columns, cuts, groups);
  const lengths = cuts.columns.map(({ bounds }) => {
    let length = 0;
    for (const group of groups) length += bounds[group + 1]! - bounds[group]!;
    return length;
  });
  let total = head.length + counts.length;
  for (const group of groups) total += cuts.symbolEnd[group]! - cuts.symbolStart[group]!;
  for (const [place, { field, isTagged }] of cuts.columns.entries()) {
    const length = lengths[place]!;
    if (length > 0) total += length + (isTagged ? 0 : varintBytes(field * 8 + 2) + varintBytes(length));
  }
  const out = new ByteGather(total).copy(head);
  for (const group of groups) out.copy(bytes, cuts.symbolStart[group], cuts.symbolEnd[group]);
  out.copy(counts);
  for (const [place, { field, isTagged, bounds }] of cuts.columns.entries()) {
    if (lengths[place] === 0) continue;
    if (!isTagged) out.varint(field * 8 + 2).varint(lengths[place]!);
    for (const group of groups) out.copy(bytes, bounds[group], bounds[group + 1]);
  }
  return out.bytes;
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
function groupColumns(columns: TickColumns, cuts: Cuts, groups: readonly number[]): Uint8Array {
  const { terms, counts, sequences, links, out } = scratch;
  for (const writer of Object.values(scratch)) writer.clear();
  let last = baseSequenceOf(cuts.head);
  for (const group of groups) {
    const from = columns.groupStart[group]!;
    const to = columns.groupStart[group + 1]!;
    const first = columns.groupSequence[group]!;
    terms.varint(columns.groupTerms[group]!);
    counts.varint(to - from);
    sequences.zigzag(first - last);
    links.varint(columns.groupLink[group]! === 0 ? 0 : first - columns.groupLink[group]!);
    last = columns.sequenceAt(group, to - 1);
  }
  if (columns.columnEnd[Column.groupTerms]! > 0) out.messageOf(Column.groupTerms, terms);
  out.messageOf(Column.groupCounts, counts);
  return out.messageOf(Column.groupSequences, sequences).messageOf(Column.groupLinks, links).finish();
}

/** The last one holds where a field stands twice, as the decoder has it. */
function baseSequenceOf(head: Uint8Array): number {
  const reader = new ProtoReader(head, 0, head.length);
  let base = 0;
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 72) base = reader.uint();
    else reader.skip(tag % 8);
  }
  return base;
}
