/**
 * Decodes the terms of instruments as blocks pack them. In: slices of records. Out: one `InstrumentTerms` for equal terms,
 * whatever the scales: a block of one tick has scales of its own, so terms with scales are hardly ever seen twice. Only a
 * cache: forgetting it changes no result. Law 7: `makeRoom` forgets everything once `termsMax` terms are passed.
 */
import type { InstrumentTerms } from '../market/tick.ts';
import { ByteInterner } from './byte-interner.ts';
import { MalformedError, ProtoReader } from './proto-reader.ts';
import { isLongerThan } from './text.ts';

/** Terms and how the block packs them. */
export type PackedTerms = { readonly terms: InstrumentTerms; readonly priceScale: number; readonly sizeScale: number };

/** Exponents and scales; those that stand twice count as they stand last. */
type Numbers = { priceExponent?: number; sizeExponent?: number; priceScale?: number; sizeScale?: number };

/** What follows the exponents and scales that a slice begins with. */
type Rest = {
  readonly numbers: Numbers;
  readonly calendar: string;
  readonly currency: string;
  readonly tickSize: number;
  readonly byExponents: Map<number, InstrumentTerms>;
};

const termsMax = 16_384;
/** As `nameCharactersMax`, which stands in a file that needs this one. */
const charactersMax = 64;
const exponentMin = -18;
const reader = new ProtoReader(new Uint8Array(0), 0, 0);

/** The terms that one decoder has seen. */
export class TermsDictionary {
  readonly #rests = new ByteInterner<Rest>(termsMax, (bytes, start, end) => decodeRest(bytes, start, end));
  #termsCount = 0;

  /** Between two blocks: forgets everything if the bound is reached. */
  makeRoom(): void {
    this.#rests.makeRoom(this.#termsCount >= termsMax);
    if (this.#termsCount >= termsMax) this.#termsCount = 0;
  }

  /** The terms in `bytes[start, end)`. Throws `MalformedError`. */
  read(bytes: Uint8Array, start: number, end: number): PackedTerms {
    let priceExponent = 0;
    let sizeExponent = 0;
    let priceScale = 1;
    let sizeScale = 1;
    let at = start;
    for (reader.reset(bytes, start, end); !reader.done(); at = reader.at) {
      const tag = reader.uint();
      if (tag === 8) priceExponent = reader.sint();
      else if (tag === 16) sizeExponent = reader.sint();
      else if (tag === 24) priceScale = reader.uint() || 1;
      else if (tag === 32) sizeScale = reader.uint() || 1;
      else break;
    }
    const rest = this.#rests.value(this.#rests.indexOf(bytes, at, end));
    const { numbers } = rest;
    return {
      terms: this.#termsOf(rest, numbers.priceExponent ?? priceExponent, numbers.sizeExponent ?? sizeExponent),
      priceScale: numbers.priceScale ?? priceScale,
      sizeScale: numbers.sizeScale ?? sizeScale,
    };
  }

  #termsOf(rest: Rest, priceExponent: number, sizeExponent: number): InstrumentTerms {
    checkExponent(priceExponent);
    checkExponent(sizeExponent);
    const key = priceExponent * (1 - exponentMin) + sizeExponent;
    let terms = rest.byExponents.get(key);
    if (terms === undefined) {
      const { calendar, currency, tickSize } = rest;
      terms = { priceExponent, sizeExponent, calendar, currency, tickSize };
      rest.byExponents.set(key, terms);
      this.#termsCount += 1;
    }
    return terms;
  }
}

function checkExponent(exponent: number): void {
  if (exponent >= exponentMin && exponent <= 0) return;
  throw new MalformedError(`exponent ${exponent} is not between ${exponentMin} and 0`);
}

function decodeRest(bytes: Uint8Array, start: number, end: number): Rest {
  const numbers: Numbers = {};
  let [calendar, currency, tickSize] = ['', '', 0];
  const from = new ProtoReader(bytes, start, end);
  while (!from.done()) {
    const tag = from.uint();
    if (tag === 8) numbers.priceExponent = from.sint();
    else if (tag === 16) numbers.sizeExponent = from.sint();
    else if (tag === 24) numbers.priceScale = from.uint() || 1;
    else if (tag === 32) numbers.sizeScale = from.uint() || 1;
    else if (tag === 42) calendar = from.text();
    else if (tag === 50) currency = from.text();
    else if (tag === 56) tickSize = from.uint();
    else from.skip(tag % 8);
  }
  if (isLongerThan(calendar, charactersMax) || isLongerThan(currency, charactersMax)) {
    throw new MalformedError(`a calendar or currency has over ${charactersMax} characters`);
  }
  return { numbers, calendar, currency, tickSize, byExponents: new Map() };
}
