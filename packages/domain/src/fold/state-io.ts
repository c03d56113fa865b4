/**
 * Writes and reads a state by one and the same description, so that the two cannot differ. In: a value. Out: the
 * value itself when writing, the stored one when reading. Integers are varints; times that may be infinite take one
 * byte when they are; reading past the end or beyond 2^53 throws `MalformedError`.
 */
import { MalformedError, ProtoReader } from '../log/proto-reader.ts';
import { ProtoWriter } from '../log/proto-writer.ts';
import { encodeText } from '../log/text.ts';
import { foldVersion } from './fold-types.ts';

/** The first fold version whose snapshots have places; in those before every instrument is owned from the start. */
export const firstVersionWithPlaces = 3;

/** One direction of a transfer. */
export type StateIo = {
  readonly reading: boolean;
  /** The fold version whose description is followed. */
  readonly version: number;
  /** 0 to 2^53 - 1. */
  uint(value: number): number;
  /** Magnitude up to 2^53 - 1. */
  sint(value: number): number;
  /** As `sint`, or Infinity, or -Infinity. */
  time(value: number): number;
  flag(value: boolean): boolean;
  text(value: string): string;
  big(value: bigint): bigint;
  bytes(value: Uint8Array): Uint8Array;
  /** Index of a publisher of the partition. */
  publisher(index: number): number;
  /** The partition's waiting clock at something, ms. */
  waited(ms: number): number;
  /** Number of the block that an amendment waits in. */
  block(number: number): number;
  /** Numbers of the first and the last block with trades of a row; `before` = the last one of the row before. */
  blocks(range: BlockRange, before: number): void;
};

/** Numbers of the first and the last tick block with trades of a row; first above last = there are none. */
export type BlockRange = { first: number; last: number };

/** Writes a state. */
export class StateWriter implements StateIo {
  readonly reading = false;
  readonly version: number = foldVersion;
  readonly out: ProtoWriter;

  constructor(out: ProtoWriter = new ProtoWriter(65_536)) {
    this.out = out;
  }

  uint(value: number): number {
    this.out.varint(value);
    return value;
  }

  sint(value: number): number {
    this.out.zigzag(value);
    return value;
  }

  time(value: number): number {
    if (value === Infinity) this.out.varint(1);
    else if (value === -Infinity) this.out.varint(2);
    else this.out.varint(0).zigzag(value);
    return value;
  }

  flag(value: boolean): boolean {
    this.out.varint(value ? 1 : 0);
    return value;
  }

  text(value: string): string {
    if (value === '') {
      this.out.varint(0);
      return value;
    }
    const { length } = value;
    if (isPlain(value)) {
      // One byte a character: most texts, and no copy is made of them.
      this.out
        .varint(length + 1 + varintBytes(length))
        .varint(10)
        .varint(length);
      for (let at = 0; at < length; at += 1) this.out.varint(value.charCodeAt(at));
      return value;
    }
    const bytes = encodeText(value);
    this.out.varint(bytes.length + 1 + varintBytes(bytes.length)).bytes(1, bytes);
    return value;
  }

  big(value: bigint): bigint {
    const text = value.toString(36);
    this.text(text);
    return value;
  }

  bytes(value: Uint8Array): Uint8Array {
    this.out.varint(value.length).raw(value);
    return value;
  }

  publisher(index: number): number {
    return this.uint(index);
  }

  waited(ms: number): number {
    return this.uint(ms);
  }

  block(number: number): number {
    return this.uint(number);
  }

  blocks({ first, last }: BlockRange, before: number): void {
    this.out.zigzag(first - before).zigzag(last - first);
  }
}

function isPlain(value: string): boolean {
  for (let at = 0; at < value.length; at += 1) if (value.charCodeAt(at) > 0x7f) return false;
  return true;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}

/** Reads a state. */
export class StateReader implements StateIo {
  readonly reading = true;
  readonly version: number;
  readonly #in: ProtoReader;

  constructor(bytes: Uint8Array, version: number = foldVersion) {
    this.version = version;
    this.#in = new ProtoReader(bytes, 0, bytes.length);
  }

  /** Bytes that are read. */
  get at(): number {
    return this.#in.at;
  }

  done(): boolean {
    return this.#in.done();
  }

  uint(_value: number): number {
    return this.#in.uint();
  }

  sint(_value: number): number {
    return this.#in.sint();
  }

  time(_value: number): number {
    const kind = this.#in.uint();
    return kind === 1 ? Infinity : kind === 2 ? -Infinity : this.#in.sint();
  }

  flag(_value: boolean): boolean {
    return this.#in.uint() === 1;
  }

  text(_value: string): string {
    const length = this.#in.length();
    const body = new ProtoReader(this.#in.bytes, this.#in.at, this.#in.at + length);
    this.#in.at += length;
    if (length === 0) return '';
    body.uint();
    return body.text();
  }

  big(_value: bigint): bigint {
    const text = this.text('');
    if (!/^-?[0-9a-z]+$/.test(text)) throw new MalformedError('a whole number is none');
    const negative = text.startsWith('-');
    let value = 0n;
    for (const digit of negative ? text.slice(1) : text) value = value * 36n + BigInt(Number.parseInt(digit, 36));
    return negative ? -value : value;
  }

  /** A copy: what is kept of a state must not keep its snapshot. */
  bytes(_value: Uint8Array): Uint8Array {
    return new Uint8Array(this.#in.view());
  }

  publisher(index: number): number {
    return this.uint(index);
  }

  waited(ms: number): number {
    return this.uint(ms);
  }

  block(number: number): number {
    return this.uint(number);
  }

  blocks(range: BlockRange, before: number): void {
    range.first = before + this.sint(0);
    range.last = range.first + this.sint(0);
  }
}

/** Transfers a list: its length, then each entry; `make` gives the empty entry to read into. */
export function transferList<Entry>(
  io: StateIo,
  list: readonly Entry[],
  each: (entry: Entry | undefined) => Entry,
): Entry[] {
  const length = io.uint(list.length);
  const out: Entry[] = [];
  for (let index = 0; index < length; index += 1) out.push(each(list[index]));
  return out;
}
