/** Bars as lines of CSV and NDJSON; averages worked out by hand. */
import type { Bar } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { barText, headerText } from './bar-text.ts';

const bar: Bar = {
  dataset: 'lean-us-equity',
  symbol: 'SPY',
  interval: '1m',
  profile: 'all',
  startSec: 1_381_239_000,
  endSec: 1_381_239_060,
  tradingDate: 15_986,
  session: 'regular',
  open: 1_841_000,
  high: 1_841_050,
  low: 1_840_000,
  close: 1_841_000,
  volume: 300n,
  notional: 552_301_000n,
  trades: 2,
  revision: 3,
  foldVersion: 1,
  state: 'closed',
  position: { partition: 0, epoch: 0, offset: 0 },
  priceExponent: -4,
  sizeExponent: 0,
};

test('NDJSON has the fields in their order, times in RFC 3339 and numbers with a unit as exact text', () => {
  expect(barText(bar, 2, 'ndjson')).toBe(
    '{"dataset":"lean-us-equity","symbol":"SPY","interval":"1m","start":"2013-10-08T13:30:00Z","end":"2013-10-08T13:31:00Z",' +
      '"open":"184.10","high":"184.105","low":"184.00","close":"184.10","volume":"300","vwap":"184.100333333",' +
      '"trades":2,"revision":3,"state":"closed","profile":"all"}\n',
  );
});

test('CSV has the same columns', () => {
  expect(headerText('csv') + barText(bar, 2, 'csv')).toBe(
    'dataset,symbol,interval,start,end,open,high,low,close,volume,vwap,trades,revision,state,profile\n' +
      'lean-us-equity,SPY,1m,2013-10-08T13:30:00Z,2013-10-08T13:31:00Z,' +
      '184.10,184.105,184.00,184.10,300,184.100333333,2,3,closed,all\n',
  );
  expect(headerText('ndjson')).toBe('');
});

test('without a tick size prices have no zeros at the end', () => {
  expect(barText(bar, 0, 'csv')).toContain(',184.1,184.105,184,184.1,300,');
});

test('what no trade may set is null, or empty in CSV', () => {
  const none = { ...bar, open: null, high: null, low: null, close: null, volume: 0n, notional: 0n, trades: 0 };
  expect(JSON.parse(barText(none, 2, 'ndjson'))).toMatchObject({ open: null, close: null, vwap: null, volume: '0' });
  expect(barText(none, 2, 'csv')).toContain('Z,,,,,0,,0,3,');
});

test.each([
  // 0.01 / 20,000,000 = 0.0000000005: exactly half of the ninth decimal.
  ['to the even neighbour below', 20_000_001n, '0.01'],
  ['to the even neighbour above', 39_999_999n, '0.02'],
  ['up, where more than half is left', 20_000_002n, '0.010000001'],
])('an average of half a unit is rounded %s', (_, notional, vwap) => {
  const average = { ...bar, priceExponent: -2, volume: 20_000_000n, notional };
  expect(JSON.parse(barText(average, 2, 'ndjson'))).toMatchObject({ vwap });
});

test('an average has as many decimals as the price where that has more than nine', () => {
  const tiny = { ...bar, priceExponent: -12, volume: 2n, notional: 3n };
  expect(JSON.parse(barText(tiny, 0, 'ndjson'))).toMatchObject({ vwap: '0.000000000002' });
});

test('units of size fall out of the average', () => {
  // 2 coins at 100.00 and 1 coin at 103.00, sizes in 1e-8.
  const coins = { ...bar, priceExponent: -2, sizeExponent: -8, volume: 300_000_000n, notional: 3_030_000_000_000n };
  expect(JSON.parse(barText(coins, 2, 'ndjson'))).toMatchObject({ volume: '3', vwap: '101.00' });
});

test('a symbol with a comma or a quote stands in quotes in CSV', () => {
  expect(barText({ ...bar, symbol: 'A,"B"' }, 2, 'csv')).toContain('lean-us-equity,"A,""B""",1m,');
});
