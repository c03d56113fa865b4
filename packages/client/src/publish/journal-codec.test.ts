/**
 * The bytes of a journal. In: random records, and files cut or damaged at every place. Out: the records up to there; a
 * torn tail is cut, damage before the end is told.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeJournalRecord, journalMagic, type JournalRecord, readJournal } from './journal-codec.ts';
import { recordsOfState, stateOfJournal } from './journal-state.ts';

const links = fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 1e9 })), {
  maxLength: 4,
});
const record: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc.record({
    kind: fc.constant('identity' as const),
    publisherId: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
    expireTimeNs: fc.bigInt({ min: 0n, max: 2n ** 62n }),
  }),
  fc.record({ kind: fc.constant('links' as const), links, last: fc.integer({ min: 0, max: 1e9 }) }),
  fc.record({
    kind: fc.constant('batch' as const),
    links,
    batch: fc.record({
      first: fc.integer({ min: 1, max: 100 }),
      last: fc.integer({ min: 100, max: 200 }),
      ticks: fc.integer({ min: 1, max: 100 }),
      block: fc.uint8Array({ maxLength: 60 }),
    }),
  }),
  fc.record({ kind: fc.constant('settled' as const), sequence: fc.integer({ min: 1, max: 1e9 }) }),
);

function fileOf(records: readonly JournalRecord[]): { file: Uint8Array; ends: number[] } {
  const parts = [journalMagic, ...records.map(encodeJournalRecord)];
  let at = 0;
  const ends = parts.map((part) => (at += part.byteLength));
  const file = new Uint8Array(at);
  for (const [index, part] of parts.entries()) file.set(part, (ends[index] ?? 0) - part.byteLength);
  return { file, ends };
}

test('what is written is read', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), (records) => {
      const { file } = fileOf(records);
      expect(readJournal(file)).toEqual({ records, wholeBytes: file.byteLength });
    }),
  );
});

test('a file cut anywhere gives the records before the cut, and no damage', () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 4 }),
      fc.nat(),
      fc.nat({ max: 300 }),
      (records, cut, zeros) => {
        const { file, ends } = fileOf(records);
        const at = cut % (file.byteLength + 1);
        const whole = ends.filter((end) => end <= at).length - 1;
        expect(readJournal(file.subarray(0, at)).records).toEqual(records.slice(0, Math.max(0, whole)));
        expect(readJournal(file.subarray(0, at)).damagedAt).toBeUndefined();
        // A file system may have made the file longer before it wrote what belongs there.
        if (!ends.includes(at)) return;
        const grown = new Uint8Array(at + zeros);
        grown.set(file.subarray(0, at));
        const { damagedAt, wholeBytes } = readJournal(grown);
        expect([damagedAt, wholeBytes]).toEqual([undefined, at]);
      },
    ),
  );
});

test('a byte that changed before the last record is told with its place', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 3, maxLength: 5 }), fc.nat(), (records, place) => {
      const { file, ends } = fileOf(records);
      const [from, to] = [ends[0] ?? 0, ends[1] ?? 0];
      const at = from + (place % (to - from));
      file[at] = (file[at] ?? 0) ^ 1;
      expect(readJournal(file)).toEqual({ records: [], wholeBytes: ends[0], damagedAt: ends[0] });
    }),
  );
});

test('another file is no journal', () => {
  expect(readJournal(new TextEncoder().encode('symbol,price\nA,1\n')).damagedAt).toBe(0);
  expect(readJournal(new Uint8Array())).toEqual({ records: [], wholeBytes: 0 });
});

const purpose = { dataset: 'test', timeDomain: 1 };

test('a journal that is written anew says the same', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 10 }), (records) => {
      const state = stateOfJournal(records, purpose);
      expect(stateOfJournal(recordsOfState(state, purpose), purpose)).toEqual(state);
    }),
  );
});

test('links begin anew with another id, not with the first', () => {
  const batch = { first: 1, last: 2, ticks: 2, block: new Uint8Array() };
  const before: JournalRecord[] = [{ kind: 'batch', links: [['A', 2]], batch }];
  const first: JournalRecord = { kind: 'identity', publisherId: 1n, expireTimeNs: 1n };
  expect([...stateOfJournal([...before, first], purpose).links]).toEqual([['A', 2]]);
  const second: JournalRecord = { ...first, publisherId: 2n };
  const settled: JournalRecord = { kind: 'settled', sequence: 2 };
  const after = stateOfJournal([...before, first, settled, second], purpose);
  expect([[...after.links], after.unsettled, after.last]).toEqual([[], [], 2]);
});

test('a journal of another dataset is refused', () => {
  const other: JournalRecord = { kind: 'purpose', dataset: 'other', timeDomain: 1 };
  expect(() => stateOfJournal([other], purpose)).toThrow('of dataset "other"');
});
