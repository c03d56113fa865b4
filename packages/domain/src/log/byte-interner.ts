/**
 * Turns equal byte strings into one value without decoding them again. In: slices of records (symbols, dictionary
 * entries). Out: a small index and the value decoded at first sight. Only a cache: forgetting it changes no result.
 * Law 7: `makeRoom` between two blocks forgets everything once `entriesMax` is passed.
 */

/** Byte strings seen so far, in order of first sight. Indices hold until the next `makeRoom`. */
export class ByteInterner<Value> {
  readonly #decode: (bytes: Uint8Array, start: number, end: number) => Value;
  readonly #entriesMax: number;
  #keys: Uint8Array[] = [];
  #hashes: number[] = [];
  #values: Value[] = [];
  #slots = new Int32Array(256).fill(-1);

  constructor(entriesMax: number, decode: (bytes: Uint8Array, start: number, end: number) => Value) {
    this.#entriesMax = entriesMax;
    this.#decode = decode;
  }

  /** Forgets everything if the bound is reached, or for the reason that is given. */
  makeRoom(anyway: boolean = false): void {
    if (this.#values.length < this.#entriesMax && !anyway) return;
    this.#keys = [];
    this.#hashes = [];
    this.#values = [];
    this.#slots = new Int32Array(256).fill(-1);
  }

  /** The value with that index. */
  value(index: number): Value {
    return this.#values[index] as Value;
  }

  /** The index of `bytes[start, end)`. */
  indexOf(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const index = this.#slots[slot]!;
      if (index < 0) return this.#add(bytes, start, end, hash);
      if (this.#hashes[index] === hash && sameBytes(this.#keys[index]!, bytes, start, end)) return index;
      slot = (slot + 1) & mask;
    }
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const index = this.#values.length;
    this.#values.push(this.#decode(bytes, start, end));
    this.#keys.push(bytes.slice(start, end));
    this.#hashes.push(hash);
    if (this.#values.length * 2 <= this.#slots.length) {
      this.#place(index);
      return index;
    }
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (let each = 0; each <= index; each += 1) this.#place(each);
    return index;
  }

  #place(index: number): void {
    const mask = this.#slots.length - 1;
    const hash = this.#hashes[index]!;
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = index;
  }
}

/** Four bytes at a time, since each waits for the product of the one before. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash = Math.imul(hash ^ word, 0x01000193);
    // The product carries nothing down.
    hash ^= hash >>> 15;
  }
  for (; at < end; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash;
}

function sameBytes(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let at = 0; at < key.length; at += 1) if (key[at] !== bytes[start + at]) return false;
  return true;
}
