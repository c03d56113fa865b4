/** Values against the driver's own encoder, and frames against what a batch must be. */
import { createRequire } from 'node:module';
import { types } from 'cassandra-driver';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BatchFrame, frameHeadBytes } from './batch-frame.ts';
import { textValue, ValueBytes } from './value-bytes.ts';

type Encoder = { encode(value: unknown, type: { code: number }): Buffer };
const load = createRequire(import.meta.url);
const DriverEncoder = load('cassandra-driver/lib/encoder') as new (version: number, options: object) => Encoder;
const encoder = new DriverEncoder(4, { encoding: { useBigIntAsLong: true, useBigIntAsVarint: true } });
const { dataTypes } = types;

function put(work: (values: ValueBytes) => void): Buffer {
  const values = new ValueBytes(Buffer.alloc(1_000));
  work(values);
  return values.bytes.subarray(0, values.at);
}

function driverBytes(value: unknown, code: number): Buffer {
  const bytes = encoder.encode(value, { code });
  const head = Buffer.alloc(4);
  head.writeInt32BE(bytes.length);
  return Buffer.concat([head, bytes]);
}

const edges = [
  0n,
  1n,
  -1n,
  127n,
  128n,
  -128n,
  -129n,
  2n ** 53n - 1n,
  2n ** 53n,
  -(2n ** 53n),
  2n ** 63n,
  -(2n ** 63n) - 1n,
];
const anySum = fc.oneof(
  fc.constantFrom(...edges),
  fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n }),
  fc.bigInt({ min: -70_000n, max: 70_000n }),
);

test('whole numbers of any size, and texts, have the bytes that the driver gives them', () => {
  const same = (work: (values: ValueBytes) => void, value: unknown, code: number): void => {
    expect(put(work)).toEqual(driverBytes(value, code));
  };
  const safe = fc.maxSafeInteger();
  fc.assert(fc.property(anySum, (value) => same((values) => values.varint(value), value, dataTypes.varint)));
  fc.assert(fc.property(safe, (value) => same((values) => values.bigint(value), BigInt(value), dataTypes.bigint)));
  fc.assert(fc.property(fc.integer(), (value) => same((values) => values.int(value), value, dataTypes.int)));
  const small = fc.integer({ min: -128, max: 127 });
  fc.assert(fc.property(small, (value) => same((values) => values.tinyint(value), value, dataTypes.tinyint)));
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(fc.property(text, (value) => same((values) => values.raw(textValue(value)), value, dataTypes.text)));
});

test('a frame cut in halves has every row once, in order, and counts its statements', () => {
  const rows = [Buffer.from('aa'), Buffer.from('b'), Buffer.from('cccc'), Buffer.from('d'), Buffer.from('ee')];
  const bytes = Buffer.concat([Buffer.alloc(frameHeadBytes), ...rows, Buffer.alloc(3)]);
  let end = frameHeadBytes;
  const rowEnds = rows.map((row) => (end += row.length));
  const whole = new BatchFrame({ bytes, rowEnds, statementsPerRow: 2, routingKey: Buffer.from('k') });
  const leaves: string[] = [];
  const cut = (frame: BatchFrame): void => {
    const wire = frame.write({ protocolVersion: 4 }, 77);
    expect(wire.readInt16BE(2)).toBe(77);
    expect(wire.readInt32BE(5)).toBe(wire.length - 9);
    expect(wire.readUInt16BE(10)).toBe(frame.rows * 2);
    const halves = frame.halves();
    if (halves === undefined) leaves.push(wire.toString('latin1', frameHeadBytes, wire.length - 3));
    else for (const half of halves) cut(half);
  };
  cut(whole);
  expect(leaves).toEqual(['aa', 'b', 'cccc', 'd', 'ee']);
  expect(() => whole.write({ protocolVersion: 3 }, 1)).toThrow(/version 3/);
});
