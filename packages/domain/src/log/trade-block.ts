/**
 * Gathers trades of one instrument and publisher into one tick block, column by column. In: trades one after the other. Out: the
 * block that `encodeTickBlock` makes of the same rows, at a tenth of its cost: an instrument that moves takes thousands with it.
 * Links are not kept: a trade whose sequence is not above the one before begins a group.
 */
import type { InstrumentTerms, TickAttributes } from '../market/tick.ts';
import { ProtoWriter } from './proto-writer.ts';
import { encodeText } from './text.ts';
import {
  attributesKey,
  divisorOf,
  encodeAttributes,
  encodeTerms,
  isFarPrice,
  isPlainId,
  type TickBlockHeader,
  writeBlockHeader,
} from './tick-block-encode.ts';
import { Column } from './tick-block-fields.ts';

/** A trade to gather. */
export type GatheredTrade = {
  sequence: number;
  eventSec: number;
  eventNano: number;
  price: number;
  size: number;
  attributes: TickAttributes;
  /** A number where the id is one, as text or as a number; empty = none. */
  tradeId: string | number;
};

/** What is known of a block besides its bytes; bounds are of its trades, both within. */
export type TradeBlockBounds = {
  readonly sequenceLow: number;
  readonly sequenceHigh: number;
  readonly lowSec: number;
  readonly highSec: number;
};

const column = new ProtoWriter(16_384);

/** One block that is being filled. */
export class TradeBlock {
  /** How many trades are in it. */
  count = 0;
  readonly #sequences: Float64Array;
  readonly #secs: Float64Array;
  readonly #nanos: Float64Array;
  readonly #prices: Float64Array;
  readonly #sizes: Float64Array;
  readonly #places: Int32Array;
  readonly #ids: (string | number)[] = [];
  /** Where groups begin. */
  readonly #groups: number[] = [];
  readonly #attributes: TickAttributes[] = [];
  readonly #byIdentity = new Map<TickAttributes, number>();
  readonly #byKey = new Map<string, number>();
  #unitNs = 1_000_000_000;
  #priceScale = 0;
  #sizeScale = 0;

  /** `room`: how many trades it takes at most. */
  constructor(room: number) {
    this.#sequences = new Float64Array(room);
    this.#secs = new Float64Array(room);
    this.#nanos = new Float64Array(room);
    this.#prices = new Float64Array(room);
    this.#sizes = new Float64Array(room);
    this.#places = new Int32Array(room);
  }

  /** Whether it takes no more. */
  get isFull(): boolean {
    return this.count === this.#places.length;
  }

  /** Event time of its first trade, whole seconds since the Unix epoch. */
  get firstSec(): number {
    return this.#secs[0]!;
  }

  /** Takes in a trade; there must be room. */
  add({ sequence, eventSec, eventNano, price, size, attributes, tradeId }: GatheredTrade): void {
    const { count } = this;
    const follows =
      count > 0 &&
      sequence > this.#sequences[count - 1]! &&
      !isFarPrice(price) &&
      !isFarPrice(this.#prices[count - 1]!);
    if (!follows) this.#groups.push(count);
    this.#sequences[count] = sequence;
    this.#secs[count] = eventSec;
    this.#nanos[count] = eventNano;
    this.#prices[count] = price;
    this.#sizes[count] = size;
    this.#places[count] = this.#placeOf(attributes);
    this.#ids.push(tradeId);
    while (eventNano % this.#unitNs !== 0) this.#unitNs /= 1_000;
    if (this.#priceScale !== 1) this.#priceScale = divisorOf(this.#priceScale, price);
    if (this.#sizeScale !== 1) this.#sizeScale = divisorOf(this.#sizeScale, size);
    this.count = count + 1;
  }

  /** The block's bytes; at least one trade, all within 104 days of the first. */
  encode(header: TickBlockHeader, symbol: string, terms: InstrumentTerms): Uint8Array {
    const out = writeBlockHeader(new ProtoWriter(256 + this.count * 8), header).uint(7, this.#unitNs);
    const baseSequence = this.#sequences[0]! - 1;
    const baseNs = BigInt(this.#secs[0]!) * 1_000_000_000n + BigInt(this.#nanos[0]!);
    out.sint64(8, baseNs / BigInt(this.#unitNs)).uint(9, baseSequence);
    out.message(10, encodeTerms(terms, { price: this.#priceScale || 1, size: this.#sizeScale || 1 }));
    for (const attributes of this.#attributes) out.message(11, encodeAttributes(attributes));
    const name = encodeText(symbol);
    for (let group = 0; group < this.#groups.length; group += 1) out.message(12, name);
    this.#writeGroups(out, baseSequence);
    this.#writeTicks(out);
    this.#writeIds(out);
    return out.finish();
  }

  /** Bounds of what it holds. */
  bounds(): TradeBlockBounds {
    let [sequenceLow, sequenceHigh, lowSec, highSec] = [Infinity, 0, Infinity, -Infinity];
    for (let index = 0; index < this.count; index += 1) {
      const sequence = this.#sequences[index]!;
      const sec = this.#secs[index]!;
      if (sequence < sequenceLow) sequenceLow = sequence;
      if (sequence > sequenceHigh) sequenceHigh = sequence;
      if (sec < lowSec) lowSec = sec;
      if (sec > highSec) highSec = sec;
    }
    return { sequenceLow, sequenceHigh, lowSec, highSec };
  }

  /** Empties it: its memory is filled again. */
  clear(): void {
    this.count = 0;
    this.#ids.length = 0;
    this.#groups.length = 0;
    this.#attributes.length = 0;
    this.#byIdentity.clear();
    this.#byKey.clear();
    this.#unitNs = 1_000_000_000;
    this.#priceScale = 0;
    this.#sizeScale = 0;
  }

  #placeOf(attributes: TickAttributes): number {
    const known = this.#byIdentity.get(attributes);
    if (known !== undefined) return known;
    const key = attributesKey(attributes);
    let place = this.#byKey.get(key);
    if (place === undefined) this.#byKey.set(key, (place = this.#attributes.push(attributes) - 1));
    this.#byIdentity.set(attributes, place);
    return place;
  }

  #endOf(group: number): number {
    return this.#groups[group + 1] ?? this.count;
  }

  #writeGroups(out: ProtoWriter, baseSequence: number): void {
    const groups = this.#groups;
    const sequences = this.#sequences;
    column.clear();
    for (let group = 0; group < groups.length; group += 1) column.varint(this.#endOf(group) - groups[group]!);
    out.messageOf(Column.groupCounts, column);
    column.clear();
    let last = baseSequence;
    for (const [group, from] of groups.entries()) {
      column.zigzag(sequences[from]! - last);
      last = sequences[this.#endOf(group) - 1]!;
    }
    out.messageOf(Column.groupSequences, column);
    column.clear();
    for (let group = 0; group < groups.length; group += 1) column.varint(0);
    out.messageOf(Column.groupLinks, column);
    column.clear();
    let rises = false;
    for (const [group, from] of groups.entries()) {
      for (let index = from + 1; index < this.#endOf(group); index += 1) {
        const rise = sequences[index]! - sequences[index - 1]!;
        if (rise !== 1) rises = true;
        column.varint(rise);
      }
    }
    if (rises) out.messageOf(Column.sequenceSteps, column);
  }

  #writeTicks(out: ProtoWriter): void {
    const [sec, nano] = [this.#secs[0]!, this.#nanos[0]!];
    const unitNs = this.#unitNs;
    const unitsPerSec = 1_000_000_000 / unitNs;
    this.#steps(out, Column.timeSteps, (index) => {
      return (this.#secs[index]! - sec) * unitsPerSec + (this.#nanos[index]! - nano) / unitNs;
    });
    if (this.#attributes.length > 1) this.#unsigned(out, Column.tickAttributes, this.#places, 1);
    const priceScale = this.#priceScale || 1;
    this.#steps(out, Column.priceSteps, (index) => this.#prices[index]! / priceScale);
    this.#unsigned(out, Column.sizes, this.#sizes, this.#sizeScale || 1);
  }

  /** A column of differences; each group begins anew. */
  #steps(out: ProtoWriter, field: number, valueAt: (index: number) => number): void {
    column.clear();
    for (const [group, from] of this.#groups.entries()) {
      let last = 0;
      for (let index = from; index < this.#endOf(group); index += 1) {
        const value = valueAt(index);
        column.zigzag(value - last);
        last = value;
      }
    }
    out.messageOf(field, column);
  }

  #unsigned(out: ProtoWriter, field: number, values: Float64Array | Int32Array, scale: number): void {
    column.clear();
    for (let index = 0; index < this.count; index += 1) column.varint(values[index]! / scale);
    out.messageOf(field, column);
  }

  #writeIds(out: ProtoWriter): void {
    const ids = this.#ids;
    if (ids.every((id) => id === '')) return;
    if (ids.every((id) => (typeof id === 'number' ? id < 1e15 : isPlainId(id)))) {
      this.#steps(out, Column.tradeIdSteps, (index) => Number(ids[index]));
    } else for (const id of ids) out.message(Column.tradeIds, encodeText(String(id)));
  }
}
