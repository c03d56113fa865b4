/**
 * Decodes what blocks repeat: attributes, terms, names. In: slices of records. Out: one object for equal bytes, so
 * that a block of thousands of ticks allocates nothing for them. Only caches: forgetting them changes no result.
 */
import type { AggressorSide, Tape, TickAttributes, TickKind } from '../market/tick.ts';
import { ByteInterner } from './byte-interner.ts';
import { MalformedError, ProtoReader } from './proto-reader.ts';
import { TermsDictionary } from './terms-dictionary.ts';
import { charactersIn, decodeText, isLongerThan } from './text.ts';

/** Attributes with room for what the fold derives from them: eligibility by profile and rule version. */
export type InternedAttributes = {
  readonly attributes: TickAttributes;
  /** Masks by `ruleVersion * profileCount + profile`; filled by the fold, undefined where not asked yet. */
  readonly eligibility: (number | undefined)[];
};

export type { PackedTerms } from './terms-dictionary.ts';

/** The longest dataset or symbol, in characters. */
export const nameCharactersMax = 64;

const conditionsMax = 16;
const codeCharactersMax = 16;
const attributesMax = 16_384;
const namesMax = 1_048_576;

/** The caches of one decoder. */
export class LogDictionary {
  readonly attributes: ByteInterner<InternedAttributes> = new ByteInterner(attributesMax, (bytes, start, end) => ({
    attributes: decodeAttributes(new ProtoReader(bytes, start, end)),
    eligibility: [],
  }));
  readonly terms: TermsDictionary = new TermsDictionary();
  readonly names: ByteInterner<string> = new ByteInterner(namesMax, decodeName);

  /** Between two blocks: forgets a cache that has reached its bound. */
  makeRoom(): void {
    this.attributes.makeRoom();
    this.terms.makeRoom();
    this.names.makeRoom();
  }
}

function decodeName(bytes: Uint8Array, start: number, end: number): string {
  const text = decodeText(bytes, start, end);
  const characters = charactersIn(text);
  if (characters < 1 || characters > nameCharactersMax) {
    throw new MalformedError(`a dataset or symbol has ${characters} characters; the limit is ${nameCharactersMax}`);
  }
  // Two names that differ in bad bytes alone would become one.
  if (text.includes('\ufffd')) throw new MalformedError('a dataset or symbol is no valid UTF-8');
  return text;
}

function decodeAttributes(reader: ProtoReader): TickAttributes {
  let [kind, tape, side, flags] = [0, 0, 0, 0];
  let venue = '';
  const conditions: string[] = [];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 8) kind = reader.uint();
    else if (tag === 18) venue = reader.text();
    else if (tag === 24) tape = reader.uint();
    else if (tag === 34) conditions.push(reader.text());
    else if (tag === 40) side = reader.uint();
    else if (tag === 48) flags = reader.uint();
    else reader.skip(tag % 8);
  }
  if (conditions.length > conditionsMax || conditions.some((code) => isLongerThan(code, codeCharactersMax))) {
    throw new MalformedError(
      `conditions are more than ${conditionsMax}, or one has over ${codeCharactersMax} characters`,
    );
  }
  if (isLongerThan(venue, nameCharactersMax)) {
    throw new MalformedError(`a venue has over ${nameCharactersMax} characters`);
  }
  if (kind < 1 || kind > 5) throw new MalformedError(`tick kind ${kind} is not between 1 and 5`);
  if (tape > 3) throw new MalformedError(`tape ${tape} is not between 0 and 3`);
  if (side > 2) throw new MalformedError(`aggressor side ${side} is not between 0 and 2`);
  return { kind: kind as TickKind, venue, tape: tape as Tape, conditions, side: side as AggressorSide, flags };
}
