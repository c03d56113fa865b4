/**
 * Values as the native protocol writes them, one behind the other into one buffer. In: numbers and bytes. Out: each value
 * with its length in four bytes before it. Exact: what a number cannot hold is refused before it comes here.
 */

const two32 = 4_294_967_296;

/** A place in a buffer that values are put at; whoever uses it keeps room. */
export class ValueBytes {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.at = 0;
  }

  /** Bytes that are whole already. */
  raw(source: Uint8Array): void {
    this.bytes.set(source, this.at);
    this.at += source.length;
  }

  /** Copies what was put from `start` to `end` again, behind all else. */
  again(start: number, end: number): void {
    this.bytes.copyWithin(this.at, start, end);
    this.at += end - start;
  }

  /** A value of no bytes: for a number it reads as null, and unlike null it leaves no tombstone. */
  empty(): void {
    this.#word(0);
  }

  tinyint(value: number): void {
    this.#word(1);
    this.bytes[this.at] = value;
    this.at += 1;
  }

  int(value: number): void {
    this.#word(4);
    this.#word(value);
  }

  /** A safe integer. */
  bigint(value: number): void {
    this.#word(8);
    this.#word(Math.floor(value / two32));
    this.#word(value);
  }

  /** Of any size, in as few bytes as hold it. */
  varint(value: bigint): void {
    const number = Number(value);
    if (number < -two53 || number > two53) {
      this.#long(value);
      return;
    }
    let size = 1;
    let half = 128;
    while (number >= half || number < -half) {
      size += 1;
      half *= 256;
    }
    this.#word(size);
    const high = Math.floor(number / two32);
    for (let place = size - 1; place >= 0; place -= 1) {
      this.bytes[this.at] = place >= 4 ? high >>> ((place - 4) * 8) : number >>> (place * 8);
      this.at += 1;
    }
  }

  /** The head of a tuple of fixed size: `size` bytes follow. */
  tupleOf(size: number): void {
    this.#word(size);
  }

  #long(value: bigint): void {
    let size = 1;
    while (BigInt.asIntN(size * 8, value) !== value) size += 1;
    this.#word(size);
    for (let place = size - 1; place >= 0; place -= 1) {
      this.bytes[this.at] = Number(BigInt.asUintN(8, value >> BigInt(place * 8)));
      this.at += 1;
    }
  }

  #word(value: number): void {
    const { bytes, at } = this;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
    this.at = at + 4;
  }
}

const two53 = Number.MAX_SAFE_INTEGER;

/** A text as a value. */
export function textValue(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const head = Buffer.alloc(4);
  head.writeInt32BE(bytes.length);
  return Buffer.concat([head, bytes]);
}
