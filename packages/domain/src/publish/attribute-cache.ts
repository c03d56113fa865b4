/**
 * One object for equal attributes of ticks. In: kind, venue, tape, conditions, side and flags as a caller sent them.
 * Out: the same object for the same values, so that a block's dictionary finds it by identity. Only a cache; law 7: at
 * the bound it is forgotten as a whole.
 */
import { isLongerThan } from '../log/text.ts';
import type { AggressorSide, Tape, TickAttributes, TickKind } from '../market/tick.ts';

const entriesMax = 16_384;
const recentMax = 8;

/** Attributes seen so far. */
export class AttributeCache {
  /** The last ones that were looked up by key: a look here is cheaper than a key. */
  readonly #recent: TickAttributes[] = [];
  #next = 0;
  readonly #byKey = new Map<string, TickAttributes>();

  /** The object for these values; they may be out of range, which the verdict on the tick says. */
  of(
    kind: number,
    venue: string,
    tape: number,
    conditions: readonly string[],
    side: number,
    flags: number,
  ): TickAttributes {
    for (const entry of this.#recent) {
      const sameNumbers = entry.kind === kind && entry.tape === tape && entry.side === side && entry.flags === flags;
      if (sameNumbers && entry.venue === venue && sameCodes(entry.conditions, conditions)) return entry;
    }
    const isUsual =
      !isLongerThan(venue, 64) && conditions.length <= 16 && conditions.every((code) => !isLongerThan(code, 16));
    // What will be refused anyway is not worth the memory.
    if (!isUsual) return attributesOf(kind, venue, tape, conditions, side, flags);
    // Lengths go before texts, so that no two lists of texts have one key.
    let key = `${kind},${tape},${side},${flags},${venue.length},${venue}`;
    for (const code of conditions) key += `${code.length},${code}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return this.#remember(known);
    if (this.#byKey.size >= entriesMax) this.#byKey.clear();
    const fresh = attributesOf(kind, venue, tape, conditions, side, flags);
    this.#byKey.set(key, fresh);
    return this.#remember(fresh);
  }

  #remember(entry: TickAttributes): TickAttributes {
    this.#recent[this.#next] = entry;
    this.#next = (this.#next + 1) % recentMax;
    return entry;
  }
}

function attributesOf(
  kind: number,
  venue: string,
  tape: number,
  conditions: readonly string[],
  side: number,
  flags: number,
): TickAttributes {
  return {
    kind: kind as TickKind,
    venue,
    tape: tape as Tape,
    conditions: [...conditions],
    side: side as AggressorSide,
    flags,
  };
}

function sameCodes(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}
