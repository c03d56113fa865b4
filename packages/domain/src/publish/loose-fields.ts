/**
 * Takes a block of columns apart without limits. In: a cursor on a stamped block. Out: its dictionaries and columns as
 * bigints, each column read in order and never beyond its end. For `readLooseBlock` alone.
 */
import { ProtoReader } from '../log/proto-reader.ts';
import { decodeText } from '../log/text.ts';
import { Column } from '../log/tick-block-fields.ts';
import { tickBlockFieldMax } from '../log/tick-columns.ts';
import type { InstrumentTerms, TickAttributes } from '../market/tick.ts';
import { checkedTerms } from './given-instrument.ts';
import { batchTicksMax } from './publish-limits.ts';
import { PublishRefusedError } from './refusal.ts';
import { type RowReader, tooLarge } from './row-reader.ts';
import { readEnum } from './tick-fields.ts';

/** The trade that a tick amends, as the block has it. */
export type LooseOriginal = { sequence: bigint; tradeId: string; correctedStep: bigint | undefined };

/** What terms mean and how the block packs them. */
export type LooseTerms = { readonly terms: InstrumentTerms; readonly priceScale: bigint; readonly sizeScale: bigint };

/** A block taken apart. */
export type LooseFields = {
  unitNs: bigint;
  baseTime: bigint;
  baseSequence: bigint;
  readonly terms: LooseTerms[];
  readonly attributes: TickAttributes[];
  readonly symbols: string[];
  readonly tradeIds: string[];
  tradeIdAt: number;
  readonly originals: LooseOriginal[];
  originalAt: number;
  readonly columns: Map<number, DenseColumn>;
};

/** A column's entries, taken one after the other. */
export class DenseColumn {
  readonly #name: string;
  readonly #values: readonly bigint[];
  #next = 0;

  constructor(name: string, values: readonly bigint[]) {
    this.#name = name;
    this.#values = values;
  }

  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  /** The entry with that index, which is there. */
  at(index: number): bigint {
    return this.#values[index] as bigint;
  }

  sum(): bigint {
    return this.#values.reduce((total, value) => total + value, 0n);
  }

  /** Throws FIELD_INVALID unless there are so many entries. */
  checkLength(expected: number): void {
    if (this.#values.length === expected) return;
    const message = `${this.#name} of the block has ${this.#values.length} entries for ${expected}; columns fit each other`;
    const facts = { field: this.#name, value: String(this.#values.length), expected: String(expected) };
    throw new PublishRefusedError('FIELD_INVALID', message, facts);
  }

  checkLengthIfThere(expected: number): void {
    if (!this.isEmpty) this.checkLength(expected);
  }

  next(): bigint {
    const value = this.#values[this.#next];
    if (value === undefined) this.checkLength(this.#next + 1);
    this.#next += 1;
    return value as bigint;
  }

  /** The next entry, or the value that an absent column stands for. */
  nextOr(absent: bigint): bigint {
    return this.isEmpty ? absent : this.next();
  }

  checkAllRead(): void {
    if (this.#next > 0) this.checkLength(this.#next);
  }
}

/** Columns whose entries are zigzag; the others are unsigned. */
const signed: ReadonlySet<number> = new Set([
  Column.groupSequences,
  Column.timeSteps,
  Column.priceSteps,
  Column.receiveDelays,
  Column.venueSequenceSteps,
  Column.tradeIdSteps,
  Column.bidPriceSteps,
  Column.askPriceSteps,
]);

/** Reads the fields that `stampBlock` left. Throws `PublishRefusedError` and `MalformedError`. */
export function readLooseFields(reader: ProtoReader, rows: RowReader): LooseFields {
  const fields: LooseFields = {
    unitNs: 0n,
    baseTime: 0n,
    baseSequence: 0n,
    terms: [],
    attributes: [],
    symbols: [],
    tradeIds: [],
    tradeIdAt: 0,
    originals: [],
    originalAt: 0,
    columns: emptyColumns(),
  };
  while (!reader.done()) {
    const tag = reader.uint();
    const field = tag >> 3;
    if (tag === 56) fields.unitNs = reader.uint64();
    else if (tag === 64) fields.baseTime = reader.sint64();
    else if (tag === 72) fields.baseSequence = reader.uint64();
    else if (tag % 8 === 2 && field >= 10 && field <= tickBlockFieldMax) {
      const end = reader.length() + reader.at;
      readEntry(new ProtoReader(reader.bytes, reader.at, end), field, fields, rows);
      reader.at = end;
    } else reader.skip(tag % 8);
    checkCounts(fields);
  }
  if (![1n, 1_000n, 1_000_000n, 1_000_000_000n].includes(fields.unitNs)) {
    const message = `time_unit_ns ${fields.unitNs} of the block is none of 1, 1000, 1000000 and 1000000000`;
    throw new PublishRefusedError('FIELD_INVALID', message, { field: 'time_unit_ns', value: String(fields.unitNs) });
  }
  return fields;
}

function readEntry(reader: ProtoReader, field: number, fields: LooseFields, rows: RowReader): void {
  if (field === 10) fields.terms.push(readTerms(reader));
  else if (field === 11) fields.attributes.push(readAttributes(reader, rows));
  else if (field === 12) fields.symbols.push(textOf(reader));
  else if (field === Column.tradeIds) fields.tradeIds.push(textOf(reader));
  else if (field === Column.originals) fields.originals.push(readOriginal(reader));
  else fields.columns.set(field, new DenseColumn(nameOf(field), readColumn(reader, signed.has(field))));
}

function textOf(reader: ProtoReader): string {
  return decodeText(reader.bytes, reader.at, reader.end);
}

function readColumn(reader: ProtoReader, isSigned: boolean): bigint[] {
  const values: bigint[] = [];
  while (!reader.done()) {
    values.push(isSigned ? reader.sint64() : reader.uint64());
    // A column has at most an entry a tick.
    if (values.length > batchTicksMax) throw tooLarge('ticks');
  }
  return values;
}

/** No block needs more entries of anything than it may have ticks. */
function checkCounts({ symbols, terms, attributes, tradeIds, originals }: LooseFields): void {
  for (const list of [symbols, terms, attributes, tradeIds, originals]) {
    if (list.length > batchTicksMax) throw tooLarge('ticks');
  }
}

function emptyColumns(): Map<number, DenseColumn> {
  return new Map(Object.values(Column).map((field) => [field, new DenseColumn(nameOf(field), [])]));
}

function nameOf(field: number): string {
  const [name = ''] = Object.entries(Column).find(([, number]) => number === field) ?? [];
  return columnNames[name] ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Names of the contract that are not the key of `Column` in another spelling. */
const columnNames: Readonly<Record<string, string>> = { receiveDelays: 'receive_delays_ns' };

function readTerms(reader: ProtoReader): LooseTerms {
  let [priceExponent, sizeExponent, calendar, currency] = [0, 0, '', ''];
  let [priceScale, sizeScale, tickSize] = [0n, 0n, 0n];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 8) priceExponent = Number(reader.sint64());
    else if (tag === 16) sizeExponent = Number(reader.sint64());
    else if (tag === 24) priceScale = reader.uint64();
    else if (tag === 32) sizeScale = reader.uint64();
    else if (tag === 42) calendar = reader.text();
    else if (tag === 50) currency = reader.text();
    else if (tag === 56) tickSize = reader.uint64();
    else reader.skip(tag % 8);
  }
  const given = { priceExponent, sizeExponent, calendar, currency, tickSize: Number(tickSize) };
  return {
    terms: checkedTerms('terms of the block:', given),
    priceScale: priceScale || 1n,
    sizeScale: sizeScale || 1n,
  };
}

function readAttributes(reader: ProtoReader, rows: RowReader): TickAttributes {
  let [kind, venue, tape, side, flags] = [0, '', 0, 0, 0];
  const conditions: string[] = [];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 8) kind = readEnum(reader);
    else if (tag === 18) venue = reader.text();
    else if (tag === 24) tape = readEnum(reader);
    else if (tag === 34) conditions.push(reader.text());
    else if (tag === 40) side = readEnum(reader);
    else if (tag === 48) flags = readEnum(reader);
    else reader.skip(tag % 8);
  }
  return rows.attributes.of(kind, venue, tape, conditions, side, flags);
}

function readOriginal(reader: ProtoReader): LooseOriginal {
  const original: LooseOriginal = { sequence: 0n, tradeId: '', correctedStep: undefined };
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 8) original.sequence = reader.uint64();
    else if (tag === 18) original.tradeId = reader.text();
    else if (tag === 24) original.correctedStep = reader.sint64();
    else reader.skip(tag % 8);
  }
  return original;
}
