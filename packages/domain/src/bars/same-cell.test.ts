/**
 * Cells that a snapshot stores once. In: two cells that differ in one column. Out: they are not the same; a copy is.
 */
import { expect, test } from 'vitest';
import { BarRows } from './bar-rows.ts';
import { copyCell, isSameCell } from './same-cell.ts';

const columns = [
  'trades',
  'volume',
  'relative',
  'basis',
  'high',
  'low',
  'open',
  'openNs',
  'openPublisher',
  'openSequence',
  'close',
  'closeNs',
  'closePublisher',
  'closeSequence',
  'ifFirst',
  'ifFirstNs',
  'ifFirstPublisher',
  'ifFirstSequence',
] as const;

function filled(): BarRows {
  const rows = new BarRows(2);
  rows.add(0, 0, 0, 60, 0);
  for (const [index, column] of columns.entries()) rows[column][0] = index + 1;
  copyCell(rows, 0, 1);
  return rows;
}

test('a copy is the same in every column', () => {
  const rows = filled();
  expect(columns.map((column) => rows[column][1])).toEqual(columns.map((_, index) => index + 1));
  expect(isSameCell(rows, 0, 1)).toBe(true);
});

test.each(columns)('cells that differ in %s are not the same', (column) => {
  const rows = filled();
  rows[column][1] = 99;
  expect(isSameCell(rows, 0, 1)).toBe(false);
});

test.each([0, 1])('a cell with sums beyond numbers is stored by itself (cell %i)', (cell) => {
  const rows = filled();
  rows.exact.put(cell, { volume: 1n, notional: 1n });
  expect(isSameCell(rows, 0, 1)).toBe(false);
});
