/** What of a bar gets to the chart. */
import { expect, test } from 'vitest';
import { viewBar } from '../../test-kit/view-bars.ts';
import { candleOf, columnOf, decimalRange, hasCandle, noDecimals, pointTime, shownDecimals } from './chart-points.ts';

const colours = { volumeUp: 'up', volumeDown: 'down', revised: 'amber' };

test('a bar with all four prices is a candle; without one of them its place stays empty', () => {
  expect(candleOf(viewBar({ startSec: 60 }), colours, false)).toEqual({
    time: 60,
    open: 1,
    high: 2,
    low: 0.5,
    close: 1.5,
  });
  const halted = viewBar({ startSec: 60, open: null, close: null });
  expect([hasCandle(halted), candleOf(halted, colours, true)]).toEqual([false, { time: 60 }]);
});

test('a revised bar is marked by its colour', () => {
  expect(candleOf(viewBar({}), colours, true)).toMatchObject({ color: 'amber', wickColor: 'amber' });
});

test('the volume has the colour of its candle, and stands also where there is no candle', () => {
  expect(columnOf(viewBar({ close: '0.90' }), colours)).toEqual({ time: 0, value: 100, color: 'down' });
  expect(columnOf(viewBar({ open: null, close: null }), colours).color).toBe('up');
});

test('a bar of a day stands on its trading date', () => {
  const london = Date.UTC(2013, 9, 7, 23) / 1_000;
  expect(pointTime(viewBar({ interval: '1d', startSec: london, endSec: london + 86_400 }))).toBe(
    Date.UTC(2013, 9, 8) / 1_000,
  );
});

test('prices have the decimals that all of them have, two where any has two, twelve on the axis at most', () => {
  const range = decimalRange([viewBar({ open: '1.00', high: '2.0050', low: '0.50', close: null })], noDecimals);
  expect([range, shownDecimals(range)]).toEqual([{ least: 2, most: 4 }, 2]);
  const fine = decimalRange(
    [viewBar({ open: '0.1197200', high: '0.1197201', low: '0.1197000', close: '0.1200000' })],
    noDecimals,
  );
  expect(shownDecimals(fine)).toBe(7);
  const wide = decimalRange([viewBar({ open: '5', high: '5.1', low: '5', close: `5.${'1'.repeat(18)}` })], noDecimals);
  expect([wide, shownDecimals(wide)]).toEqual([{ least: 0, most: 12 }, 2]);
  expect(shownDecimals(noDecimals)).toBe(0);
});
