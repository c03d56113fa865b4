/** The address of a chart. */
import { expect, test } from 'vitest';
import { addressOf, readAddress } from './selection.ts';

test('an address says what the chart shows, also of odd names', () => {
  const selection = { dataset: 'hand made', symbol: 'BTC/USD#1', interval: '5m', profile: 'sip' } as const;
  expect(addressOf(selection)).toBe('#hand%20made/BTC%2FUSD%231/5m/sip');
  expect(readAddress(addressOf(selection))).toEqual(selection);
});

test.each([
  '',
  '#',
  '#us/SPY/2m/all',
  '#us/SPY/1m',
  '#us/SPY/1m/best',
  '#us//1m/all',
  '#us/SPY/1m/all/x',
  '#us/%E0%A4%A/1m/all',
])('%j names no chart', (hash) => {
  expect(readAddress(hash)).toBeUndefined();
});
