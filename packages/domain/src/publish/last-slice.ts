/**
 * What one message after the other repeats. In: slices of messages. Out: the value of a slice, without a look-up where it
 * has the same bytes as the one before. Only a cache of one.
 */

/** Longer slices are looked up each time. */
const keptBytesMax = 256;

/** The last slice of a field and its value. */
export class LastSlice<Value> {
  readonly #find: (bytes: Uint8Array, start: number, end: number) => Value;
  readonly #kept = new Uint8Array(keptBytesMax);
  #length = -1;
  #value: Value | undefined;

  constructor(find: (bytes: Uint8Array, start: number, end: number) => Value) {
    this.#find = find;
  }

  /** The value of `bytes[start, end)`. Throws what finding it throws. */
  of(bytes: Uint8Array, start: number, end: number): Value {
    if (this.#isLast(bytes, start, end)) return this.#value as Value;
    const value = this.#find(bytes, start, end);
    this.#length = end - start <= keptBytesMax ? end - start : -1;
    for (let at = 0; at < this.#length; at += 1) this.#kept[at] = bytes[start + at]!;
    this.#value = value;
    return value;
  }

  #isLast(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start !== this.#length) return false;
    for (let at = 0; at < this.#length; at += 1) if (this.#kept[at] !== bytes[start + at]) return false;
    return true;
  }
}
