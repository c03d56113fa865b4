/** Which JSON is a bar. */
import { expect, test } from 'vitest';
import { readBar, readBars } from './view-bar.ts';

const row = {
  dataset: 'lean',
  symbol: 'SPY',
  interval: '1m',
  start: '2013-10-08T13:30:00Z',
  end: '2013-10-08T13:31:00Z',
  open: '184.10',
  high: '184.20',
  low: '-1',
  close: null,
  volume: '283',
  vwap: '184.123456789',
  trades: 1,
  revision: 2,
  state: 'closed',
  profile: 'sip',
};

test('a bar is read with its exact decimals and its times in seconds', () => {
  expect(readBar(row)).toMatchObject({ startSec: 1_381_239_000, endSec: 1_381_239_060, open: '184.10', close: null });
});

test.each([
  [{ state: 'done' }],
  [{ open: 184.1 }],
  [{ open: '1e5' }],
  [{ high: undefined }],
  [{ start: 'yesterday' }],
  [{ symbol: 7 }],
  [{ revision: 'many' }],
])('with %j it is none', (part) => {
  expect(readBar({ ...row, ...part })).toBeUndefined();
});

test('in a batch what is no bar is counted, and the others are taken', () => {
  expect(readBars({ bars: [row, null, 3, { ...row, state: '' }] })).toMatchObject({
    bars: [{ symbol: 'SPY' }],
    unread: 3,
  });
  expect(readBars({})).toEqual({ bars: [], unread: 1 });
  expect(readBars(null)).toEqual({ bars: [], unread: 1 });
});
