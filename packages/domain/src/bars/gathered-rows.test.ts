/** Rows come side by side as they stand in their table, in any order, and nothing stays of rows gathered before. */
import { expect, test } from 'vitest';
import { BarRows, RowFlag } from './bar-rows.ts';
import { GatheredRows } from './gathered-rows.ts';

const cellColumns = [
  'open',
  'high',
  'low',
  'close',
  'trades',
  'volume',
  'basis',
  'relative',
  'openNs',
  'openSequence',
  'openPublisher',
  'closeNs',
  'closeSequence',
  'closePublisher',
  'ifFirst',
  'ifFirstNs',
  'ifFirstSequence',
  'ifFirstPublisher',
] as const;
const rowColumns = ['startSec', 'events', 'firstBlock', 'lastBlock', 'level', 'flags', 'publishers', 'kept'] as const;

/** Every number of a row, all different. */
function fill(rows: BarRows, row: number, hasIfFirst: boolean): void {
  for (const [place, name] of rowColumns.entries())
    if (name !== 'level' && name !== 'flags') rows[name][row] = row * 100 + place;
  for (let cell = row * rows.profileCount; cell < (row + 1) * rows.profileCount; cell += 1) {
    for (const [place, name] of cellColumns.entries())
      if (hasIfFirst || !name.startsWith('ifFirst')) rows[name][cell] = cell * 100 + place;
  }
}

function rowOf(rows: BarRows, row: number): unknown[] {
  const cells = Array.from({ length: rows.profileCount }, (_, profile) => row * rows.profileCount + profile);
  return [
    rowColumns.map((name) => rows[name][row]),
    cells.map((cell) => [cellColumns.map((name) => rows[name][cell]), rows.exact.at(cell)]),
  ];
}

test('gathered rows are those of the table, whatever was gathered before', () => {
  const table = new BarRows(2);
  for (let row = 0; row < 90; row += 1) {
    table.add(0, 0, row, row + 1, 0);
    fill(table, row, row % 3 === 0);
    if (row % 5 === 0) table.exact.put(row * 2 + 1, { volume: BigInt(row), notional: 2n ** 70n });
  }
  const gathered = new GatheredRows(2);
  const ids = Array.from({ length: 90 }, (_, index) => (index * 37) % 90);
  for (const [first, count] of [
    [0, 90],
    [11, 70],
    [3, 5],
  ] as const) {
    gathered.take(table, 0, ids, first, count, 0);
    for (let index = 0; index < count; index += 1)
      expect(rowOf(gathered.rows, index)).toEqual(rowOf(table, ids[first + index] ?? -1));
  }
});

test('one row can be put to a place of its own, and its neighbours stay', () => {
  const table = new BarRows(1);
  for (let row = 0; row < 4; row += 1) {
    table.add(0, 0, row, row + 1, 0);
    fill(table, row, true);
  }
  const gathered = new GatheredRows(1);
  gathered.take(table, 0, [0, 1, 2], 0, 3, 0);
  gathered.take(table, 0, [3], 0, 1, 1);
  expect([0, 1, 2].map((row) => rowOf(gathered.rows, row))).toEqual([0, 3, 2].map((row) => rowOf(table, row)));
});

test('of coarse rows that can still change the cells are not fetched, of those that have left they are', () => {
  const table = new BarRows(1);
  for (let row = 0; row < 2; row += 1) {
    table.add(0, 1, row, row + 1, 0);
    fill(table, row, true);
  }
  table.set(1, RowFlag.left);
  const gathered = new GatheredRows(1);
  gathered.take(table, 1, [0, 1], 0, 2, 0);
  expect([gathered.rows.trades[0], gathered.rows.events[0]]).toEqual([0, table.events[0]]);
  expect(rowOf(gathered.rows, 1)).toEqual(rowOf(table, 1));
});
