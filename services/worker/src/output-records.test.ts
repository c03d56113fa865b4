/** How outputs are cut into records: each small enough, none lost, and the clock only in the last. */
import { decodeTapeRecord, type TapeSegmentOut } from '@tapeline/domain';
import { barFromWire, wireOutput } from '@tapeline/wire';
import { expect, test } from 'vitest';
import { barAt } from '../test-kit/sample-bar.ts';
import {
  barRecords,
  barsPerRecordMax,
  segmentBytesPerRecordMax,
  tapeRecords,
  type ToldMove,
  toldMoves,
} from './output-records.ts';

const before = { clockMs: 1_000, nextOffset: 7 };
const after = { clockMs: 2_500, nextOffset: 9 };

function decoded(count: number, moved: readonly ToldMove[] = []): WireBars[] {
  const bars = Array.from({ length: count }, (_, startSec) => barAt(startSec));
  return [...barRecords(bars, { from: before, to: after, moved }, 2_000)].map((bytes) =>
    wireOutput.BarRecord.decode(bytes),
  );
}

type WireBars = ReturnType<typeof wireOutput.BarRecord.decode>;

test('a record without bars still has clock, offset and lateness', () => {
  const mark = { clockTimeNs: 2_500_000_000n, nextOffset: 9n, latenessMs: 2_000n };
  expect(decoded(0)).toEqual([{ bars: [], ...mark, departures: [], arrivals: [] }]);
});

test('bars come back as they were', () => {
  const [record] = decoded(1);
  expect(record?.bars.map(barFromWire)).toEqual([barAt(0)]);
});

test('of several records only the last says the new clock, because the bars before it are not all out', () => {
  const records = decoded(2 * barsPerRecordMax + 1);
  expect(records.map(({ bars }) => bars.length)).toEqual([barsPerRecordMax, barsPerRecordMax, 1]);
  expect(records.map(({ clockTimeNs }) => clockTimeNs)).toEqual([1_000_000_000n, 1_000_000_000n, 2_500_000_000n]);
  expect(records.map(({ nextOffset }) => nextOffset)).toEqual([7n, 7n, 9n]);
  expect(decoded(barsPerRecordMax)).toHaveLength(1);
});

test('segments are cut at a MiB, one that is larger goes alone, and the clock is in the last record', () => {
  const sizes = [600_000, 600_000, 100, 2_000_000, 100];
  const segments = sizes.map((size): TapeSegmentOut => {
    const [firstEventNs, lastEventNs] = [0n, 0n];
    return {
      dataset: 'd',
      symbol: 'S',
      offset: 0,
      firstNumber: 1,
      count: 1,
      firstEventNs,
      lastEventNs,
      amends: false,
      bytes: new Uint8Array(size),
    };
  });
  const records = [...tapeRecords(segments, { from: before, to: after, moved: [] })];
  expect(records.map(({ length }) => Math.round(length / 100_000))).toEqual([6, 6, 20, 0]);
  expect(records.every(({ length }) => length < 2 * segmentBytesPerRecordMax)).toBe(true);
});

test('a record without segments still has clock and offset', () => {
  const [record] = [...tapeRecords([], { from: before, to: after, moved: [] })].map(decodeTapeRecord);
  expect(record).toEqual({ segments: [], clockMs: 2_500, nextOffset: 9 });
});

const s = { dataset: 'd', symbol: 'S', logTimeMs: 0 };
const records = [
  { offset: 7, appendTimeMs: 1_100, bytes: new Uint8Array(0) },
  { offset: 8, appendTimeMs: 900, bytes: new Uint8Array(0) },
  { offset: 9, appendTimeMs: 2_500, bytes: new Uint8Array(0) },
];

test('what came and went stands in the last record, what left with the clock before its Move', () => {
  const moved = toldMoves(
    [
      { ...s, offset: 7, epoch: 1, step: 'arrived', movedAtMs: 0 },
      { ...s, offset: 8, epoch: 2, step: 'prepared' },
      { ...s, offset: 9, epoch: 2, step: 'left', to: 5 },
    ],
    records,
    1_000,
  );
  const instrument = { dataset: 'd', symbol: 'S' };
  const told = {
    departures: [{ instrument, epoch: 2, toPartition: 5, clockTimeNs: 1_100_000_000n }],
    arrivals: [{ instrument, epoch: 1 }],
  };
  const none = { departures: [], arrivals: [] };
  expect(decoded(barsPerRecordMax + 1, moved)).toMatchObject([none, told]);
  const tape = [...tapeRecords([], { from: before, to: after, moved })];
  expect(tape.map((bytes) => wireOutput.TapeRecord.decode(bytes))).toEqual([
    { segments: [], clockTimeNs: 2_500_000_000n, nextOffset: 9n, ...told },
  ]);
  // Readers that know nothing of moves read it as before.
  expect(tape.map(decodeTapeRecord)).toEqual([{ segments: [], clockMs: 2_500, nextOffset: 9 }]);
});
