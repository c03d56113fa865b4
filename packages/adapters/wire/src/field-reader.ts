/**
 * Reads the fields of one wire message into domain values. In: field names and wire values. Out: domain values, and the
 * first fault. After a fault the values mean nothing: the caller asks for `fault` before it uses them.
 */
import { enumUnknown, fieldMalformed, fieldMissing, fieldOutOfRange } from './wire-fault.ts';
import type { WireFault } from './wire-fault.ts';

const nsPerSec = 1_000_000_000n;
const textCharactersMax = 64;
const sumDigits = /^(0|-?[1-9][0-9]{0,63})$/;

/** The fields of one message, read one after the other; `fault` is the first thing that was wrong. */
export class FieldReader {
  fault: WireFault | undefined;

  /** A text of 1 to 64 characters. */
  name(field: string, value: string): string {
    if (value === '') return this.#fail(fieldMissing(field), value);
    const characters = [...value].length;
    if (characters <= textCharactersMax) return value;
    return this.#fail(fieldOutOfRange(`${field}'s length`, characters, 1, textCharactersMax), value);
  }

  /** As `name`, of bytes that were valid UTF-8: two names that differ in bad bytes alone would become one. */
  exactName(field: string, value: string): string {
    if (value.includes('\ufffd')) return this.#fail(fieldMalformed(field, value, 'valid UTF-8'), value);
    return this.name(field, value);
  }

  /** One of the names in `known`. */
  oneOf<Name extends string>(field: string, value: string, known: readonly Name[], otherwise: Name): Name {
    const found = known.find((name) => name === value);
    if (found !== undefined) return found;
    const fault = value === '' ? fieldMissing(field) : fieldMalformed(field, value, `one of ${known.join(', ')}`);
    return this.#fail(fault, otherwise);
  }

  /** What an enum number stands for by `meanings`; its zero value and numbers of later versions stand for nothing. */
  meaning<Meaning>(field: string, value: number, meanings: ReadonlyMap<number, Meaning>, otherwise: Meaning): Meaning {
    const meaning = meanings.get(value);
    return meaning === undefined ? this.#fail(enumUnknown(field, value), otherwise) : meaning;
  }

  /** An integer from `min` to `max`, which lie within what a number holds exactly; absent bounds are its own. */
  integer(
    field: string,
    value: bigint | number,
    min: number = Number.MIN_SAFE_INTEGER,
    max: number = Number.MAX_SAFE_INTEGER,
  ): number {
    if (value >= min && value <= max) return Number(value);
    return this.#fail(fieldOutOfRange(field, value, min, max), min);
  }

  /** As `integer`, where absent means that there is no such number. */
  integerOrNull(field: string, value: bigint | undefined): number | null {
    return value === undefined ? null : this.integer(field, value);
  }

  /** Nanoseconds that are whole seconds, as seconds since the Unix epoch. */
  wholeSec(field: string, timeNs: bigint): number {
    if (timeNs % nsPerSec === 0n) return Number(timeNs / nsPerSec);
    return this.#fail(fieldMalformed(field, `${timeNs}`, 'a whole second, in nanoseconds'), 0);
  }

  /** An exact integer in decimal digits, at most 64 of them, not below `min`. */
  sum(field: string, value: string, min?: bigint): bigint {
    if (value === '') return this.#fail(fieldMissing(field), 0n);
    if (!sumDigits.test(value) || (min !== undefined && BigInt(value) < min)) {
      const form = 'an integer of at most 64 digits without leading zeros';
      return this.#fail(fieldMalformed(field, value, min === undefined ? form : `${form}, at least ${min}`), 0n);
    }
    return BigInt(value);
  }

  /** Notes a fault that the caller found; the first one stays. */
  note(fault: WireFault): void {
    this.fault ??= fault;
  }

  #fail<Value>(fault: WireFault, value: Value): Value {
    this.note(fault);
    return value;
  }
}
