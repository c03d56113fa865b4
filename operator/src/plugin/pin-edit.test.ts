/** A pin is set in its place, taken out alone, and nothing else of the list changes. */
import { expect, test } from 'vitest';
import { editPins, readInstrument } from './pin-edit.ts';

const pins = [
  { dataset: 'sim', symbol: 'AAPL', partition: 1 },
  { dataset: 'sim', symbol: 'MSFT', partition: 2 },
];

test('a new pin comes last, another partition takes the place of the one before', () => {
  expect(editPins(pins, { dataset: 'xnas', symbol: 'AAPL', partition: 3 })).toEqual({
    kind: 'changed',
    pins: [...pins, { dataset: 'xnas', symbol: 'AAPL', partition: 3 }],
    before: undefined,
  });
  expect(editPins(pins, { dataset: 'sim', symbol: 'AAPL', partition: 3 })).toEqual({
    kind: 'changed',
    pins: [{ dataset: 'sim', symbol: 'AAPL', partition: 3 }, pins[1]],
    before: 1,
  });
});

test('one that is there already, or not there to be taken out, changes nothing', () => {
  expect(editPins(pins, { dataset: 'sim', symbol: 'AAPL', partition: 1 })).toEqual({ kind: 'same', pins, before: 1 });
  expect(editPins(pins, { dataset: 'sim', symbol: 'NONE' })).toEqual({ kind: 'absent', pins, before: undefined });
  expect(editPins(pins, { dataset: 'sim', symbol: 'AAPL' })).toEqual({ kind: 'changed', pins: [pins[1]], before: 1 });
});

test.each([
  ['sim/AAPL', { dataset: 'sim', symbol: 'AAPL' }],
  ['binance/BTC/USDT', { dataset: 'binance', symbol: 'BTC/USDT' }],
  ['AAPL', undefined],
  ['/AAPL', undefined],
  ['sim/', undefined],
  ['', undefined],
])('%j is %j', (text, read) => {
  expect(readInstrument(text)).toEqual(read);
});
