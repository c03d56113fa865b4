/**
 * Batches on the wire: what we write is read by kafkajs's own reader as what it was, and what we read is what was
 * written, from any offset on.
 */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { zstdPacking } from './codecs.ts';
import { crc32c } from './crc32c.ts';
import { readBatches } from './read-batches.ts';
import { BatchBuilder, batchLayout, type Packing } from './record-batch.ts';

const identity = { producerId: 2 ** 40 + 7, producerEpoch: 3, firstSequence: 41 };
const values = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 150 });

async function sealed(records: readonly Uint8Array[], packing?: Packing): Promise<Buffer> {
  const builder = new BatchBuilder(records[0]?.length ?? 0);
  for (const record of records) builder.add(record);
  return builder.seal(identity, 1_760_000_000_123, packing);
}

test('the checksum is CRC-32C', () => {
  expect(crc32c(Buffer.from('123456789'), 0, 9)).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32), 0, 32)).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 255), 0, 32)).toBe(0x62a8ab43);
});

test('the checksum does not depend on where the bytes lie', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(9), (bytes, shift) => {
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      expect(crc32c(moved, shift, moved.length)).toBe(plainCrc(bytes));
    }),
  );
});

describe('a batch', () => {
  test('another reader of the format reads what we wrote', async () => {
    const require = createRequire(import.meta.url);
    const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
    const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
      decoder: object,
    ) => Promise<Record<string, unknown> & { records: { value: Buffer; offset: string }[] }>;
    await fc.assert(
      fc.asyncProperty(values, async (records) => {
        const batch = await decode(new Decoder(await sealed(records)));
        expect(batch).toMatchObject({
          producerId: String(identity.producerId),
          producerEpoch: identity.producerEpoch,
          firstSequence: identity.firstSequence,
          lastOffsetDelta: records.length - 1,
          firstTimestamp: '1760000000123',
        });
        expect(batch.records.map(({ value }) => Uint8Array.from(value))).toEqual(records);
        expect(batch.records.map(({ offset }) => offset)).toEqual(records.map((_, index) => String(index)));
      }),
      { numRuns: 50 },
    );
  });

  test('is read from any offset on, plain and packed', async () => {
    await fc.assert(
      fc.asyncProperty(values, fc.nat(), fc.boolean(), async (records, at, isPacked) => {
        const from = at % records.length;
        const batch = await sealed(records, isPacked ? zstdPacking : undefined);
        batch.writeBigInt64BE(1_000n, batchLayout.baseOffset);
        const read = await readBatches(batch, 1_000 + from, true);
        expect(read.records.map(({ bytes }) => bytes)).toEqual(records.slice(from));
        expect(read.nextOffset).toBe(1_000 + records.length);
      }),
      { numRuns: 100 },
    );
  });

  test('what is cut off at the end is left for the next fetch', async () => {
    const batch = await sealed([Uint8Array.of(1), Uint8Array.of(2)]);
    for (let length = 0; length < batch.length; length += 1) {
      const read = await readBatches(batch.subarray(0, length), 0, true);
      expect(read).toMatchObject({ records: [], nextOffset: 0 });
    }
  });

  test('any flipped bit behind the head is noticed', async () => {
    const batch = await sealed([Uint8Array.of(1, 2, 3), new Uint8Array(40)]);
    for (let at: number = batchLayout.attributes; at < batch.length; at += 1) {
      const damaged = Buffer.from(batch);
      damaged[at] = (damaged[at] as number) ^ 4;
      await expect(readBatches(damaged, 0, true)).rejects.toThrow(/checksum/);
    }
  });

  test('is sealed again under another number', async () => {
    const builder = new BatchBuilder(1);
    builder.add(Uint8Array.of(5));
    await builder.seal(identity, 1, undefined);
    const again = await builder.seal({ ...identity, producerEpoch: 4, firstSequence: 0 }, 1, undefined);
    expect((await readBatches(again, 0, true)).records).toHaveLength(1);
    expect([again.readInt16BE(batchLayout.producerEpoch), again.readInt32BE(batchLayout.firstSequence)]).toEqual([
      4, 0,
    ]);
  });
});

describe('the primitives', () => {
  test('come back as they were written', () => {
    const int53 = fc.maxSafeInteger();
    const uint31 = fc.nat(2 ** 31 - 1);
    fc.assert(
      fc.property(
        int53,
        uint31,
        fc.option(fc.string()),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        (long, length, text, int) => {
          const writer = new ByteWriter().int64(long).uvarint(length).text(text).int32(int).int16(-7).int8(-1).noTags();
          const reader = new ByteReader(Buffer.from(writer.written));
          expect([
            reader.int64(),
            reader.uvarint(),
            reader.text(),
            reader.int32(),
            reader.int16(),
            reader.int8(),
          ]).toEqual([long, length, text, int, -7, -1]);
          reader.tags();
          expect(reader.left).toBe(0);
        },
      ),
    );
  });

  test('nonsense throws and never hangs or reads beyond the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const tries = [
          (reader: ByteReader): unknown => reader.text(),
          (reader: ByteReader): unknown => reader.list((item) => item.int8()),
          (reader: ByteReader): unknown => reader.varint(),
          (reader: ByteReader): unknown => reader.tags(),
        ];
        for (const read of tries) {
          const reader = new ByteReader(Buffer.from(bytes));
          expect(problemOf(() => read(reader))).toBeOneOf([undefined, 'RangeError']);
          expect(reader.at).toBeLessThanOrEqual(bytes.length);
        }
      }),
    );
  });
});

/** The name of what it throws. */
function problemOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return (error as Error).constructor.name;
  }
}

/** The checksum bit by bit. */
function plainCrc(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ -1) >>> 0;
}
