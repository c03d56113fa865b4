/**
 * The rows of a CSV recording. In: one line. Out: a trade, a cancel or a correction, or the refusal of its first wrong
 * field. A refused row never hinders the next.
 */
import { AggressorSide, Tape, TickKind, ruleVersionAt } from '@tapeline/domain';
import { AttributeCache } from './attribute-cache.ts';
import type { KnownAttributes } from './attribute-cache.ts';
import type { BatchBuilder, Refusal } from './batch-builder.ts';
import { clipped } from './clipped-text.ts';
import type { CsvDecimals } from './csv-decimals.ts';
import { csvFieldsOf } from './csv-fields.ts';
import type { CsvColumn, CsvHeader } from './csv-header.ts';
import { unitsOf, wholeNumberOf } from './decimal-text.ts';
import { EventTimeReader } from './event-time-text.ts';
import { refusalOfUnits } from './number-refusal.ts';
import type { RecordedTick } from './recording.ts';
import { refusalOfSymbol } from './symbol-text.ts';

const secPerDay = 86_400;
const idCharsMax = 64;
const conditionsMax = 16;

const kindOfText: ReadonlyMap<string, TickKind> = new Map([
  ['', TickKind.trade],
  ['trade', TickKind.trade],
  ['cancel', TickKind.cancel],
  ['correction', TickKind.correction],
]);

const tapeOfText: ReadonlyMap<string, Tape> = new Map([
  ['', Tape.unknown],
  ['A', Tape.a],
  ['B', Tape.b],
  ['C', Tape.c],
]);

/** Reads the rows of one file, one after the other. */
export class CsvRowReader {
  readonly #header: CsvHeader;
  readonly #decimals: CsvDecimals;
  readonly #priceMin: number;
  readonly #time = new EventTimeReader();
  readonly #attributes = new AttributeCache();
  #fields: readonly string[] = [];
  #goodSymbol: string | undefined;
  #day = Number.NaN;
  #ruleVersion = 0;

  constructor(header: CsvHeader, decimals: CsvDecimals, pricesBelowZero: boolean) {
    this.#header = header;
    this.#decimals = decimals;
    this.#priceMin = pricesBelowZero ? -Infinity : 1;
  }

  /** Reads one line after the header. */
  read(text: string, line: number, batch: BatchBuilder): void {
    const fields = csvFieldsOf(text);
    if ('code' in fields) {
      batch.reject(line, fields);
      return;
    }
    const { columnCount } = this.#header;
    if (fields.length !== columnCount) {
      const message = `the line has ${fields.length} fields and the header ${columnCount}; correct it or take it out`;
      batch.reject(line, { code: 'FIELD_COUNT_WRONG', message });
      return;
    }
    this.#fields = fields;
    const known = this.#attributesOrRefusal();
    if ('code' in known) {
      batch.reject(line, known);
      return;
    }
    const tick = this.#tick(line, known);
    if ('code' in tick) batch.reject(line, tick);
    else batch.tick(tick, known.unknownConditions);
  }

  #field(column: CsvColumn): string {
    return this.#fields[this.#header.at[column]]?.trim() ?? '';
  }

  /** Reads the time too, because the rules that judge the conditions are those of its date. */
  #attributesOrRefusal(): KnownAttributes | Refusal {
    const refusal = this.#time.read(this.#field('ts_event'));
    if (refusal !== undefined) return refusal;
    const day = Math.floor(this.#time.sec / secPerDay);
    if (day !== this.#day) {
      this.#day = day;
      this.#ruleVersion = ruleVersionAt(day);
    }
    const kind = this.#field('kind');
    const venue = this.#field('venue');
    const tape = this.#field('tape');
    const conditions = this.#field('conditions');
    const text = `${kind}\n${venue}\n${tape}\n${conditions}\n${this.#ruleVersion}`;
    return this.#attributes.get(text) ?? this.#newAttributes(text, kind, venue, tape, conditions);
  }

  #newAttributes(
    text: string,
    kindText: string,
    venue: string,
    tapeText: string,
    conditionsText: string,
  ): KnownAttributes | Refusal {
    const kind = kindOfText.get(kindText);
    if (kind === undefined) {
      const message = `kind ${clipped(kindText)} is none of trade, cancel, correction; correct it`;
      return { code: 'KIND_UNKNOWN', message };
    }
    const tape = tapeOfText.get(tapeText);
    if (tape === undefined) {
      return {
        code: 'TAPE_UNKNOWN',
        message: `tape ${clipped(tapeText)} is none of A, B, C; correct it or leave it empty`,
      };
    }
    const refusal = refusalOfText('venue', venue, 16);
    if (refusal !== undefined) return refusal;
    const conditions = conditionsText === '' ? [] : conditionsText.split(/ +/);
    if (conditions.length > conditionsMax || conditions.some((code) => !/^[!-~]{1,16}$/.test(code))) {
      const message =
        `conditions ${clipped(conditionsText)} are not at most ${conditionsMax} codes of 1 to 16 printable characters ` +
        'with spaces between them; correct them';
      return { code: 'CONDITIONS_MALFORMED', message };
    }
    const attributes = { kind, venue, tape, conditions, side: AggressorSide.unknown, flags: 0 };
    return this.#attributes.keep(text, attributes, this.#ruleVersion);
  }

  #tick(line: number, known: KnownAttributes): RecordedTick | Refusal {
    const { attributes } = known;
    const symbol = this.#field('symbol');
    const tradeId = this.#field('trade_id');
    const originalTradeId = this.#field('original_trade_id');
    const sequenceText = this.#field('sequence');
    const venueSequence = sequenceText === '' ? undefined : wholeNumberOf(sequenceText);
    const amends = attributes.kind !== TickKind.trade;
    const refusal =
      this.#refusalOfSymbol(symbol) ??
      refusalOfText('trade_id', tradeId, idCharsMax) ??
      refusalOfSequence(sequenceText, venueSequence) ??
      (amends ? refusalOfOriginal(originalTradeId) : undefined);
    if (refusal !== undefined) return refusal;
    const values = attributes.kind === TickKind.cancel ? { price: 0, size: 0 } : this.#priceAndSize(symbol);
    if ('code' in values) return values;
    return {
      kind: attributes.kind,
      line,
      symbol,
      eventSec: this.#time.sec,
      eventNano: this.#time.nano,
      price: values.price,
      size: values.size,
      attributes,
      ...(tradeId === '' ? undefined : { tradeId }),
      ...(venueSequence === undefined ? undefined : { venueSequence }),
      ...(amends ? { originalTradeId } : undefined),
    };
  }

  #refusalOfSymbol(symbol: string): Refusal | undefined {
    // Neighbours mostly share their symbol.
    if (symbol === this.#goodSymbol) return undefined;
    const refusal = refusalOfSymbol(symbol);
    if (refusal === undefined) this.#goodSymbol = symbol;
    return refusal;
  }

  #priceAndSize(symbol: string): { readonly price: number; readonly size: number } | Refusal {
    const decimals = this.#decimals.of(symbol);
    const priceText = this.#field('price');
    const sizeText = this.#field('size');
    const price = unitsOf(priceText, decimals.price);
    const size = unitsOf(sizeText, decimals.size);
    const refusal =
      refusalOfUnits('PRICE', 'price', priceText, price, this.#priceMin, decimals.price) ??
      refusalOfUnits('SIZE', 'size', sizeText, size, 1, decimals.size);
    return refusal ?? { price, size };
  }
}

function refusalOfText(column: CsvColumn, text: string, charsMax: number): Refusal | undefined {
  if (text.length <= charsMax && /^[!-~]*$/.test(text)) return undefined;
  const message = `${column} ${clipped(text)} is not at most ${charsMax} printable ASCII characters without a space; correct it`;
  return { code: `${column.toUpperCase()}_MALFORMED`, message };
}

function refusalOfSequence(text: string, value: number | undefined): Refusal | undefined {
  if (!Number.isNaN(value)) return undefined;
  const message = `sequence ${clipped(text)} is not a whole number from 0 to ${Number.MAX_SAFE_INTEGER}; correct it or leave it empty`;
  return { code: 'SEQUENCE_MALFORMED', message };
}

function refusalOfOriginal(originalTradeId: string): Refusal | undefined {
  if (originalTradeId !== '') return refusalOfText('original_trade_id', originalTradeId, idCharsMax);
  const message = 'a cancel or correction has no original_trade_id; name the trade_id of the trade that it amends';
  return { code: 'ORIGINAL_TRADE_ID_MISSING', message };
}
