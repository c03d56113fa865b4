/**
 * Venue, conditions and the suspicious flag at the end of a Lean line. In: their text. Out: the interned attributes, or
 * the refusal of the field that is wrong. The tape is not in the file and stays unknown.
 */
import { AggressorSide, Tape, TickFlag, TickKind, ruleVersionAt } from '@tapeline/domain';
import { AttributeCache } from './attribute-cache.ts';
import type { KnownAttributes } from './attribute-cache.ts';
import type { Refusal } from './batch-builder.ts';
import { clipped } from './clipped-text.ts';
import { conditionsOfLeanMask, conditionsOfLeanQuoteMask, leanMaskOf } from './lean-conditions.ts';

/** Attributes of one Lean recording. */
export class LeanAttributes {
  readonly #cache = new AttributeCache();
  readonly #kind: TickKind;
  readonly #ruleVersion: number;

  constructor(kind: TickKind, day: number) {
    this.#kind = kind;
    this.#ruleVersion = ruleVersionAt(day);
  }

  /** `sides` are the bits of `TickFlag` for the sides of a quote; 0 for a trade. */
  of(venue: string, conditions: string, suspicious: string, sides: number): KnownAttributes | Refusal {
    const text = `${venue},${conditions},${suspicious},${sides}`;
    return this.#cache.get(text) ?? this.#read(text, venue, conditions, suspicious, sides);
  }

  #read(text: string, venue: string, conditions: string, suspicious: string, sides: number): KnownAttributes | Refusal {
    if (!/^[!-~]{0,16}$/.test(venue)) {
      const message = `venue ${clipped(venue)} is not at most 16 printable characters; correct it`;
      return { code: 'VENUE_MALFORMED', message };
    }
    const mask = leanMaskOf(conditions);
    if (Number.isNaN(mask)) {
      const message = `conditions ${clipped(conditions)} are no hexadecimal mask of at most 32 bits; correct it`;
      return { code: 'CONDITIONS_MALFORMED', message };
    }
    if (suspicious !== '0' && suspicious !== '1') {
      const message = `suspicious ${clipped(suspicious)} is neither 0 nor 1; correct it`;
      return { code: 'SUSPICIOUS_MALFORMED', message };
    }
    const isTrade = this.#kind === TickKind.trade;
    const attributes = {
      kind: this.#kind,
      venue,
      tape: Tape.unknown,
      conditions: isTrade ? conditionsOfLeanMask(mask) : conditionsOfLeanQuoteMask(mask),
      side: AggressorSide.unknown,
      flags: sides | (suspicious === '1' ? TickFlag.suspicious : 0),
    };
    return this.#cache.keep(text, attributes, this.#ruleVersion);
  }
}
