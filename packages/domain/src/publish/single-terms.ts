/**
 * Reads the terms of a tick that comes alone. In: `InstrumentTerms` in a message. Out: the terms and how the tick is
 * packed. With one tick in a block every price has a scale of its own, so whole entries do not repeat; what they mean does.
 */
import type { PackedTerms } from '../log/log-dictionary.ts';
import { MalformedError, type ProtoReader } from '../log/proto-reader.ts';
import { decodeText, isLongerThan } from '../log/text.ts';
import type { InstrumentTerms } from '../market/tick.ts';
import { LastSlice } from './last-slice.ts';

const textCharactersMax = 64;
const exponentMin = -18;

/** Reads terms, one after the other; what it returns holds until the next call. */
export class SingleTermsReader {
  readonly #calendars = new LastSlice<string>(decodeText);
  readonly #currencies = new LastSlice<string>(decodeText);
  readonly #packed: { -readonly [Field in keyof PackedTerms]: PackedTerms[Field] } = {
    terms: { priceExponent: 0, sizeExponent: 0, calendar: '', currency: '', tickSize: 0 },
    priceScale: 1,
    sizeScale: 1,
  };

  /** The terms up to `end`, where the cursor stands afterwards. Throws `MalformedError`. */
  read(reader: ProtoReader, end: number): PackedTerms {
    let [priceExponent, sizeExponent, tickSize] = [0, 0, 0];
    let [calendar, currency] = ['', ''];
    const packed = this.#packed;
    packed.priceScale = 1;
    packed.sizeScale = 1;
    const outerEnd = reader.end;
    reader.end = end;
    while (reader.at < end) {
      const tag = reader.uint();
      if (tag === 8) priceExponent = reader.sint();
      else if (tag === 16) sizeExponent = reader.sint();
      else if (tag === 24) packed.priceScale = reader.uint() || 1;
      else if (tag === 32) packed.sizeScale = reader.uint() || 1;
      else if (tag === 42) calendar = textOf(reader, this.#calendars);
      else if (tag === 50) currency = textOf(reader, this.#currencies);
      else if (tag === 56) tickSize = reader.uint();
      else reader.skip(tag % 8);
    }
    reader.end = outerEnd;
    const last = packed.terms;
    const isLast =
      last.priceExponent === priceExponent &&
      last.sizeExponent === sizeExponent &&
      last.calendar === calendar &&
      last.currency === currency &&
      last.tickSize === tickSize;
    if (!isLast) packed.terms = checked({ priceExponent, sizeExponent, calendar, currency, tickSize });
    return packed;
  }
}

function textOf(reader: ProtoReader, texts: LastSlice<string>): string {
  const length = reader.length();
  reader.at += length;
  return texts.of(reader.bytes, reader.at - length, reader.at);
}

/** What the log's decoder refuses is for the long way. */
function checked(terms: InstrumentTerms): InstrumentTerms {
  const { priceExponent, sizeExponent, calendar, currency } = terms;
  const isInRange = Math.min(priceExponent, sizeExponent) >= exponentMin && Math.max(priceExponent, sizeExponent) <= 0;
  if (isInRange && !isLongerThan(calendar, textCharactersMax) && !isLongerThan(currency, textCharactersMax))
    return terms;
  throw new MalformedError('terms are out of range');
}
