/**
 * Reads the primitives of Kafka's protocol. In: the bytes of a reply. Out: numbers and texts. A reply that ends early or
 * makes no sense throws `RangeError`; nothing is read beyond the end, and no list is believed to be longer than its bytes.
 */

/** A place in a buffer that moves as it is read. */
export class ByteReader {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  int8(): number {
    const value = this.bytes.readInt8(this.at);
    this.at += 1;
    return value;
  }

  int16(): number {
    const value = this.bytes.readInt16BE(this.at);
    this.at += 2;
    return value;
  }

  int32(): number {
    const value = this.bytes.readInt32BE(this.at);
    this.at += 4;
    return value;
  }

  /** A whole number; beyond 2^53 in size it is rounded, which no offset or time reaches. */
  int64(): number {
    const value = this.bytes.readInt32BE(this.at) * 2 ** 32 + this.bytes.readUInt32BE(this.at + 4);
    this.at += 8;
    return value;
  }

  /** An unsigned varint of 32 bits. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new RangeError('a varint of more than 5 bytes');
  }

  /** A signed varint, zigzag, of 64 bits: exact below 2^53. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new RangeError('a varint of more than 10 bytes');
  }

  /** A text; `null` for none. */
  text(): string | null {
    const length = this.uvarint() - 1;
    return length < 0 ? null : this.take(length).toString('utf8');
  }

  /** The next bytes as a view. */
  take(length: number): Buffer {
    if (length < 0 || length > this.left) throw new RangeError(`${length} bytes of ${this.left} that are left`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** A list; none is an empty one. */
  list<Item>(read: (reader: this) => Item): Item[] {
    const count = this.uvarint() - 1;
    if (count > this.left) throw new RangeError(`a list of ${count} items in ${this.left} bytes`);
    const items: Item[] = [];
    for (let index = 0; index < count; index += 1) items.push(read(this));
    return items;
  }

  /** Passes over the tagged fields at the end of a structure; `read` sees each of them. */
  tags(read?: (tag: number, value: ByteReader) => void): void {
    for (let count = this.uvarint(); count > 0; count -= 1) {
      const tag = this.uvarint();
      const value = this.take(this.uvarint());
      read?.(tag, new ByteReader(value));
    }
  }

  #byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new RangeError('a reply that ends too early');
    this.at += 1;
    return byte;
  }
}
