/**
 * Golden files pin the bytes of what is persisted. In: fixed records and a snapshot. Out: equal to the files, byte for
 * byte, and read back by both decoders. TAPELINE_WRITE_GOLDEN=1 writes them anew, for a deliberate new version.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { encodeLogRecord, foldConfigDefaults, PartitionFold } from '@tapeline/domain';
import { decodeLogRecord, isWireFault } from '@tapeline/wire';
import { expect, test } from 'vitest';
import { goldenRecords, goldenSnapshot, snapshotRecords } from './golden-records.ts';
import { rowsByContract, rowsByHand } from './rows-of-columns.ts';

function pinned(name: string, bytes: Uint8Array): Uint8Array {
  const file = new URL(`golden/${name}.bin`, import.meta.url);
  if (process.env['TAPELINE_WRITE_GOLDEN'] === '1') writeFileSync(file, bytes);
  return Uint8Array.from(readFileSync(file));
}

test.each(Object.keys(goldenRecords))('the bytes of a record with %s are those of its golden file', (name) => {
  const bytes = goldenRecords[name] as Uint8Array;
  expect(bytes).toEqual(pinned(name, bytes));
});

test.each(Object.keys(goldenRecords))(
  'the golden file of %s is read by the decoder generated from the contract',
  (name) => {
    const record = decodeLogRecord(pinned(name, goldenRecords[name] as Uint8Array));
    expect(isWireFault(record)).toBe(false);
    expect('entries' in record && record.entries).toHaveLength(1);
  },
);

test.each(['trades', 'every-kind'])('both decoders read the same ticks from the golden file of %s', (name) => {
  const bytes = pinned(name, goldenRecords[name] as Uint8Array);
  const rows = rowsByHand(bytes);
  expect(rows.length).toBeGreaterThan(3);
  expect(rowsByContract(bytes)).toEqual(rows);
});

test('the bytes of a snapshot are those of its golden file, and they restore to the same bytes', () => {
  const bytes = goldenSnapshot();
  expect(bytes).toEqual(pinned('snapshot', bytes));
  const fold = PartitionFold.restore({ ...foldConfigDefaults, partition: 3 }, bytes);
  expect(fold).toBeInstanceOf(PartitionFold);
  expect((fold as PartitionFold).nextOffset).toBe(4);
});

test('what leaves with an instrument is that of its golden file: a log may hold states and trades of an earlier version', () => {
  const fold = PartitionFold.start({ ...foldConfigDefaults, partition: 3, basePartitions: 2 ** 20 });
  fold.step(snapshotRecords);
  const [instrument] = fold.instruments(0);
  if (instrument === undefined) throw new RangeError('the records of the snapshot have no instrument');
  const { dataset, symbol } = instrument;
  const bytes = encodeLogRecord([{ kind: 'move', dataset, symbol, epoch: 1, fromEpoch: 0, to: 5 }]);
  const { appendTimeMs = 0 } = snapshotRecords.at(-1) ?? {};
  const { emissions } = fold.step([{ offset: fold.nextOffset, appendTimeMs, bytes }]);
  const sent = emissions.flatMap(({ records }) => [...records()]);
  expect(sent).toHaveLength(1);
  expect(sent[0]).toEqual(pinned('departure', sent[0] ?? new Uint8Array()));
});

test('a snapshot of fold version 2 is read, with homes and without: every instrument is owned from the start', () => {
  const old = Uint8Array.from(readFileSync(new URL('golden/snapshot-of-fold-2.bin', import.meta.url)));
  const config = { ...foldConfigDefaults, partition: 3 };
  const restored = (basePartitions: number | undefined): PartitionFold => {
    const fold = PartitionFold.restore(basePartitions === undefined ? config : { ...config, basePartitions }, old);
    if ('code' in fold) throw new RangeError(fold.message);
    fold.step(snapshotRecords);
    return fold;
  };
  expect(restored(undefined).snapshot()).toEqual(goldenSnapshot());
  // Of 2^20 homes none of its instruments has this one.
  const fold = restored(2 ** 20);
  const before = fold.counters.repeats;
  fold.step(snapshotRecords.slice(0, 2).map((record) => ({ ...record, offset: record.offset + 4 })));
  expect(fold.counters.repeats).toBeGreaterThan(before + 4);
  expect(Object.values(fold.handovers)).toEqual(Object.values(fold.handovers).map(() => 0));
});
