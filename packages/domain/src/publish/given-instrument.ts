/**
 * Terms that a caller gives for an instrument. In: an `Instrument` of the contract. Out: symbol and terms, or a refusal
 * of the call: terms are of no single tick, so no Void could stand for them.
 */
import { nameCharactersMax } from '../log/log-dictionary.ts';
import { charactersIn, isLongerThan } from '../log/text.ts';
import type { ProtoReader } from '../log/proto-reader.ts';
import type { InstrumentTerms } from '../market/tick.ts';
import { checkName } from './names.ts';
import { PublishRefusedError, quoted } from './refusal.ts';
import { readEnum, readUnsigned } from './tick-fields.ts';

const exponentMin = -18;

/** An instrument with the terms that were given for it; an empty dataset is that of the call. */
export type GivenInstrument = { readonly dataset: string; readonly symbol: string; readonly terms: InstrumentTerms };

/** What a caller may send as terms. */
export type TermsToCheck = {
  readonly priceExponent: number;
  readonly sizeExponent: number;
  readonly tickSize: number | bigint;
  readonly currency: string;
  readonly calendar: string;
};

/** Reads an `Instrument` between the cursor and `end`, and checks it. */
export function readInstrument(reader: ProtoReader, end: number): GivenInstrument {
  let [dataset, symbol, currency, calendar] = ['', '', '', ''];
  let [priceExponent, sizeExponent] = [0, 0];
  let tickSize: number | bigint = 0;
  const outerEnd = reader.end;
  reader.end = end;
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10) dataset = reader.text();
    else if (tag === 18) symbol = reader.text();
    else if (tag === 24) priceExponent = readSigned(reader);
    else if (tag === 32) sizeExponent = readSigned(reader);
    else if (tag === 40) tickSize = readUnsigned(reader);
    else if (tag === 50) currency = reader.text();
    else if (tag === 58) calendar = reader.text();
    else reader.skip(tag % 8);
  }
  reader.end = outerEnd;
  return givenInstrument(dataset, symbol, { priceExponent, sizeExponent, tickSize, currency, calendar });
}

function readSigned(reader: ProtoReader): number {
  const raw = readEnum(reader) >>> 0;
  return (raw >>> 1) ^ -(raw & 1);
}

/** Checks an instrument that a caller gave. Throws FIELD_INVALID. */
export function givenInstrument(dataset: string, symbol: string, terms: TermsToCheck): GivenInstrument {
  checkName('instruments.symbol', symbol);
  return { dataset, symbol, terms: checkedTerms(`instruments ${quoted(symbol)}:`, terms) };
}

/** The terms, if they are such. Throws FIELD_INVALID; `whose` opens the message. */
export function checkedTerms(whose: string, terms: TermsToCheck): InstrumentTerms {
  const { priceExponent, sizeExponent, tickSize, currency, calendar } = terms;
  for (const [field, value] of [
    ['price_exponent', priceExponent],
    ['size_exponent', sizeExponent],
  ] as const) {
    if (Number.isInteger(value) && value >= exponentMin && value <= 0) continue;
    const facts = { field, value: String(value), min: String(exponentMin), max: '0' };
    throw new PublishRefusedError('FIELD_INVALID', `${whose} ${field} ${value} is not between -18 and 0`, facts);
  }
  if (typeof tickSize !== 'number' || !Number.isSafeInteger(tickSize) || tickSize < 0) {
    const facts = { field: 'tick_size', value: String(tickSize), min: '0', max: String(Number.MAX_SAFE_INTEGER) };
    throw new PublishRefusedError(
      'FIELD_INVALID',
      `${whose} tick_size ${tickSize} is not between 0 and 2^53 - 1`,
      facts,
    );
  }
  for (const [field, value] of [
    ['currency', currency],
    ['calendar', calendar],
  ] as const) {
    if (!isLongerThan(value, nameCharactersMax)) continue;
    const characters = charactersIn(value);
    const message = `${whose} ${field} ${quoted(value)} has ${characters} characters; the limit is ${nameCharactersMax}`;
    throw new PublishRefusedError('FIELD_INVALID', message, { field, value, max: String(nameCharactersMax) });
  }
  return { priceExponent, sizeExponent, calendar, currency, tickSize };
}
