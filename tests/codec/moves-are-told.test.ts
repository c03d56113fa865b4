/**
 * Entries of moves that the fold has no rules for: all of them where instruments have no homes. In: their golden records. Out: each
 * is told as an entry that this version does not support, with the number of its kind, also where it is damaged, and changes
 * nothing; what stands beside it counts.
 */
import { encodeLogRecord, foldConfigDefaults, type FoldOutput, PartitionFold } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { goldenRecords, movesNames } from './golden-records.ts';

const config = { ...foldConfigDefaults, partition: 0 };
const kinds: Readonly<Record<string, number>> = {
  move: 7,
  handover: 8,
  'every-forward': 9,
  origin: 10,
  'shipped-trades': 11,
  prepare: 12,
};

function step(fold: PartitionFold, offset: number, bytes: Uint8Array): FoldOutput {
  return fold.step([{ offset, appendTimeMs: 15_986 * 86_400_000 + offset, bytes }]);
}

/** Records one after the other are one record with all their entries. */
function joined(...records: readonly (Uint8Array | undefined)[]): Uint8Array {
  return Uint8Array.from(records.flatMap((record) => [...(record ?? [])]));
}

test('each entry of moves has a golden record', () => {
  expect(movesNames.toSorted()).toEqual(Object.keys(kinds).toSorted());
});

test.each(movesNames)('an entry of %s is told, and nothing else happens', (name) => {
  const fold = PartitionFold.start(config);
  const { notices, bars } = step(fold, 0, goldenRecords[name] ?? new Uint8Array());
  const detail = `entry kind ${kinds[name]} is not known to this version`;
  expect(notices).toEqual([expect.objectContaining({ code: 'ENTRY_UNSUPPORTED', detail })]);
  expect(bars).toEqual([]);
  expect(fold.counters).toEqual({ ...PartitionFold.start(config).counters, quarantined: 1 });
});

test.each(movesNames)('the ticks before and after an entry of %s count, and it is told once', (name) => {
  const fold = PartitionFold.start(config);
  const { trades, 'every-kind': everyKind } = goldenRecords;
  const { notices } = step(fold, 0, joined(trades, goldenRecords[name], everyKind));
  expect(notices.filter(({ code }) => code === 'ENTRY_UNSUPPORTED')).toHaveLength(1);
  const plain = PartitionFold.start(config);
  step(plain, 0, joined(trades, everyKind));
  expect(fold.counters).toEqual({ ...plain.counters, quarantined: plain.counters.quarantined + 1 });
});

test('one that cannot be read is told in the same way', () => {
  const fold = PartitionFold.start(config);
  const bad = encodeLogRecord([{ kind: 'move', dataset: '', symbol: '', epoch: 0, fromEpoch: 0, to: 0 }]);
  const { notices } = step(fold, 0, joined(goldenRecords['trades'], bad));
  expect(notices.map(({ code }) => code)).toEqual(['ENTRY_UNSUPPORTED']);
  expect(fold.counters.applied).toBe(4);
});

test('recovery reads past them and tells nothing again', () => {
  const records = [goldenRecords['trades'], ...movesNames.map((name) => goldenRecords[name])];
  const fold = PartitionFold.start(config);
  for (const [offset, bytes] of records.entries()) step(fold, offset, bytes ?? new Uint8Array());
  const restored = PartitionFold.restore(config, fold.snapshot());
  if ('code' in restored) throw new RangeError(restored.code);
  expect([restored.retainFromOffset, restored.isRecovering]).toEqual([0, true]);
  for (const [offset, bytes] of records.entries()) {
    expect(step(restored, offset, bytes ?? new Uint8Array())).toMatchObject({ notices: [], bars: [] });
  }
  expect(restored.isRecovering).toBe(false);
  const { 'every-kind': next = new Uint8Array() } = goldenRecords;
  expect(step(restored, records.length, next)).toEqual(step(fold, records.length, next));
  expect(restored.snapshot()).toEqual(fold.snapshot());
});

const homes = { ...config, basePartitions: 8 };

test.each([
  ['origin', []],
  ['every-forward', []],
  ['move', []],
  ['handover', ['HANDOVER_OF_OTHER_FORM']],
  ['shipped-trades', []],
  ['prepare', []],
])('with homes an entry of %s is none of these', (name, codes) => {
  const { notices } = step(PartitionFold.start(homes), 0, goldenRecords[name] ?? new Uint8Array());
  expect(notices.map(({ code }) => code)).toEqual(codes);
});
