/** What members tell each other: there and back, small, and robust against bytes of others. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMemberData, encodeMemberData } from './member-data.ts';

const anyData = fc
  .record({
    address: fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }),
    generation: fc.nat(),
    partitionsInUse: fc.nat(1_048_576),
    rateOf: fc.dictionary(fc.nat(5_000).map(String), fc.option(fc.nat(), { nil: undefined }), { maxKeys: 40 }),
  })
  .map(({ address, generation, partitionsInUse, rateOf }) => {
    const owned = Object.keys(rateOf)
      .map(Number)
      .toSorted((one, other) => one - other);
    const known = Object.entries(rateOf).flatMap(([partition, rate]) =>
      rate === undefined ? [] : [[Number(partition), rate] as const],
    );
    return { address, generation, owned, rates: new Map(known), partitionsInUse };
  });

test('what a member tells comes back as it was', () => {
  fc.assert(
    fc.property(anyData, (data) => {
      expect(decodeMemberData(encodeMemberData(data))).toEqual(data);
    }),
  );
});

test('any bytes are either a member or nothing, and never an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isOurVersion) => {
      if (isOurVersion && bytes.length > 0) bytes[0] = 1;
      const data = decodeMemberData(bytes);
      expect(data?.owned.length ?? 0).toBeLessThanOrEqual(bytes.length);
    }),
  );
});

test('bytes that end too early are nothing, but for the last field, which versions before did not have', () => {
  const rates = new Map([[3, 12_345]]);
  const rest = { address: 'worker-1:7000', generation: 300, owned: [3, 700], rates };
  const bytes = encodeMemberData({ ...rest, partitionsInUse: 300 });
  for (let length = 0; length < bytes.length - 2; length += 1) {
    expect(decodeMemberData(bytes.subarray(0, length))).toBeUndefined();
  }
  for (const cut of [1, 2]) {
    expect(decodeMemberData(bytes.subarray(0, bytes.length - cut))).toEqual({ ...rest, partitionsInUse: 0 });
  }
});

test('another version is nothing', () => {
  const bytes = encodeMemberData({ address: 'a:1', generation: 0, owned: [], rates: new Map(), partitionsInUse: 0 });
  bytes[0] = 2;
  expect(decodeMemberData(bytes)).toBeUndefined();
});

test('a thousand partitions with rates take less than 5 KB', () => {
  const owned = Array.from({ length: 1_000 }, (_, partition) => partition);
  const rates = new Map(owned.map((partition) => [partition, 50_000.4]));
  const bytes = encodeMemberData({
    address: 'worker-1.workers:7000',
    generation: 70,
    owned,
    rates,
    partitionsInUse: 0,
  });
  expect(bytes.length).toBeLessThan(5_000);
  expect(decodeMemberData(bytes)?.rates.get(999)).toBe(50_000);
});

test('an address that is empty or too long is refused with its length', () => {
  const rest = { generation: 0, owned: [], rates: new Map(), partitionsInUse: 0 };
  expect(() => encodeMemberData({ address: '', ...rest })).toThrow('an address has 1 to 255 bytes, and "" has 0');
  expect(() => encodeMemberData({ address: 'x'.repeat(256), ...rest })).toThrow('has 256');
});
