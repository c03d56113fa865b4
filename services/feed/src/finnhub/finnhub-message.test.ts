/** How Finnhub's messages are read. */
import { expect, test } from 'vitest';
import { FinnhubReader, finnhubTermsOf } from './finnhub-message.ts';

const receivedNs = 1_575_526_691_134_000_000n + 250_000_000n;
/** The message of Finnhub's documentation. */
const documented = '{"data":[{"p":7296.89,"s":"BINANCE:BTCUSDT","t":1575526691134,"v":0.011467}],"type":"trade"}';

function rowsOf(text: string): readonly object[] {
  const message = new FinnhubReader().read(text, receivedNs);
  return message.what === 'trades' ? [...message.rows, ...message.refused] : [message];
}

function trade(fields: string): string {
  return `{"data":[{${fields}}],"type":"trade"}`;
}

test('the documented message is a trade of its coin, with its time and the delay of its way', () => {
  expect(rowsOf(documented)).toEqual([
    {
      symbol: 'BINANCE:BTCUSDT',
      terms: finnhubTermsOf('BINANCE:BTCUSDT'),
      sequence: 0,
      link: 0,
      eventSec: 1_575_526_691,
      eventNano: 134_000_000,
      attributes: { kind: 1, venue: 'finnhub', tape: 0, conditions: [], side: 0, flags: 0 },
      price: 729_689_000_000,
      size: 1_146_700,
      receiveDelayNs: 250_000_000,
    },
  ]);
});

test('prices are read from their digits: what no binary fraction holds is exact', () => {
  const [row] = rowsOf(trade('"p":90071992.54740991,"s":"X:Y","t":1,"v":1e-8'));
  expect(row).toMatchObject({ price: 9_007_199_254_740_991, size: 1 });
});

test('shares have six decimals, and whole shares stay whole', () => {
  const [row] = rowsOf(trade('"p":150.2501,"s":"AAPL","t":1,"v":100'));
  expect(row).toMatchObject({ price: 150_250_100, size: 100_000_000, terms: { priceExponent: -6, sizeExponent: -6 } });
});

test('condition codes are kept as Finnhub names them, so that no rule of the tapes takes them for its own', () => {
  const reader = new FinnhubReader();
  const text = trade('"c":["1","12"],"p":1,"s":"A","t":1,"v":1');
  const [left, right] = [reader.read(text, 0n), reader.read(text, 0n)];
  const [first, again] = [left, right].map((message) =>
    message.what === 'trades' ? message.rows[0]?.attributes : undefined,
  );
  expect(first?.conditions).toEqual(['FINNHUB_1', 'FINNHUB_12']);
  expect(again).toBe(first);
});

test.each([
  ['"p":"1","s":"A","t":1,"v":1', 'MESSAGE_MALFORMED', 'field p (price) of a trade of "A" is no number'],
  ['"p":1,"s":"A","t":1', 'MESSAGE_MALFORMED', 'field v (volume)'],
  ['"p":1,"s":"A","t":0,"v":1', 'MESSAGE_MALFORMED', 'field t (time)'],
  ['"p":1,"s":"A","t":1.5,"v":1', 'MESSAGE_MALFORMED', 'field t (time)'],
  ['"p":1,"s":"A","t":1e300,"v":1', 'MESSAGE_MALFORMED', 'field t (time)'],
  ['"p":1,"s":7,"t":1,"v":1', 'MESSAGE_MALFORMED', 'field s (symbol)'],
  ['"p":1,"s":"A B","t":1,"v":1', 'SYMBOL_MALFORMED', 'symbol "A B"'],
  ['"p":0,"s":"A","t":1,"v":1', 'PRICE_NOT_POSITIVE', 'p (price) "0" is not above 0'],
  ['"p":1,"s":"A","t":1,"v":0', 'SIZE_NOT_POSITIVE', 'v (volume)'],
  ['"p":1.0000001,"s":"A","t":1,"v":1', 'PRICE_OUT_OF_RANGE', 'p (price)'],
  ['"p":1e40,"s":"A","t":1,"v":1', 'PRICE_OUT_OF_RANGE', 'p (price)'],
  ['"c":[{}],"p":1,"s":"A","t":1,"v":1', 'MESSAGE_MALFORMED', 'field c (conditions)'],
  [`"c":[${'"1",'.repeat(16)}"1"],"p":1,"s":"A","t":1,"v":1`, 'MESSAGE_MALFORMED', 'up to 16 codes'],
])('a trade with %s is refused as %s, and the one beside it counts', (fields, code, words) => {
  const text = `{"data":[{${fields}},{"p":1,"s":"B","t":1,"v":1}],"type":"trade"}`;
  const [good, bad] = rowsOf(text);
  expect(good).toMatchObject({ symbol: 'B' });
  expect(bad).toMatchObject({ code, message: expect.stringContaining(words) });
});

test.each([
  ['', 'is no JSON'],
  ['[1]', 'is no object'],
  ['{"type":"news"}', 'has the type "news"'],
  ['{"type":"trade","data":null}', 'no list of trades'],
  ['{"type":"trade","data":[null]}', 'a trade is no object'],
])('%s is refused', (text, words) => {
  expect(JSON.stringify(rowsOf(text))).toContain(words.replaceAll('"', String.raw`\"`));
});

test('pings and errors are what they say', () => {
  expect(rowsOf('{"type":"ping"}')).toEqual([{ what: 'ping' }]);
  expect(rowsOf('{"type":"error","msg":"Invalid API key"}')).toEqual([{ what: 'error', message: 'Invalid API key' }]);
});
