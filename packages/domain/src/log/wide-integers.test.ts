/** Integers at the edges of what a number holds, as they are read and written. */
import { expect, test } from 'vitest';
import { KeptBigint } from './kept-bigint.ts';
import { ProtoReader } from './proto-reader.ts';
import { ProtoWriter } from './proto-writer.ts';

const edge = 2n ** 53n;

test('a zigzag is a number up to 2^53 - 1 and a bigint beyond, on both sides of 0', () => {
  const values = [1n, 2n ** 48n, edge - 2n, edge - 1n, edge, edge + 1n, 2n ** 55n, 2n ** 63n - 1n];
  for (const value of values.flatMap((each) => [each, -each])) {
    const bytes = new ProtoWriter().sint64(1, value).finish();
    const reader = new ProtoReader(bytes, 1, bytes.length);
    const read = reader.wideSint();
    expect(BigInt(read)).toBe(value);
    expect(typeof read).toBe(value < edge && value > -edge ? 'number' : 'bigint');
    expect(reader.done()).toBe(true);
  }
});

test('varints of 64 bits and fixed ones are what they were, at every length', () => {
  for (let bits = 0n; bits < 64n; bits += 1n) {
    for (const value of [2n ** bits, 2n ** (bits + 1n) - 1n]) {
      const varint = new ProtoWriter().varint64(value).finish();
      expect(new ProtoReader(varint, 0, varint.length).uint64()).toBe(value);
      const fixed = new ProtoWriter().fixed64(1, value).finish();
      expect(new ProtoReader(fixed, 1, fixed.length).fixed64()).toBe(value);
    }
  }
});

test('a kept bigint is the value of the halves given last, with and without a sign', () => {
  const kept = new KeptBigint();
  expect(kept.unsigned(0, 0)).toBe(0n);
  expect(kept.unsigned(5, 0xffff_ffff)).toBe(0xffff_ffff_0000_0005n);
  expect(kept.signed(5, 0xffff_ffff)).toBe(-0xffff_fffbn);
  expect(kept.high).toBe(0xffff_ffff);
  expect(kept.unsigned(6, 1)).toBe(0x1_0000_0006n);
});
