/** What a chart keeps of bars that come in any order and more than once. */
import { expect, test } from 'vitest';
import { viewBar } from '../../test-kit/view-bars.ts';
import { seededRandom } from '../../test-kit/fixture-market.ts';
import { BarSeries } from './bar-series.ts';

test('the higher revision holds, whichever comes first, and an equal one changes nothing', () => {
  const [old, young] = [viewBar({ revision: 4, close: '1.50' }), viewBar({ revision: 5, close: '1.60' })];
  const upwards = new BarSeries();
  upwards.merge([old]);
  expect(upwards.merge([young]).painted).toEqual([young]);
  expect(upwards.merge([old, young])).toEqual({ painted: [], revised: [], isReordered: false });
  expect(upwards.bars).toEqual([young]);
});

test('a change of a closed bar is a revision; closing a forming one is none', () => {
  const series = new BarSeries();
  series.merge([viewBar({ revision: 2, state: 'forming' })]);
  expect(series.merge([viewBar({ revision: 3, state: 'closed' })]).revised).toEqual([]);
  const revised = viewBar({ revision: 4, state: 'revised' });
  expect(series.merge([revised])).toEqual({ painted: [revised], revised: [revised], isReordered: false });
});

test('a forming bar moves within one revision if its values differ, and never takes the place of a closed one', () => {
  const series = new BarSeries();
  const forming = viewBar({ revision: 2, state: 'forming' });
  series.merge([forming]);
  expect(series.merge([{ ...forming }]).painted).toEqual([]);
  expect(series.merge([{ ...forming, close: '1.70' }]).painted).toHaveLength(1);
  const closed = viewBar({ revision: 3 });
  series.merge([closed]);
  expect(series.merge([forming]).painted).toEqual([]);
  expect(series.bars).toEqual([closed]);
});

test('bars before or between others ask for a whole repaint; after the last one they do not', () => {
  const series = new BarSeries();
  expect(series.merge([viewBar({ startSec: 60 }), viewBar({ startSec: 180 })]).isReordered).toBe(false);
  expect(series.merge([viewBar({ startSec: 120 })]).isReordered).toBe(true);
  expect(series.merge([viewBar({ startSec: 0 })]).isReordered).toBe(true);
  expect(series.merge([viewBar({ startSec: 240 })])).toMatchObject({
    isReordered: false,
    painted: [{ startSec: 240 }],
  });
  expect(series.bars.map(({ startSec }) => startSec)).toEqual([0, 60, 120, 180, 240]);
  expect(series.at(120)?.startSec).toBe(120);
  expect(series.at(121)).toBeUndefined();
});

test('at the bound the oldest bars go, and no older ones are asked for', () => {
  const series = new BarSeries(3);
  series.merge([0, 60, 120].map((startSec) => viewBar({ startSec })));
  expect(series.isFull).toBe(true);
  expect(series.merge([viewBar({ startSec: 180 })]).isReordered).toBe(true);
  expect(series.bars.map(({ startSec }) => startSec)).toEqual([60, 120, 180]);
});

test('any order and any repeats end in the same bars', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = seededRandom(seed);
    const all = Array.from({ length: 40 }, () => {
      const revision = 1 + Math.floor(random() * 6);
      return viewBar({ startSec: 60 * Math.floor(random() * 8), revision, volume: `${revision}00` });
    });
    const series = new BarSeries();
    for (let from = 0; from < all.length; from += 7) series.merge(all.slice(from, from + 7));
    const highest = new Map<number, number>();
    for (const { startSec, revision } of all) highest.set(startSec, Math.max(revision, highest.get(startSec) ?? 0));
    const expected = [...highest].toSorted(([a], [b]) => a - b);
    expect(
      series.bars.map(({ startSec, revision }) => [startSec, revision]),
      `seed ${seed}`,
    ).toEqual(expected);
  }
});
