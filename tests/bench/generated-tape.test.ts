/**
 * The bench's generated tape is what the bench says it is. In: seeds. Out: same bytes, Zipf's shares, valid chains,
 * records within ingest's limit, fields like those of the real days.
 */
import { createHash } from 'node:crypto';
import {
  decodeLogRecord,
  decodeTickBlock,
  foldConfigDefaults,
  LogDictionary,
  PartitionFold,
  TickColumns,
  TickKind,
} from '@tapeline/domain';
import { expect, test } from 'vitest';
import { foldPlainly, type PlainBar, type PlainTick } from '../../bench/baseline-fold.ts';
import { generatedTape, type TapeName } from '../../bench/generated-tape.ts';
import { type BenchRecord, recordBytesMax } from '../../bench/record-cutter.ts';
import { TapeGenerator, zipfShare } from '../../bench/tape-generator.ts';

const startMs = Date.UTC(2013, 9, 8, 14);
const settings = { seed: 7, instruments: 500, ticksPerSecond: 60_000, startMs };

function digestOf(name: TapeName, ticks: number): string {
  const hash = createHash('sha256');
  for (const { appendTimeMs, bytes } of generatedTape(name, ticks)) hash.update(String(appendTimeMs)).update(bytes);
  return hash.digest('hex');
}

/** Calls `visit` for every tick block of the records. */
function eachBlock(records: Iterable<BenchRecord>, visit: (columns: TickColumns) => void): void {
  const columns = new TickColumns();
  const dictionary = new LogDictionary();
  for (const { bytes } of records) {
    for (const entry of decodeLogRecord(bytes)) {
      if (entry.kind !== 'tickBlock') continue;
      decodeTickBlock(bytes, entry.start, entry.end, dictionary, columns);
      visit(columns);
    }
  }
}

test('the same name and size give the same bytes', () => {
  expect(digestOf('everything', 30_000)).toBe(digestOf('everything', 30_000));
});

test('another seed gives another tape', () => {
  const prices = (seed: number): number[] => {
    const generator = new TapeGenerator({ ...settings, seed });
    return Array.from({ length: 100 }, () => generator.next().price);
  };
  expect(prices(1)).not.toEqual(prices(2));
});

test('event times never step back', () => {
  const generator = new TapeGenerator(settings);
  let lastMs = 0;
  for (let index = 0; index < 100_000; index += 1) {
    const { eventMs } = generator.next();
    expect(eventMs, `trade ${index}`).toBeGreaterThanOrEqual(lastMs);
    lastMs = eventMs;
  }
});

test("rates follow Zipf's law, and a second holds the ticks that were asked for", () => {
  const generator = new TapeGenerator(settings);
  const counts = Array.from({ length: settings.instruments }, () => 0);
  const ticks = 1_000_000;
  let lastMs = 0;
  for (let index = 0; index < ticks; index += 1) {
    const { instrument, eventMs } = generator.next();
    counts[instrument]! += 1;
    lastMs = eventMs;
  }
  for (const rank of [0, 1, 9, 20]) {
    const share = zipfShare(rank, settings.instruments);
    expect(counts[rank]! / ticks / share, `instrument ${rank}`).toBeCloseTo(1, 0.7);
  }
  expect(counts.every((count) => count > 0)).toBe(true);
  expect(ticks / ((lastMs - startMs) / 1000) / settings.ticksPerSecond).toBeCloseTo(1, 0.9);
});

test('every link names the tick before, and sequences are consecutive inside a block', () => {
  const last = new Map<string, number>();
  let ticks = 0;
  eachBlock(generatedTape('plain', 50_000), (columns) => {
    expect(columns.consecutive).toBe(true);
    for (let group = 0; group < columns.groupCount; group += 1) {
      const symbol = columns.symbols[group]!;
      expect(columns.groupLink[group]).toBe(last.get(symbol) ?? 0);
      last.set(symbol, columns.sequenceAt(group, columns.groupStart[group + 1]! - 1));
    }
    ticks += columns.tickCount;
  });
  expect(ticks).toBe(50_000);
});

test.each<TapeName>(['plain', 'everything'])(
  'records of tape %s are nearly full and within 64 KiB of blocks',
  (name) => {
    const records = [...generatedTape(name, 100_000)].filter(({ ticks }) => ticks > 0);
    for (const { bytes } of records) expect(bytes.length).toBeLessThanOrEqual(recordBytesMax + 64);
    for (const { bytes } of records.slice(2, -1)) expect(bytes.length).toBeGreaterThan(recordBytesMax * 0.85);
  },
);

test('a tape of batches has 2,000 ticks in every record', () => {
  expect([...generatedTape('batches', 10_000)].map(({ ticks }) => ticks)).toEqual([2_000, 2_000, 2_000, 2_000, 2_000]);
});

test('the fold takes every tick of a plain tape, and its bars of a second equal the plain fold', () => {
  const records = [...generatedTape('plain', 60_000)];
  const plain: PlainBar[] = [];
  foldPlainly(plainTicks(records), (bar) => plain.push(bar));
  const fold = PartitionFold.start({ ...foldConfigDefaults, partition: 0, intervals: ['1s'], profiles: ['all'] });
  const bars = records.flatMap(({ appendTimeMs, bytes }, offset) => fold.step([{ offset, appendTimeMs, bytes }]).bars);
  const lateMs = (records.at(-1)?.appendTimeMs ?? 0) + 60_000;
  bars.push(...fold.step([{ offset: records.length, appendTimeMs: lateMs, bytes: new Uint8Array(0) }]).bars);
  const textOf = (
    bar: { symbol: string; trades: number; open: number | null; close: number | null },
    startMs: number,
  ) => `${bar.symbol} ${startMs} ${bar.open} ${bar.close} ${bar.trades}`;
  expect(fold.counters).toMatchObject({ applied: 60_000, repeats: 0, late: 0, quarantined: 0 });
  expect(bars.map((bar) => textOf(bar, bar.startSec * 1000)).sort()).toEqual(
    plain.map((bar) => textOf(bar, bar.startMs)).sort(),
  );
});

test('the tape of the snapshot has cancels and corrections, and all of them find their trade', () => {
  const fold = PartitionFold.start({ ...foldConfigDefaults, partition: 0 });
  let kinds = 0;
  const records = [...generatedTape('midday', 200_000)];
  eachBlock(
    records,
    ({ attributes }) => (kinds |= attributes.reduce((set, { attributes: { kind } }) => set | (1 << kind), 0)),
  );
  for (const [offset, { appendTimeMs, bytes }] of records.entries()) fold.step([{ offset, appendTimeMs, bytes }]);
  expect(kinds).toBe((1 << TickKind.trade) | (1 << TickKind.cancel) | (1 << TickKind.correction));
  expect(fold.counters).toMatchObject({ late: 0, quarantined: 0, gapsDeclared: 0, amendmentsUnmatched: 0 });
  expect(fold.counters.amendments).toBeGreaterThan(0);
});

function plainTicks(records: readonly BenchRecord[]): PlainTick[] {
  const ticks: PlainTick[] = [];
  eachBlock(records, (columns) => {
    for (let group = 0; group < columns.groupCount; group += 1) {
      for (let index = columns.groupStart[group]!; index < columns.groupStart[group + 1]!; index += 1) {
        const eventMs = columns.baseSec * 1000 + (columns.baseNano + columns.timeNs[index]!) / 1_000_000;
        const [price, size] = [columns.price[index]!, columns.size[index]!];
        ticks.push({ symbol: columns.symbols[group]!, eventMs, price, size, venue: '', conditions: [], sequence: 0 });
      }
    }
  });
  return ticks;
}
