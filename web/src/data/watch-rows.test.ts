/** What the list knows of each instrument, and in which order it shows them. */
import { expect, test } from 'vitest';
import { viewBar } from '../../test-kit/view-bars.ts';
import { ambiguousSymbols, firstRow, nextOrder, orderRows } from './watch-order.ts';
import { WatchRows, watchRowsMax } from './watch-rows.ts';

function rowsOf(days: Readonly<Record<string, Parameters<typeof viewBar>[0] | null>>): WatchRows {
  const rows = new WatchRows();
  for (const [symbol, day] of Object.entries(days)) {
    rows.add('us', symbol);
    if (day !== null) rows.applyDay(viewBar({ symbol, interval: '1d', ...day }));
  }
  return rows;
}

test('a row has the last price, the change since the day’s first, the volume, and the direction of each move', () => {
  const rows = rowsOf({ SPY: { open: '100', close: '101.5', revision: 1, state: 'forming' } });
  const [row] = rows.rows;
  expect(row).toMatchObject({ last: '101.5', changePercent: 1.5, volume: 100, decimals: 1 });
  const day = { symbol: 'SPY', interval: '1d', open: '100', state: 'forming' } as const;
  expect(rows.applyDay(viewBar({ ...day, close: '101.25', revision: 2 }))?.direction).toBe(-1);
  expect(rows.applyDay(viewBar({ ...day, close: '101.250', revision: 3 }))?.direction).toBe(0);
  expect(row?.decimals).toBe(2);
});

test('an earlier day and an older revision change nothing; a later day takes over', () => {
  const rows = rowsOf({ SPY: { startSec: 86_400, revision: 5 } });
  expect(rows.applyDay(viewBar({ startSec: 0, revision: 99 }))).toBeUndefined();
  expect(rows.applyDay(viewBar({ startSec: 86_400, revision: 4 }))).toBeUndefined();
  expect(rows.applyDay(viewBar({ startSec: 172_800, revision: 1 }))).toBeDefined();
  expect(rows.applyDay(viewBar({ symbol: 'QQQ' }))).toBeUndefined();
});

test('a day in which nothing may set a price yet shows the last one there was, without a change', () => {
  const rows = rowsOf({ SPY: { close: '7' } });
  rows.applyDay(viewBar({ startSec: 86_400, open: null, high: null, low: null, close: null }));
  expect(rows.rows[0]).toMatchObject({ last: '7', changePercent: null });
});

test('at the bound further instruments are counted and left out', () => {
  const rows = new WatchRows();
  for (let index = 0; index < watchRowsMax; index += 1) rows.add('us', `S${index}`);
  expect(rows.add('us', 'S0')).toBe(false);
  expect([rows.add('us', 'ONE'), rows.add('us', 'TWO')]).toEqual([false, false]);
  expect([rows.size, rows.leftOut]).toEqual([watchRowsMax, 2]);
});

test('rows are sorted by any column, those without a value last in both directions', () => {
  const { rows } = rowsOf({
    B: { close: '2', open: '1', volume: '5' },
    C: null,
    A: { close: '10', open: '9', volume: '7' },
  });
  const order = (column: 'symbol' | 'last' | 'change' | 'volume', isDescending: boolean): string =>
    orderRows(rows, '', { column, isDescending })
      .map(({ symbol }) => symbol)
      .join('');
  expect([order('symbol', false), order('symbol', true)]).toEqual(['ABC', 'CBA']);
  expect([order('last', true), order('last', false)]).toEqual(['ABC', 'BAC']);
  expect([order('change', true), order('volume', true)]).toEqual(['BAC', 'ABC']);
});

test('the filter takes parts of symbol and dataset in either case; a whole symbol stands first', () => {
  const rows = new WatchRows();
  for (const symbol of ['AAPL', 'BA', 'BAC', 'AB']) rows.add('us', symbol);
  rows.add('crypto', 'BTC');
  const found = (filter: string): string[] =>
    orderRows(rows.rows, filter, { column: 'symbol', isDescending: true }).map(({ symbol }) => symbol);
  expect(found('ba')).toEqual(['BA', 'BAC']);
  expect(found(' cry  b ')).toEqual(['BTC']);
  expect(found('xyz')).toEqual([]);
});

test('a click on a column turns it round; another column begins with its greatest value, symbols with A', () => {
  const order = { column: 'symbol', isDescending: false } as const;
  expect(nextOrder(order, 'symbol')).toEqual({ column: 'symbol', isDescending: true });
  expect(nextOrder(order, 'volume')).toEqual({ column: 'volume', isDescending: true });
  expect(nextOrder({ column: 'volume', isDescending: true }, 'symbol')).toEqual(order);
});

test('a symbol of two datasets is told apart, and the first instrument is the first by name', () => {
  const rows = new WatchRows();
  rows.add('us', 'SPY');
  rows.add('us', 'AMD');
  rows.add('hand', 'SPY');
  expect([...ambiguousSymbols(rows.rows)]).toEqual(['SPY']);
  expect(firstRow(rows.rows)?.symbol).toBe('AMD');
  expect(firstRow([])).toBeUndefined();
});
