/**
 * Records that are not what the contract says. In: damaged records and records of a later version. Out: the fold never
 * throws, refuses a block as a whole with a notice, and passes over fields that it does not know.
 */
import { foldConfigDefaults, PartitionFold } from '@tapeline/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { goldenRecords } from './golden-records.ts';
import { rowsByContract, rowsByHand } from './rows-of-columns.ts';

const day = 15_986;
const config = { ...foldConfigDefaults, partition: 0 };

function step(fold: PartitionFold, offset: number, bytes: Uint8Array): string[] {
  return fold.step([{ offset, appendTimeMs: day * 86_400_000 + offset, bytes }]).notices.map(({ code }) => code);
}

/** The bytes with a field of the given number and wire type put before them. */
function withField(number: number, wireType: number, payload: readonly number[], bytes: Uint8Array): Uint8Array {
  const tag = number * 8 + wireType;
  return Uint8Array.from([(tag & 0x7f) | 0x80, tag >> 7, ...payload, ...bytes]);
}

test('whatever is damaged in a record, the fold goes on with the next one', () => {
  const names = fc.constantFrom(...Object.keys(goldenRecords));
  const damage = fc.array(fc.tuple(fc.nat(1_000), fc.nat(255)), { minLength: 1, maxLength: 5 });
  let refused = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(names, damage), { minLength: 1, maxLength: 6 }), (records) => {
      const fold = PartitionFold.start(config);
      for (const [offset, [name, changes]] of records.entries()) {
        const bytes = Uint8Array.from(goldenRecords[name] as Uint8Array);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        refused += step(fold, offset, bytes).length;
      }
      expect(step(fold, records.length, goldenRecords['time'] as Uint8Array)).not.toContain('RECORD_MALFORMED');
      const restored = PartitionFold.restore(config, fold.snapshot());
      expect(restored).toBeInstanceOf(PartitionFold);
    }),
    { numRuns: 4_000 },
  );
  expect(refused).toBeGreaterThan(1_000);
});

test('a block whose rare columns are damaged is refused as a whole: none of its ticks is applied', () => {
  const bytes = Uint8Array.from(goldenRecords['every-kind'] as Uint8Array);
  const original = bytes.findIndex((byte, at) => byte === 0x08 && bytes[at + 1] === 3 && at > bytes.length - 40);
  expect(original).toBeGreaterThan(0);
  bytes[original + 1] = 0;
  const fold = PartitionFold.start(config);
  expect(step(fold, 0, bytes)).toEqual(['RECORD_MALFORMED']);
  expect(fold.counters).toMatchObject({ applied: 0, quarantined: 1 });
  expect(step(fold, 1, goldenRecords['trades'] as Uint8Array)).toEqual([]);
  expect(fold.counters.applied).toBe(4);
});

test.each([
  ['a varint', 0, [0x96, 0x01]],
  ['eight bytes', 1, [1, 2, 3, 4, 5, 6, 7, 8]],
  ['a text', 2, [3, 97, 98, 99]],
  ['four bytes', 5, [1, 2, 3, 4]],
])('an unknown field of %s is passed over, as a later version may add one', (_, wireType, payload) => {
  const bytes = goldenRecords['trades'] as Uint8Array;
  const later = withField(40, wireType, payload, bytes);
  expect(rowsByHand(later)).toEqual(rowsByHand(bytes));
  expect(rowsByContract(later)).toEqual(rowsByHand(bytes));
});
