/**
 * Encodes blocks of plain trades, which is what most ticks are. In: rows in the publisher's order. Out: the very bytes
 * that `encodeTickBlock` makes of them, by loops over numbers; or nothing where a row says more than a plain trade.
 * A property test proves the two equal.
 */
import { ProtoWriter } from '../log/proto-writer.ts';
import {
  encodeAttributes,
  encodeTerms,
  type TickBlockHeader,
  type TickRow,
  writeBlockHeader,
} from '../log/tick-block-encode.ts';
import { Column } from '../log/tick-block-fields.ts';
import { type InstrumentTerms, type TickAttributes, TickKind } from '../market/tick.ts';

/** From here on a difference of prices could be beyond 2^53. */
const farPrice = 4_503_599_627_370_496;

/** Rows with one symbol that follow each other. */
type Group = { readonly symbol: string; readonly terms: number; readonly rows: TickRow[]; last: number };

/** Terms of a block, and the largest steps that divide their prices and sizes; 0 = none came yet. */
type TermsEntry = { readonly terms: InstrumentTerms; price: number; size: number };

/** The block of these rows, at least one; `undefined` = `encodeTickBlock` has to make it. */
export function encodeTradeBlock(header: TickBlockHeader, rows: readonly TickRow[]): Uint8Array | undefined {
  for (const row of rows) if (!isPlain(row)) return undefined;
  const terms: TermsEntry[] = [];
  const groups = groupRows(rows, terms);
  for (const { rows: own, terms: index } of groups) measure(own, terms[index]!);
  const first = rows[0] as TickRow;
  const unitNs = timeUnitOf(rows);
  const out = writeBlockHeader(columns.out.clear(), header).uint(7, unitNs);
  const baseNs = BigInt(first.eventSec) * 1_000_000_000n + BigInt(first.eventNano);
  out.sint64(8, baseNs / BigInt(unitNs)).uint(9, first.sequence - 1);
  for (const entry of terms) {
    out.message(10, encodeTerms(entry.terms, { price: entry.price || 1, size: entry.size || 1 }));
  }
  const hasAttributes = writeAttributes(out, groups);
  writeGroups(out, groups, first.sequence - 1);
  writeTicks(out, groups, terms, first, unitNs, hasAttributes);
  return out.finish();
}

function isPlain(row: TickRow): boolean {
  if (row.attributes.kind !== TickKind.trade || row.price >= farPrice || row.price <= -farPrice) return false;
  if (row.tradeId !== undefined || row.original !== undefined || row.quote !== undefined) return false;
  return row.receiveDelayNs === undefined && row.venueSequence === undefined && row.tradingState === undefined;
}

function groupRows(rows: readonly TickRow[], terms: TermsEntry[]): Group[] {
  const groups: Group[] = [];
  const open = new Map<string, Group>();
  for (const row of rows) {
    const index = indexOfTerms(terms, row.terms);
    const group = open.get(row.symbol);
    if (group !== undefined && group.last === row.link && group.terms === index) {
      group.rows.push(row);
      group.last = row.sequence;
      continue;
    }
    const fresh = { symbol: row.symbol, terms: index, rows: [row], last: row.sequence };
    groups.push(fresh);
    open.set(row.symbol, fresh);
  }
  return groups;
}

function indexOfTerms(entries: TermsEntry[], terms: InstrumentTerms): number {
  for (let index = 0; index < entries.length; index += 1) {
    const other = entries[index]!.terms;
    if (other === terms || isSame(other, terms)) return index;
  }
  return entries.push({ terms, price: 0, size: 0 }) - 1;
}

function isSame(left: InstrumentTerms, right: InstrumentTerms): boolean {
  return (
    left.priceExponent === right.priceExponent &&
    left.sizeExponent === right.sizeExponent &&
    left.calendar === right.calendar &&
    left.currency === right.currency &&
    left.tickSize === right.tickSize
  );
}

function measure(rows: readonly TickRow[], entry: TermsEntry): void {
  let { price, size } = entry;
  for (const row of rows) {
    if (price !== 1) price = divisorOf(price, Math.abs(row.price));
    if (size !== 1) size = divisorOf(size, row.size);
  }
  entry.price = price;
  entry.size = size;
}

function divisorOf(left: number, right: number): number {
  let a = left;
  let b = right;
  while (b !== 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

function timeUnitOf(rows: readonly TickRow[]): number {
  let unitNs = 1_000_000_000;
  for (const { eventNano } of rows) while (eventNano % unitNs !== 0) unitNs /= 1_000;
  return unitNs;
}

/** Emptied and filled again for each block. */
const columns = {
  out: new ProtoWriter(4_096),
  first: new ProtoWriter(),
  second: new ProtoWriter(),
  third: new ProtoWriter(),
  fourth: new ProtoWriter(),
} as const;

/** Attributes as bytes, and a text that equal ones share. */
type EncodedAttributes = { readonly bytes: Uint8Array; readonly key: string };

const encodedAttributes = new WeakMap<TickAttributes, EncodedAttributes>();

function encodedOf(attributes: TickAttributes): EncodedAttributes {
  const known = encodedAttributes.get(attributes);
  if (known !== undefined) return known;
  const bytes = encodeAttributes(attributes);
  const encoded = { bytes, key: bytes.join() };
  encodedAttributes.set(attributes, encoded);
  return encoded;
}

/** Writes the dictionary, and each row's index into `columns.fourth`; returns whether one is not 0. */
function writeAttributes(out: ProtoWriter, groups: readonly Group[]): boolean {
  const indices = columns.fourth.clear();
  const byIdentity = new Map<TickAttributes, number>();
  const byKey = new Map<string, number>();
  let [last, lastIndex]: [TickAttributes | undefined, number] = [undefined, 0];
  for (const { rows } of groups) {
    for (const { attributes } of rows) {
      if (attributes !== last) {
        last = attributes;
        lastIndex = byIdentity.get(attributes) ?? addAttributes(out, attributes, byIdentity, byKey);
      }
      indices.varint(lastIndex);
    }
  }
  return byKey.size > 1;
}

function addAttributes(
  out: ProtoWriter,
  attributes: TickAttributes,
  byIdentity: Map<TickAttributes, number>,
  byKey: Map<string, number>,
): number {
  const { bytes, key } = encodedOf(attributes);
  let index = byKey.get(key);
  if (index === undefined) {
    index = byKey.size;
    byKey.set(key, index);
    out.message(11, bytes);
  }
  byIdentity.set(attributes, index);
  return index;
}

function writeGroups(out: ProtoWriter, groups: readonly Group[], baseSequence: number): void {
  const [counts, sequences, links] = [columns.first.clear(), columns.second.clear(), columns.third.clear()];
  let last = baseSequence;
  let hasTerms = false;
  let isConsecutive = true;
  for (const group of groups) {
    const { rows, symbol, terms } = group;
    const { sequence, link } = rows[0] as TickRow;
    out.text(12, symbol);
    counts.varint(rows.length);
    sequences.zigzag(sequence - last);
    links.varint(link === 0 ? 0 : sequence - link);
    last = group.last;
    hasTerms ||= terms !== 0;
    isConsecutive &&= last - sequence === rows.length - 1;
  }
  if (hasTerms) {
    const indices = new ProtoWriter();
    for (const { terms } of groups) indices.varint(terms);
    out.messageOf(Column.groupTerms, indices);
  }
  out.messageOf(Column.groupCounts, counts).messageOf(Column.groupSequences, sequences);
  out.messageOf(Column.groupLinks, links);
  if (isConsecutive) return;
  const steps = columns.first.clear();
  for (const { rows } of groups) {
    for (let index = 1; index < rows.length; index += 1) {
      steps.varint(rows[index]!.sequence - rows[index - 1]!.sequence);
    }
  }
  out.messageOf(Column.sequenceSteps, steps);
}

function writeTicks(
  out: ProtoWriter,
  groups: readonly Group[],
  terms: readonly TermsEntry[],
  base: TickRow,
  unitNs: number,
  hasAttributes: boolean,
): void {
  const [times, prices, sizes] = [columns.first.clear(), columns.second.clear(), columns.third.clear()];
  const unitsPerSec = 1_000_000_000 / unitNs;
  for (const group of groups) {
    const { price: priceStep, size: sizeStep } = terms[group.terms]!;
    let [lastTime, lastPrice] = [0, 0];
    for (const { eventSec, eventNano, price, size } of group.rows) {
      const time = (eventSec - base.eventSec) * unitsPerSec + (eventNano - base.eventNano) / unitNs;
      times.zigzag(time - lastTime);
      prices.zigzag((price - lastPrice) / (priceStep || 1));
      sizes.varint(size / (sizeStep || 1));
      lastTime = time;
      lastPrice = price;
    }
  }
  out.messageOf(Column.timeSteps, times);
  if (hasAttributes) out.messageOf(Column.tickAttributes, columns.fourth);
  out.messageOf(Column.priceSteps, prices).messageOf(Column.sizes, sizes);
}
