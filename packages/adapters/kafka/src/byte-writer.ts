/**
 * Writes the primitives of Kafka's protocol. In: numbers and texts. Out: bytes in one growing buffer. All requests here
 * are of the flexible kind: lengths are varints one above the length, and every structure ends with a tag count.
 */

const firstBytes = 256;

/** A buffer that grows as it is written. */
export class ByteWriter {
  #bytes: Buffer = Buffer.allocUnsafe(firstBytes);
  #end = 0;

  /** What was written so far, as a view: valid until the next write. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  int8(value: number): this {
    this.#end = this.#room(1).writeInt8(value, this.#end);
    return this;
  }

  int16(value: number): this {
    this.#end = this.#room(2).writeInt16BE(value, this.#end);
    return this;
  }

  int32(value: number): this {
    this.#end = this.#room(4).writeInt32BE(value, this.#end);
    return this;
  }

  /** A whole number below 2^53 in size. */
  int64(value: number): this {
    const bytes = this.#room(8);
    bytes.writeInt32BE(Math.floor(value / 2 ** 32), this.#end);
    bytes.writeUInt32BE(value - Math.floor(value / 2 ** 32) * 2 ** 32, this.#end + 4);
    this.#end += 8;
    return this;
  }

  /** An unsigned varint, below 2^31. */
  uvarint(value: number): this {
    let rest = value;
    this.#room(5);
    while (rest > 127) {
      this.#bytes[this.#end++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#end++] = rest;
    return this;
  }

  /** A text with its length; `null` where the field may be none. */
  text(value: string | null): this {
    if (value === null) return this.uvarint(0);
    const bytes = Buffer.from(value);
    return this.uvarint(bytes.length + 1).raw(bytes);
  }

  /** A text with a length of two bytes, as request headers have it. */
  oldText(value: string): this {
    const bytes = Buffer.from(value);
    return this.int16(bytes.length).raw(bytes);
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length).set(bytes, this.#end);
    this.#end += bytes.length;
    return this;
  }

  /** The number of items of a list, before its items. */
  count(items: number): this {
    return this.uvarint(items + 1);
  }

  /** No tagged fields: the end of a structure. */
  noTags(): this {
    return this.int8(0);
  }

  #room(bytes: number): Buffer {
    const need = this.#end + bytes;
    if (need > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(need, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#end);
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}
