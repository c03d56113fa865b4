/**
 * Bytes of the two servers' protocols, big-endian. In: values. Out: bytes; and bytes read back in order. Only what the
 * testbed asks of a server is here; it takes no client library, because those are what it is there to test.
 */

/** Writes one frame. */
export class WireWriter {
  readonly #parts: Buffer[] = [];

  u8(value: number): this {
    return this.bytes(Buffer.from([value]));
  }

  i16(value: number): this {
    const part = Buffer.alloc(2);
    part.writeInt16BE(value);
    return this.bytes(part);
  }

  i32(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    return this.bytes(part);
  }

  /** A text with a length of 16 bits before it. */
  text(value: string): this {
    const part = Buffer.from(value);
    return this.i16(part.length).bytes(part);
  }

  /** A text of under 127 bytes, with its length plus one in one byte before it. */
  compactText(value: string): this {
    const part = Buffer.from(value);
    return this.u8(part.length + 1).bytes(part);
  }

  bytes(part: Uint8Array): this {
    this.#parts.push(Buffer.from(part));
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Reads one frame, value by value. Throws `RangeError` past its end. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.#take(1).readUInt8();
  }

  i16(): number {
    return this.#take(2).readInt16BE();
  }

  i32(): number {
    return this.#take(4).readInt32BE();
  }

  /** A text with 16 bits of length; undefined for null, whose length is -1. */
  text(): string | undefined {
    const length = this.i16();
    return length < 0 ? undefined : this.#take(length).toString();
  }

  /** A number of 7 bits a byte, the lowest first. */
  varint(): number {
    for (let value = 0, shift = 1; ; shift *= 128) {
      const byte = this.u8();
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  }

  compactText(): string {
    return this.#take(this.varint() - 1).toString();
  }

  /** As many elements as 32 bits of length say. */
  list<Element>(read: () => Element): Element[] {
    return Array.from({ length: Math.max(0, this.i32()) }, read);
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length)
      throw new RangeError(`a frame of ${this.#bytes.length} bytes is too short`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
