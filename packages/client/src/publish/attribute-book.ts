/**
 * What many ticks have in common, made once. In: a tick's venue, tape, conditions and kind. Out: one object for equal
 * ones, which the encoder knows again without comparing. Law 7: beyond its bound it begins anew, which costs time only.
 */
import { AggressorSide, Tape, type TickAttributes, TickFlag, type TickKind } from '@tapeline/domain';
import { TickInvalidError } from './publisher-errors.ts';
import type { TapeName, TickFacts } from './publish-tick.ts';

const entriesMax = 4_096;
const [conditionsMax, conditionLengthMax, venueLengthMax] = [16, 16, 64];

/** Attributes by their values. */
export class AttributeBook {
  readonly #entries = new Map<string, TickAttributes>();

  /** The attributes of a tick. Throws `TickInvalidError`. */
  of(tick: TickFacts, kind: TickKind, side: AggressorSide = AggressorSide.unknown, quoteFlags = 0): TickAttributes {
    const { venue = '', conditions = [] } = tick;
    const tape = tapeNumber(tick.tape);
    const flags = quoteFlags | (tick.suspicious === true ? TickFlag.suspicious : 0);
    // A condition cannot be mistaken for its neighbours: lengths are in the key.
    const key = `${kind} ${tape} ${side} ${flags} ${venue.length} ${venue}${conditions.map((code) => ` ${code.length} ${code}`).join('')}`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    check(venue, conditions);
    if (this.#entries.size >= entriesMax) this.#entries.clear();
    const fresh: TickAttributes = { kind, venue, tape, conditions: [...conditions], side, flags };
    this.#entries.set(key, fresh);
    return fresh;
  }
}

function tapeNumber(tape: TapeName | undefined): Tape {
  if (tape === undefined) return Tape.unknown;
  if (tape === 'a' || tape === 'b' || tape === 'c') return Tape[tape];
  const message = `tape ${JSON.stringify(tape)} is no tape; give a, b or c, or leave it out`;
  throw new TickInvalidError('FIELD_INVALID', message, { field: 'tape', value: String(tape) });
}

function check(venue: string, conditions: readonly string[]): void {
  if (venue.length > venueLengthMax) throw tooLong('venue', venue, venueLengthMax);
  if (conditions.length > conditionsMax) {
    const facts = { field: 'conditions', value: String(conditions.length), max: String(conditionsMax) };
    const message = `conditions has ${conditions.length} codes; the limit is ${conditionsMax}: leave some out`;
    throw new TickInvalidError('FIELD_INVALID', message, facts);
  }
  for (const code of conditions)
    if (code.length > conditionLengthMax) throw tooLong('conditions', code, conditionLengthMax);
}

function tooLong(field: string, value: string, max: number): TickInvalidError {
  const message = `${field} ${JSON.stringify(value)} has ${value.length} characters; the limit is ${max}`;
  return new TickInvalidError('FIELD_INVALID', message, { field, value, max: String(max) });
}
