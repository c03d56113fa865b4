/**
 * Writes runs of a decoded block as segments, straight from its columns. In: a run of ticks of one group, of which
 * quotes and states of trading are left out. Out: segments whose tick blocks say everything that the run's ticks said
 * in the time unit and the scales of their own block. What many segments of a block share is encoded once.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { InternedAttributes } from '../log/log-dictionary.ts';
import { ProtoWriter } from '../log/proto-writer.ts';
import type { PackedTerms } from '../log/terms-dictionary.ts';
import { encodeText } from '../log/text.ts';
import { encodeAttributes, namesOfTerms, type TermsNames, writeTerms } from '../log/tick-block-encode.ts';
import { Column, tickBlockFormatVersion } from '../log/tick-block-fields.ts';
import type { TickColumns } from '../log/tick-columns.ts';
import { type InstrumentTerms, TickKind } from '../market/tick.ts';
import { epochOf } from '../placement/handover-rules.ts';
import { RareOfBlock } from './rare-of-block.ts';
import { type SegmentFrame, type SegmentMarks, segmentTicksMax, type TapeSegmentOut } from './tape-segment.ts';

/** Ticks `[from, to)` of one group; the first that has a number has this one. */
export type BlockRun = SegmentMarks & {
  readonly instrument: InstrumentState;
  readonly columns: TickColumns;
  readonly group: number;
  readonly from: number;
  readonly to: number;
  readonly firstNumber: number;
};

const nsPerSec = 1_000_000_000n;

/** Writes the runs of one block after the other. */
export class BlockRuns {
  readonly #frame: SegmentFrame;
  readonly #block = new ProtoWriter(16_384);
  readonly #column = new ProtoWriter(16_384);
  readonly #rare = new RareOfBlock();
  /** The ticks of the run that have numbers. */
  #picked = new Int32Array(1_024);
  #pickedCount = 0;
  /** Which attributes of the segment stand for those of the block, -1 = none, and those that have one. */
  #places = new Int32Array(256).fill(-1);
  readonly #used: number[] = [];
  /** What all segments of a block begin with, for the columns as they were filled last. */
  #columns: TickColumns | undefined;
  #serial = -1;
  readonly #head = new ProtoWriter(128);
  #dataset = '';
  #datasetBytes: Uint8Array = new Uint8Array(0);
  #baseNs = 0n;
  readonly #terms = new ProtoWriter(64);
  readonly #names = new WeakMap<InstrumentTerms, TermsNames>();
  readonly #symbols = new WeakMap<InstrumentState, Uint8Array>();
  readonly #attributes = new WeakMap<InternedAttributes, Uint8Array>();

  constructor(frame: SegmentFrame) {
    this.#frame = frame;
  }

  /** Writes a run as one segment, or as several where one would have too many ticks or steps beyond 2^53 - 1. */
  write(out: TapeSegmentOut[], run: BlockRun): void {
    this.#meet(run.columns);
    this.#pick(run);
    for (let from = 0; from < this.#pickedCount; from += segmentTicksMax) {
      this.#writeSegment(out, run, from, Math.min(this.#pickedCount, from + segmentTicksMax));
    }
  }

  #meet(columns: TickColumns): void {
    if (columns === this.#columns && columns.serial === this.#serial) return;
    this.#columns = columns;
    this.#serial = columns.serial;
    this.#rare.meet(columns);
    this.#baseNs = BigInt(columns.baseSec) * nsPerSec + BigInt(columns.baseNano);
    if (columns.dataset !== this.#dataset) {
      this.#dataset = columns.dataset;
      this.#datasetBytes = encodeText(columns.dataset);
    }
    this.#head
      .clear()
      .uint(1, tickBlockFormatVersion)
      .fixed64(2, columns.publisherId)
      .uint(3, columns.timeDomain)
      .bytes(5, this.#datasetBytes)
      .fixed64(6, columns.receiveTimeNs)
      .uint(7, columns.timeUnitNs)
      .sint64(8, this.#baseNs / BigInt(columns.timeUnitNs));
    const { length } = columns.attributes;
    if (length > this.#places.length) this.#places = new Int32Array(length * 2).fill(-1);
  }

  #pick({ columns, from, to }: BlockRun): void {
    if (to - from > this.#picked.length) this.#picked = new Int32Array((to - from) * 2);
    let count = 0;
    for (let index = from; index < to; index += 1) {
      if (!columns.onlyTrades) {
        const kind = kindAt(columns, index);
        if (kind === TickKind.quote || kind === TickKind.status) continue;
      }
      this.#picked[count] = index;
      count += 1;
    }
    this.#pickedCount = count;
  }

  #writeSegment(out: TapeSegmentOut[], run: BlockRun, from: number, to: number): void {
    const { columns, group, instrument } = run;
    const picked = this.#picked;
    const first = columns.sequenceAt(group, picked[from]!);
    const block = this.#block.clear().rawOf(this.#head);
    block
      .uint(9, first - 1)
      .messageOf(10, this.#termsOf(instrument.terms!, columns.terms[columns.groupTerms[group]!]!));
    const attributed = this.#writeAttributes(columns, from, to);
    block.message(12, this.#symbolOf(instrument));
    writeOne(block, Column.groupCounts, to - from);
    // The first sequence is one above base_sequence, and the links say nothing.
    writeOne(block, Column.groupSequences, 2);
    writeOne(block, Column.groupLinks, 0);
    this.#writeSequences(columns, group, from, to);
    const fits = this.#writeTimes(columns, from, to);
    if (attributed) this.#writePlaces(columns, from, to);
    this.#forgetPlaces();
    this.#writePrices(columns, group, from, to);
    if (!fits || !this.#rare.write(block, picked, from, to)) {
      // A single tick has no steps, so this ends.
      const middle = from + Math.floor((to - from) / 2);
      this.#writeSegment(out, run, from, middle);
      this.#writeSegment(out, run, middle, to);
      return;
    }
    const firstNumber = run.firstNumber + from;
    out.push({
      dataset: instrument.dataset,
      symbol: instrument.symbol,
      offset: this.#frame.offset,
      firstNumber,
      count: to - from,
      ...this.#timesOf(columns, from, to),
      amends: this.#hasAmendment(columns, from, to),
      bytes: this.#frame.bytesOf(firstNumber, run, epochOf(instrument.place), block),
    });
  }

  #symbolOf(instrument: InstrumentState): Uint8Array {
    let bytes = this.#symbols.get(instrument);
    if (bytes === undefined) this.#symbols.set(instrument, (bytes = encodeText(instrument.symbol)));
    return bytes;
  }

  #termsOf(terms: InstrumentTerms, { priceScale, sizeScale }: PackedTerms): ProtoWriter {
    let names = this.#names.get(terms);
    if (names === undefined) this.#names.set(terms, (names = namesOfTerms(terms)));
    return writeTerms(this.#terms.clear(), terms, { price: priceScale, size: sizeScale }, names);
  }

  /** Writes the dictionary of the segment; whether its ticks need a column of places in it. */
  #writeAttributes({ attribute, attributes }: TickColumns, from: number, to: number): boolean {
    for (let at = from; at < to; at += 1) {
      const place = attribute[this.#picked[at]!]!;
      if (this.#places[place]! >= 0) continue;
      this.#places[place] = this.#used.push(place) - 1;
      this.#block.message(11, this.#attributesOf(attributes[place]!));
    }
    return this.#used.length > 1;
  }

  #attributesOf(interned: InternedAttributes): Uint8Array {
    let bytes = this.#attributes.get(interned);
    if (bytes === undefined) this.#attributes.set(interned, (bytes = encodeAttributes(interned.attributes)));
    return bytes;
  }

  #forgetPlaces(): void {
    for (const place of this.#used) this.#places[place] = -1;
    this.#used.length = 0;
  }

  #writeSequences(columns: TickColumns, group: number, from: number, to: number): void {
    const picked = this.#picked;
    const column = this.#column.clear();
    let rises = false;
    let last = columns.sequenceAt(group, picked[from]!);
    for (let at = from + 1; at < to; at += 1) {
      const sequence = columns.sequenceAt(group, picked[at]!);
      if (sequence - last !== 1) rises = true;
      column.varint(sequence - last);
      last = sequence;
    }
    if (rises) this.#block.messageOf(Column.sequenceSteps, column);
  }

  /** Whether every step is a number that the format takes; two ticks with quotes between them can be too far apart. */
  #writeTimes({ timeNs, timeUnitNs }: TickColumns, from: number, to: number): boolean {
    const column = this.#column.clear();
    let last = 0;
    for (let at = from; at < to; at += 1) {
      const units = timeNs[this.#picked[at]!]! / timeUnitNs;
      if (!Number.isSafeInteger(units - last)) return false;
      column.zigzag(units - last);
      last = units;
    }
    this.#block.messageOf(Column.timeSteps, column);
    return true;
  }

  #writePlaces({ attribute }: TickColumns, from: number, to: number): void {
    const column = this.#column.clear();
    for (let at = from; at < to; at += 1) column.varint(this.#places[attribute[this.#picked[at]!]!]!);
    this.#block.messageOf(Column.tickAttributes, column);
  }

  #writePrices(columns: TickColumns, group: number, from: number, to: number): void {
    const { price, size, onlyTrades } = columns;
    const { priceScale, sizeScale } = columns.terms[columns.groupTerms[group]!]!;
    const prices = this.#column.clear();
    let last = 0;
    for (let at = from; at < to; at += 1) {
      const index = this.#picked[at]!;
      if (!onlyTrades && !isPriced(columns, index)) continue;
      prices.zigzag((price[index]! - last) / priceScale);
      last = price[index]!;
    }
    if (prices.lengthBytes === 0) return;
    this.#block.messageOf(Column.priceSteps, prices);
    const sizes = this.#column.clear();
    for (let at = from; at < to; at += 1) {
      const index = this.#picked[at]!;
      if (onlyTrades || isPriced(columns, index)) sizes.varint(size[index]! / sizeScale);
    }
    this.#block.messageOf(Column.sizes, sizes);
  }

  #timesOf({ timeNs }: TickColumns, from: number, to: number): { firstEventNs: bigint; lastEventNs: bigint } {
    let [first, last] = [Infinity, -Infinity];
    for (let at = from; at < to; at += 1) {
      const ns = timeNs[this.#picked[at]!]!;
      if (ns < first) first = ns;
      if (ns > last) last = ns;
    }
    return { firstEventNs: this.#baseNs + BigInt(first), lastEventNs: this.#baseNs + BigInt(last) };
  }

  #hasAmendment(columns: TickColumns, from: number, to: number): boolean {
    if (columns.onlyTrades) return false;
    for (let at = from; at < to; at += 1) {
      if (kindAt(columns, this.#picked[at]!) !== TickKind.trade) return true;
    }
    return false;
  }
}

/** A packed column of one entry below 2^14. */
function writeOne(out: ProtoWriter, field: number, value: number): void {
  out
    .varint(field * 8 + 2)
    .varint(value < 128 ? 1 : 2)
    .varint(value);
}

function kindAt({ attributes, attribute }: TickColumns, index: number): TickKind {
  return attributes[attribute[index]!]!.attributes.kind;
}

function isPriced(columns: TickColumns, index: number): boolean {
  return kindAt(columns, index) !== TickKind.cancel;
}
