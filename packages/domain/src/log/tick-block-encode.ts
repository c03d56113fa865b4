/**
 * Encodes ticks of one publisher as a `TickBlock`. In: ticks in the publisher's order, each with its sequence and
 * link. Out: the block's bytes, the same for the same ticks. Groups by instrument, in order of first appearance, and
 * starts a new group where a tick's link is not the tick before; picks the largest units that keep every field exact.
 */
import { AggressorSide, type InstrumentTerms, Tape, type TickAttributes, TickFlag, TickKind } from '../market/tick.ts';
import { ProtoWriter } from './proto-writer.ts';
import type { QuoteSides } from './rare-columns.ts';
import { encodeText } from './text.ts';
import { Column, tickBlockFormatVersion } from './tick-block-fields.ts';
import type { TimeDomain } from './tick-columns.ts';

/** The trade that a cancel or correction amends, with a corrected event time where it has one. */
export type AmendedTrade = {
  /** The trade's sequence by the same publisher; 0 = named by its id. */
  readonly sequence: number;
  readonly tradeId: string;
  readonly correctedSec?: number;
  readonly correctedNano?: number;
};

/** One tick as it goes into a block. Integers in the instrument's units; `price` and `size` count for trades and corrections. */
export type TickRow = {
  readonly symbol: string;
  readonly terms: InstrumentTerms;
  readonly sequence: number;
  readonly link: number;
  readonly eventSec: number;
  readonly eventNano: number;
  readonly attributes: TickAttributes;
  readonly price: number;
  readonly size: number;
  readonly tradeId?: string;
  readonly original?: AmendedTrade;
  readonly quote?: QuoteSides;
  readonly tradingState?: number;
  /** Receive time less event time, ns. */
  readonly receiveDelayNs?: number;
  readonly venueSequence?: number;
};

/** What a block says once for all its ticks. */
export type TickBlockHeader = {
  readonly publisherId: bigint;
  readonly timeDomain: TimeDomain;
  readonly mapEpoch: number;
  readonly dataset: string;
  /** ns since the Unix epoch; 0 = unknown. */
  readonly receiveTimeNs: bigint;
};

type Group = { symbol: string; terms: number; rows: TickRow[] };

/** The bytes of a block with these ticks; at least one, within 104 days of the first. */
export function encodeTickBlock(header: TickBlockHeader, rows: readonly TickRow[]): Uint8Array {
  const terms = new Dictionary<InstrumentTerms>(termsKey);
  const attributes = new Dictionary<TickAttributes>(attributesKey);
  const groups = groupRows(rows, terms);
  const ordered = groups.flatMap((group) => group.rows);
  const indices = ordered.map((row) => attributes.indexOf(row.attributes));
  const scales = terms.entries.map((_, index) => scalesOf(groups.filter((group) => group.terms === index)));
  const unitNs = timeUnitOf(ordered);
  const first = ordered[0] as TickRow;
  const baseTime = (BigInt(first.eventSec) * 1_000_000_000n + BigInt(first.eventNano)) / BigInt(unitNs);
  const out = writeBlockHeader(new ProtoWriter(256 + rows.length * 8), header).uint(7, unitNs);
  const baseSequence = first.sequence - 1;
  out.sint64(8, baseTime).uint(9, baseSequence);
  for (const [index, entry] of terms.entries.entries()) out.message(10, encodeTerms(entry, scales[index] as Scales));
  for (const entry of attributes.entries) out.message(11, encodeAttributes(entry));
  writeGroups(out, groups, baseSequence);
  writeTicks(out, groups, indices, { unitNs, baseTime, scales });
  writeRare(out, groups, unitNs, scales);
  return out.finish();
}

/** Fields 1 to 6 of a block. */
export function writeBlockHeader(out: ProtoWriter, header: TickBlockHeader): ProtoWriter {
  out.uint(1, tickBlockFormatVersion).fixed64(2, header.publisherId).uint(3, header.timeDomain);
  return out.uint(4, header.mapEpoch).text(5, header.dataset).fixed64(6, header.receiveTimeNs);
}

class Dictionary<Value> {
  readonly entries: Value[] = [];
  readonly #keyOf: (value: Value) => string;
  readonly #byIdentity = new Map<Value, number>();
  readonly #byKey = new Map<string, number>();

  constructor(keyOf: (value: Value) => string) {
    this.#keyOf = keyOf;
  }

  indexOf(value: Value): number {
    const known = this.#byIdentity.get(value);
    if (known !== undefined) return known;
    const key = this.#keyOf(value);
    const index = this.#byKey.get(key) ?? this.entries.push(value) - 1;
    this.#byKey.set(key, index);
    this.#byIdentity.set(value, index);
    return index;
  }
}

function termsKey(terms: InstrumentTerms): string {
  return JSON.stringify([terms.priceExponent, terms.sizeExponent, terms.calendar, terms.currency, terms.tickSize]);
}

/** Text that is equal for equal attributes, and only for them. */
export function attributesKey(entry: TickAttributes): string {
  return JSON.stringify([entry.kind, entry.venue, entry.tape, entry.conditions, entry.side, entry.flags]);
}

function groupRows(rows: readonly TickRow[], terms: Dictionary<InstrumentTerms>): Group[] {
  const groups: Group[] = [];
  const open = new Map<string, Group>();
  for (const row of rows) {
    const index = terms.indexOf(row.terms);
    const group = open.get(row.symbol);
    const last = group?.rows.at(-1);
    const follows = last !== undefined && row.link === last.sequence && !isFar(row) && !isFar(last);
    if (group !== undefined && group.terms === index && follows) group.rows.push(row);
    else {
      const fresh = { symbol: row.symbol, terms: index, rows: [row] };
      groups.push(fresh);
      open.set(row.symbol, fresh);
    }
  }
  return groups;
}

/** Whether a step to or from this tick's prices could be beyond 2^53 - 1. */
function isFar({ price, quote }: TickRow): boolean {
  const prices = [price, quote?.bidPrice ?? 0, quote?.askPrice ?? 0];
  return prices.some(isFarPrice);
}

/** Whether steps to or from a price in units could be beyond 2^53 - 1. */
export function isFarPrice(value: number): boolean {
  return Math.abs(value) >= 4_503_599_627_370_496;
}

/** Units in one step of the price and of the size columns. */
export type Scales = { price: number; size: number };

/** The largest steps that divide every price and every size of the groups. */
function scalesOf(groups: readonly Group[]): Scales {
  let [price, size] = [0, 0];
  for (const row of groups.flatMap((group) => group.rows)) {
    if (isPriced(row)) {
      price = divisorOf(price, row.price);
      size = divisorOf(size, row.size);
    }
    price = divisorOf(divisorOf(price, row.quote?.bidPrice ?? 0), row.quote?.askPrice ?? 0);
    size = divisorOf(divisorOf(size, row.quote?.bidSize ?? 0), row.quote?.askSize ?? 0);
    if (price === 1 && size === 1) break;
  }
  return { price: price || 1, size: size || 1 };
}

/** The greatest common divisor; 0 divides nothing away. */
export function divisorOf(left: number, right: number): number {
  let [a, b] = [left, Math.abs(right)];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

function timeUnitOf(rows: readonly TickRow[]): number {
  let unit = 1_000_000_000;
  for (const row of rows) {
    for (const nano of [row.eventNano, row.original?.correctedNano ?? 0]) while (nano % unit !== 0) unit /= 1_000;
  }
  return unit;
}

function writeGroups(out: ProtoWriter, groups: readonly Group[], baseSequence: number): void {
  const columns = packer(out);
  for (const group of groups) out.text(12, group.symbol);
  if (groups.some((group) => group.terms !== 0))
    columns.unsigned(
      Column.groupTerms,
      groups.map((group) => group.terms),
    );
  columns.unsigned(
    Column.groupCounts,
    groups.map((group) => group.rows.length),
  );
  let last = baseSequence;
  const steps: number[] = [];
  for (const { rows } of groups) {
    steps.push((rows[0] as TickRow).sequence - last);
    last = (rows.at(-1) as TickRow).sequence;
  }
  columns.zigzag(Column.groupSequences, steps);
  const links = groups.map(({ rows: [row] }) => (row as TickRow).sequence - (row as TickRow).link);
  columns.unsigned(
    Column.groupLinks,
    links.map((back, index) => (groups[index]?.rows[0]?.link === 0 ? 0 : back)),
  );
  const rises = groups.flatMap(({ rows }) =>
    rows.slice(1).map((row, index) => row.sequence - (rows[index] as TickRow).sequence),
  );
  if (rises.some((rise) => rise !== 1)) columns.unsigned(Column.sequenceSteps, rises);
}

type Packing = { unitNs: number; baseTime: bigint; scales: readonly Scales[] };

function writeTicks(out: ProtoWriter, groups: readonly Group[], indices: readonly number[], packing: Packing): void {
  const columns = packer(out);
  const baseSec = Number((packing.baseTime * BigInt(packing.unitNs)) / 1_000_000_000n);
  const baseNano = Number((packing.baseTime * BigInt(packing.unitNs)) % 1_000_000_000n);
  const [times, prices, sizes]: [number[], number[], number[]] = [[], [], []];
  for (const group of groups) {
    const { price: priceScale, size: sizeScale } = packing.scales[group.terms] as Scales;
    let [time, price] = [0, 0];
    for (const row of group.rows) {
      const at = unitsBetween(baseSec, baseNano, row.eventSec, row.eventNano, packing.unitNs);
      times.push(at - time);
      time = at;
      if (!isPriced(row)) continue;
      prices.push((row.price - price) / priceScale);
      price = row.price;
      sizes.push(row.size / sizeScale);
    }
  }
  columns.zigzag(Column.timeSteps, times);
  if (indices.some((index) => index !== 0)) columns.unsigned(Column.tickAttributes, indices);
  columns.zigzag(Column.priceSteps, prices);
  columns.unsigned(Column.sizes, sizes);
}

function unitsBetween(fromSec: number, fromNano: number, toSec: number, toNano: number, unitNs: number): number {
  return (toSec - fromSec) * (1_000_000_000 / unitNs) + (toNano - fromNano) / unitNs;
}

function writeRare(out: ProtoWriter, groups: readonly Group[], unitNs: number, scales: readonly Scales[]): void {
  const columns = packer(out);
  const rows = groups.flatMap((group) => group.rows);
  if (rows.some((row) => row.receiveDelayNs !== undefined)) {
    columns.zigzag(
      Column.receiveDelays,
      rows.map((row) => row.receiveDelayNs ?? 0),
    );
  }
  if (rows.some((row) => row.venueSequence !== undefined)) {
    columns.zigzag(
      Column.venueSequenceSteps,
      groups.flatMap(({ rows: ticks }) => steps(ticks.map((row) => row.venueSequence ?? 0))),
    );
  }
  writeTradeIds(out, groups);
  for (const row of rows)
    if (row.original !== undefined) out.message(Column.originals, encodeOriginal(row, row.original, unitNs));
  writeQuotes(out, groups, scales);
  const states = rows.filter((row) => row.attributes.kind === TickKind.status).map((row) => row.tradingState ?? 0);
  columns.unsigned(Column.tradingStates, states);
}

/** Whether a trade id is the text of a whole number below 10^15. */
export function isPlainId(id: string): boolean {
  return /^(0|[1-9][0-9]{0,14})$/.test(id);
}

function writeTradeIds(out: ProtoWriter, groups: readonly Group[]): void {
  const byGroup = groups.map((group) => group.rows.filter(isPriced).map((row) => row.tradeId ?? ''));
  const ids = byGroup.flat();
  if (ids.every((id) => id === '')) return;
  if (ids.every(isPlainId)) {
    packer(out).zigzag(
      Column.tradeIdSteps,
      byGroup.flatMap((texts) => steps(texts.map(Number))),
    );
  } else for (const id of ids) out.message(Column.tradeIds, encodeText(id));
}

function writeQuotes(out: ProtoWriter, groups: readonly Group[], scales: readonly Scales[]): void {
  const columns = packer(out);
  const sides = groups.map((group) => {
    const { price, size } = scales[group.terms] as Scales;
    const quotes = group.rows.filter((row) => row.attributes.kind === TickKind.quote);
    const bids = quotes.filter((row) => (row.attributes.flags & TickFlag.quoteBid) !== 0);
    const asks = quotes.filter((row) => (row.attributes.flags & TickFlag.quoteAsk) !== 0);
    return {
      bids: steps(bids.map((row) => (row.quote?.bidPrice ?? 0) / price)),
      bidSizes: bids.map((row) => (row.quote?.bidSize ?? 0) / size),
      asks: steps(asks.map((row) => (row.quote?.askPrice ?? 0) / price)),
      askSizes: asks.map((row) => (row.quote?.askSize ?? 0) / size),
    };
  });
  columns.zigzag(
    Column.bidPriceSteps,
    sides.flatMap((side) => side.bids),
  );
  columns.unsigned(
    Column.bidSizes,
    sides.flatMap((side) => side.bidSizes),
  );
  columns.zigzag(
    Column.askPriceSteps,
    sides.flatMap((side) => side.asks),
  );
  columns.unsigned(
    Column.askSizes,
    sides.flatMap((side) => side.askSizes),
  );
}

function steps(values: readonly number[]): number[] {
  return values.map((value, index) => (index === 0 ? value : value - (values[index - 1] as number)));
}

function isPriced(row: TickRow): boolean {
  return row.attributes.kind === TickKind.trade || row.attributes.kind === TickKind.correction;
}

/** The bytes of `InstrumentTerms` with these scales. */
export function encodeTerms(terms: InstrumentTerms, scales: Scales): Uint8Array {
  return writeTerms(new ProtoWriter(), terms, scales, namesOfTerms(terms)).finish();
}

/** The texts of terms as bytes. */
export type TermsNames = { readonly calendar: Uint8Array; readonly currency: Uint8Array };

/** Encodes the texts of terms, for whoever writes them often. */
export function namesOfTerms({ calendar, currency }: InstrumentTerms): TermsNames {
  return { calendar: encodeText(calendar), currency: encodeText(currency) };
}

/** Writes `InstrumentTerms` with these scales. */
export function writeTerms(out: ProtoWriter, terms: InstrumentTerms, scales: Scales, names: TermsNames): ProtoWriter {
  return out
    .sint(1, terms.priceExponent)
    .sint(2, terms.sizeExponent)
    .uint(3, scales.price)
    .uint(4, scales.size)
    .bytes(5, names.calendar)
    .bytes(6, names.currency)
    .uint(7, terms.tickSize);
}

/** The bytes of `TickAttributes`. */
export function encodeAttributes(entry: TickAttributes): Uint8Array {
  const out = new ProtoWriter().uint(1, entry.kind).text(2, entry.venue);
  if (entry.tape !== Tape.unknown) out.uint(3, entry.tape);
  for (const code of entry.conditions) out.message(4, encodeText(code));
  if (entry.side !== AggressorSide.unknown) out.uint(5, entry.side);
  return out.uint(6, entry.flags).finish();
}

function encodeOriginal(row: TickRow, original: AmendedTrade, unitNs: number): Uint8Array {
  const out = new ProtoWriter();
  if (original.sequence > 0) out.uint(1, original.sequence);
  else out.message(2, encodeText(original.tradeId));
  if (original.correctedSec === undefined) return out.finish();
  const step = unitsBetween(row.eventSec, row.eventNano, original.correctedSec, original.correctedNano ?? 0, unitNs);
  // Written even when 0: present and absent differ.
  return out.varint(24).zigzag(step).finish();
}

function packer(out: ProtoWriter): {
  unsigned(field: number, values: readonly number[]): void;
  zigzag(field: number, values: readonly number[]): void;
} {
  const write = (field: number, values: readonly number[], each: (to: ProtoWriter, value: number) => void): void => {
    if (values.length === 0) return;
    const column = new ProtoWriter(values.length * 2 + 16);
    for (const value of values) each(column, value);
    out.message(field, column.finish());
  };
  return {
    unsigned: (field, values) => write(field, values, (to, value) => to.varint(value)),
    zigzag: (field, values) => write(field, values, (to, value) => to.zigzag(value)),
  };
}
