/** The log's database: bounded sweeps, pages that are used again, pins and times that outlive the process. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { newDirectory } from '../test-kit/data-directory.ts';
import { LogDatabase, logPageBytes } from './log-database.ts';
import { atPlace, placeOf, tableOf, topics } from './log-places.ts';

const nothingPinned = new Float64Array(4).fill(Infinity);

function openLog(dataDir: string): LogDatabase {
  const log = new LogDatabase(dataDir, 1, 'some log');
  onTestFinished(() => log.close());
  return log;
}

/** Appends records of one size to the place of the bars. */
function append(log: LogDatabase, count: number, size: number, nowMs: number): void {
  log.append({
    nowMs,
    places: new Int32Array(count).fill(1),
    lengths: new Int32Array(count).fill(size),
    bytes: new ArrayBuffer(count * size),
    ticksBytesMax: Infinity,
    bytesMax: Infinity,
  });
}

test('places are numbered by topic and then by partition', () => {
  expect([0, 1, 2, 3, 4, 5].map((place) => tableOf(place, 2))).toEqual([
    'ticks_0',
    'ticks_1',
    'bars_0',
    'bars_1',
    'tape_0',
    'tape_1',
  ]);
});

test('places that are added stand behind, and every number means one topic and partition', () => {
  for (const base of [1, 2, 3, 7]) {
    const places = Array.from({ length: 12 }, (_, partition) => topics.map((topic) => placeOf(topic, partition, base)));
    expect(places.flat().toSorted((one, other) => one - other)).toEqual(Array.from({ length: 48 }, (_, at) => at));
    for (const [partition, ofPartition] of places.entries()) {
      expect(ofPartition.map((place) => atPlace(place, base))).toEqual(topics.map((topic) => ({ topic, partition })));
      expect(ofPartition.every((place) => place < base * 4) || ofPartition.every((place) => place >= base * 4)).toBe(
        true,
      );
    }
  }
  expect([8, 9, 10, 11, 12].map((place) => tableOf(place, 2))).toEqual([
    'ticks_2',
    'bars_2',
    'tape_2',
    'quarantine_2',
    'ticks_3',
  ]);
});

test('a directory from before a topic was there opens with its records, and takes some of that topic', () => {
  const dataDir = newDirectory();
  const before = new LogDatabase(dataDir, 1, 'some log');
  append(before, 3, 10, 1_000);
  before.close();
  const database = new DatabaseSync(join(dataDir, 'log.db'));
  database.exec("DROP TABLE quarantine_0; DELETE FROM places WHERE name = 'quarantine_0'");
  database.close();
  const log = new LogDatabase(dataDir, 1, 'another id');
  onTestFinished(() => log.close());
  expect(log.logId).toBe('some log');
  expect(log.places.map(({ endOffset }) => endOffset)).toEqual([0, 3, 0, 0]);
  log.append({
    nowMs: 2_000,
    places: Int32Array.of(3),
    lengths: Int32Array.of(1),
    bytes: new ArrayBuffer(1),
    ticksBytesMax: Infinity,
    bytesMax: Infinity,
  });
  expect(log.places.map(({ endOffset }) => endOffset)).toEqual([0, 3, 0, 1]);
});

test('a directory of the layout before gets control, keeps its records, and opens with its own partitions still', () => {
  const dataDir = newDirectory();
  const before = new LogDatabase(dataDir, 1, 'some log');
  append(before, 3, 10, 1_000);
  before.close();
  const database = new DatabaseSync(join(dataDir, 'log.db'));
  database.exec('DROP TABLE control; PRAGMA user_version = 1');
  database.close();
  const log = new LogDatabase(dataDir, 1, 'another id');
  onTestFinished(() => log.close());
  expect(log.places.map(({ endOffset }) => endOffset)).toEqual([0, 3, 0, 0]);
  const record = { nowMs: 5_000, keys: ['claim/1'], values: [Uint8Array.of(1)], bytesMax: Infinity };
  expect(log.appendControl(record)).toEqual({ offsets: [0], timesMs: [5_000] });
  const look = new DatabaseSync(join(dataDir, 'log.db'), { readOnly: true });
  expect(look.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 });
  look.close();
});

test('partitions are added whole, ticks of theirs are pinned, and they are there after a restart', () => {
  const dataDir = newDirectory();
  const log = new LogDatabase(dataDir, 2, 'some log');
  log.addPartitions(4, Infinity);
  log.addPartitions(3, Infinity);
  expect(log.places).toHaveLength(16);
  const pins = log.places.slice(8).map(({ pinnedOffset }) => pinnedOffset);
  expect(pins).toEqual([0, Infinity, Infinity, Infinity, 0, Infinity, Infinity, Infinity]);
  log.append({
    nowMs: 1_000,
    places: Int32Array.of(placeOf('bars', 3, 2), placeOf('bars', 1, 2)),
    lengths: Int32Array.of(1, 1),
    bytes: new ArrayBuffer(2),
    ticksBytesMax: Infinity,
    bytesMax: Infinity,
  });
  log.close();
  const again = new LogDatabase(dataDir, 2, 'some log');
  onTestFinished(() => again.close());
  expect(again.places).toHaveLength(16);
  const filled = again.places.flatMap(({ endOffset }, place) => (endOffset > 0 ? [tableOf(place, 2)] : []));
  expect(filled).toEqual(['bars_1', 'bars_3']);
  expect(() => again.addPartitions(5, again.usedBytes)).toThrow('the quota leaves the log');
  expect(again.places).toHaveLength(16);
});

test('control keeps the last of each key, and of what was taken out that it was for a day', () => {
  const dataDir = newDirectory();
  const log = openLog(dataDir);
  const put = (nowMs: number, ...keys: string[]): number[] => {
    const values = keys.map((key) => (key.startsWith('-') ? undefined : Uint8Array.of(1)));
    return log.appendControl({ nowMs, keys, values, bytesMax: Infinity }).offsets;
  };
  const kept = (): unknown[] => {
    const look = new DatabaseSync(join(dataDir, 'log.db'), { readOnly: true });
    const rows = look.prepare('SELECT record_offset, key FROM control ORDER BY record_offset').all();
    look.close();
    return rows.map((row) => [row['record_offset'], row['key']]);
  };
  expect(put(1_000, 'a', 'b', 'a', '-c')).toEqual([0, 1, 2, 3]);
  expect(kept()).toEqual([
    [1, 'b'],
    [2, 'a'],
    [3, '-c'],
  ]);
  // What may be forgotten is looked for now and then, so some appends go by.
  for (let append = 0; append < 300; append += 1) put(90_000_000, 'a');
  expect(put(90_000_000, '-d')).toEqual([304]);
  expect(kept()).toEqual([
    [1, 'b'],
    [303, 'a'],
    [304, '-d'],
  ]);
});

test('one sweep deletes at most 2,000 records, and says that there is more', () => {
  const log = openLog(newDirectory());
  append(log, 4_500, 10, 1_000);
  expect(log.sweep(2_000, nothingPinned)).toMatchObject({ more: true, firstOffsets: Float64Array.of(0, 2_000, 0, 0) });
  expect(log.sweep(2_000, nothingPinned)).toMatchObject({ more: true, firstOffsets: Float64Array.of(0, 4_000, 0, 0) });
  expect(log.sweep(2_000, nothingPinned)).toMatchObject({ more: false, firstOffsets: Float64Array.of(0, 4_500, 0, 0) });
});

test('one sweep deletes at most 16 MiB and the record that reaches past them', () => {
  const log = openLog(newDirectory());
  append(log, 5, 6_000_000, 1_000);
  expect(log.sweep(2_000, nothingPinned)).toMatchObject({ more: true, firstOffsets: Float64Array.of(0, 3, 0, 0) });
  expect(log.sweep(2_000, nothingPinned)).toMatchObject({ more: false, firstOffsets: Float64Array.of(0, 5, 0, 0) });
});

test('a record as old as the cutoff stays, and nothing younger leaves for being behind it', () => {
  const log = openLog(newDirectory());
  append(log, 2, 10, 1_000);
  append(log, 2, 10, 3_000);
  expect(log.sweep(1_000, nothingPinned).firstOffsets).toEqual(Float64Array.of(0, 0, 0, 0));
  expect(log.sweep(1_001, nothingPinned).firstOffsets).toEqual(Float64Array.of(0, 2, 0, 0));
});

test('the file does not grow as long as retention takes what is added', () => {
  const dataDir = newDirectory();
  const log = openLog(dataDir);
  const sizes: number[] = [];
  for (let round = 1; round <= 12; round += 1) {
    append(log, 40, 200_000, round * 1_000);
    while (log.sweep(round * 1_000 - 1_500, nothingPinned).more);
    log.checkpoint();
    sizes.push(statSync(join(dataDir, 'log.db')).size);
  }
  expect(sizes.at(-1)).toBe(sizes[3]);
  expect(log.usedBytes).toBeLessThan(4 * 40 * 200_000);
});

test('ticks are pinned from the first on until somebody pins them elsewhere', () => {
  const log = openLog(newDirectory());
  expect(log.places.map(({ pinnedOffset }) => pinnedOffset)).toEqual([0, Infinity, Infinity, Infinity]);
});

test('after a restart a pin is as high as what was deleted by it, and no higher', () => {
  const dataDir = newDirectory();
  const log = new LogDatabase(dataDir, 1, 'some log');
  append(log, 10, 10, 1_000);
  log.sweep(2_000, Float64Array.of(0, 4, Infinity));
  // Nothing left by this one, so it is forgotten.
  log.sweep(500, Float64Array.of(0, 8, Infinity));
  log.close();
  expect(openLog(dataDir).places[1]).toEqual({ firstOffset: 4, endOffset: 10, lastTimeMs: 1_000, pinnedOffset: 4 });
});

test('the highest append time outlives its record and the process', () => {
  const dataDir = newDirectory();
  const log = new LogDatabase(dataDir, 1, 'some log');
  append(log, 1, 10, 5_000);
  append(log, 1, 10, 4_000);
  log.sweep(9_000, nothingPinned);
  log.close();
  const again = openLog(dataDir);
  expect(again.places[1]).toMatchObject({ firstOffset: 2, endOffset: 2, lastTimeMs: 5_000 });
  expect(again.usedBytes % logPageBytes).toBe(0);
});
