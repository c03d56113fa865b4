/** Raw Binance recordings: which messages become ticks, the units of a market, and how a recording ends. */
import { AggressorSide, TickKind } from '@tapeline/domain';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { codesOf, problemOf, read, written } from '../test-kit/recording-files.ts';

const receiveNs = '1723161254087896568';
const eventMs = 1_723_161_255_342;

type TradeFields = Readonly<Record<string, unknown>>;

function trade(fields: TradeFields = {}): string {
  const data = {
    e: 'trade',
    E: eventMs,
    s: 'BTCUSDT',
    t: 3_735_683_259,
    p: '61837.63000000',
    q: '0.02000000',
    T: eventMs,
    m: true,
    M: true,
    ...fields,
  };
  return `${receiveNs} ${JSON.stringify({ stream: 'btcusdt@trade', data })}`;
}

test('a trade message becomes a trade with both clocks, its id and who took', async () => {
  const { ticks, recording } = await read(written('one', `${trade()}\n${trade({ m: false })}\n`));
  expect(ticks[0]).toEqual({
    kind: TickKind.trade,
    line: 1,
    symbol: 'BTCUSDT',
    eventSec: 1_723_161_255,
    eventNano: 342_000_000,
    receiveSec: 1_723_161_254,
    receiveNano: 87_896_568,
    price: 6_183_763_000_000,
    size: 2_000_000,
    attributes: {
      kind: TickKind.trade,
      venue: 'binance',
      tape: 0,
      conditions: [],
      side: AggressorSide.seller,
      flags: 0,
    },
    tradeId: '3735683259',
  });
  expect(ticks[1]?.attributes.side).toBe(AggressorSide.buyer);
  expect(recording.format).toBe('binance');
  expect(recording.dataset).toBe('binance-spot');
  expect(recording.termsOf('BTCUSDT')).toEqual({
    priceExponent: -8,
    sizeExponent: -8,
    calendar: '24/7',
    currency: 'USDT',
    tickSize: 0,
  });
});

test('a hundred trades tell the tick size', async () => {
  const text = Array.from({ length: 100 }, (_, index) =>
    trade({ p: `61837.${String(index).padStart(2, '0')}000000` }),
  ).join('\n');
  expect((await read(written('hundred', text))).recording.termsOf('BTCUSDT').tickSize).toBe(1_000_000);
});

test('trade times in microseconds are told from milliseconds', async () => {
  const { ticks } = await read(written('micro', trade({ T: 1_723_161_255_342_123 })));
  expect([ticks[0]?.eventSec, ticks[0]?.eventNano]).toEqual([1_723_161_255, 342_123_000]);
});

test('a message without the wrapper of a combined stream is read too', async () => {
  const { ticks } = await read(
    written(
      'bare',
      `${receiveNs} ${JSON.stringify({ e: 'trade', s: 'ETHBTC', t: 1, p: '1', q: '2', T: eventMs, m: true })}`,
    ),
  );
  expect(ticks.map((tick) => tick.symbol)).toEqual(['ETHBTC']);
});

test('spot quotes have no event time and are counted, futures quotes are read', async () => {
  const book = { u: 7, s: 'BTCUSDT', b: '61837.63', B: '3.78', a: '61837.64', A: '0' };
  const spot = `${receiveNs} ${JSON.stringify({ stream: 'btcusdt@bookTicker', data: book })}`;
  const futures = `${receiveNs} ${JSON.stringify({ stream: 'btcusdt@bookTicker', data: { ...book, e: 'bookTicker', E: eventMs, T: eventMs } })}`;
  const { ticks, ignored } = await read(written('quotes', [spot, futures].join('\n')));
  expect(ignored).toEqual({ 'bookTicker without an event time': 1 });
  expect(ticks).toMatchObject([
    {
      kind: TickKind.quote,
      line: 2,
      eventNano: 342_000_000,
      bidPrice: 6_183_763_000_000,
      bidSize: 378_000_000,
      askPrice: 6_183_764_000_000,
      askSize: 0,
      venueSequence: 7,
      price: 0,
      size: 0,
    },
  ]);
});

test('other messages are counted by what they are', async () => {
  const lines = [
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate"}}',
    '{"lastUpdateId":1}',
    '{"stream":"x@kline_1m","data":{}}',
    '[1]',
  ];
  const { ignored } = await read(
    written('other', [trade(), ...lines.map((line) => `${receiveNs} ${line}`), ''].join('\n')),
  );
  expect(ignored).toEqual({ depthUpdate: 1, 'message without a type': 1, kline_1m: 1, 'message that is no object': 1 });
});

test('a market traded by the billion takes the decimals that its numbers use', async () => {
  const text = [
    trade({ s: 'SHIBUSDT', p: '0.00001234', q: '500000000.00000000' }),
    trade({ s: 'SHIBUSDT', p: '0.00001235', q: '12.00000000' }),
  ].join('\n');
  const { ticks, recording } = await read(written('shib', text));
  expect(recording.termsOf('SHIBUSDT')).toMatchObject({ priceExponent: -8, sizeExponent: 0, currency: 'USDT' });
  expect(ticks.map(({ price, size }) => [price, size])).toEqual([
    [1_234, 500_000_000],
    [1_235, 12],
  ]);
});

test('a symbol that the file does not have gets the defaults', async () => {
  const { recording } = await read(written('default', trade()));
  expect(recording.termsOf('ETHEUR')).toEqual({
    priceExponent: -8,
    sizeExponent: -8,
    calendar: '24/7',
    currency: 'EUR',
    tickSize: 0,
  });
  expect(recording.termsOf('USDT').currency).toBe('');
});

test('wrong lines are refused and their neighbours go through', async () => {
  const rows: readonly (readonly [string, string, string])[] = [
    [
      'no receive time',
      'MESSAGE_MALFORMED',
      'the line does not begin with a receive time of 19 digits (nanoseconds), a space and a message; correct it or take it out',
    ],
    [`${receiveNs} {"e":`, 'MESSAGE_MALFORMED', 'the line has a message that is no JSON; correct it or take it out'],
    [
      trade({ p: 1 }),
      'MESSAGE_MALFORMED',
      'field p (price) of a trade message is "1" and not decimal text; correct the line or take it out',
    ],
    [
      trade({ T: undefined }),
      'MESSAGE_MALFORMED',
      'field T (trade time) of a trade message is missing and not milliseconds or microseconds since 1970; correct the line or take it out',
    ],
    [
      trade({ q: '0.00000000' }),
      'SIZE_NOT_POSITIVE',
      'q (quantity) "0.00000000" is not above 0; correct it or take the line out',
    ],
    [trade({ q: '-1' }), 'SIZE_NOT_POSITIVE', 'q (quantity) "-1" is not above 0; correct it or take the line out'],
    [trade({ p: 'NaN' }), 'PRICE_NOT_A_NUMBER', 'p (price) "NaN" is no number; correct it or take the line out'],
    [
      trade({ s: 'S'.repeat(300) }),
      'SYMBOL_TOO_LONG',
      `symbol "${'S'.repeat(40)}…" (300 characters) is longer than 64 characters, the limit; correct it`,
    ],
    [
      trade({ p: '0.0000000000000000001' }),
      'PRICE_DECIMALS_TOO_MANY',
      'p (price) "0.0000000000000000001" has 19 decimals, the limit is 18; round it',
    ],
  ];
  const lines = [trade(), ...rows.flatMap(([line]) => [line, trade()])];
  const { ticks, rejected } = await read(written('wrong', lines.join('\n')));
  expect(rejected).toEqual(rows.map(([, code, message], index) => ({ line: index * 2 + 2, code, message })));
  expect(ticks.length).toBe(rows.length + 1);
});

test('a last line that was cut in the middle is refused as that', async () => {
  const { ticks, rejected } = await read(written('tail', `${trade()}\n${trade().slice(0, 60)}`));
  expect(ticks.length).toBe(1);
  expect(rejected).toEqual([
    {
      line: 2,
      code: 'LINE_TRUNCATED',
      message:
        "the line has a message that is no JSON and is the file's last, so the recording was cut off here; take the line out or record again",
    },
  ]);
  const inTheTime = await read(written('tail-2', `${trade()}\n17231612`));
  expect(codesOf(inTheTime.rejected)).toEqual(['2 LINE_TRUNCATED']);
});

test('a gzip that was cut off gives its whole lines and then the problem', async () => {
  const lines = Array.from({ length: 3_000 }, (_, index) =>
    trade({ t: index, p: String(61_000 + ((index * 7_919) % 997)) }),
  );
  const whole = gzipSync(`${lines.join('\n')}\n`);
  const path = written('cut.gz', whole.subarray(0, whole.length / 2));
  const { ticks, rejected, problem } = await read(path);
  expect(ticks.length).toBeGreaterThan(100);
  expect(ticks.map((tick) => tick.tradeId)).toEqual(ticks.map((_, index) => String(index)));
  expect(codesOf(rejected)).toEqual([`${ticks.length + 1} LINE_TRUNCATED`]);
  expect([problem?.code, problem?.line]).toEqual(['RECORDING_TRUNCATED', ticks.length + 1]);
});

test('a gzip with a wrong checksum is found at the end', async () => {
  const packed = gzipSync(Array.from({ length: 2_000 }, () => trade()).join('\n'));
  packed.writeUInt32LE(1, packed.length - 8);
  const { ticks, rejected, problem } = await read(written('crc.gz', packed));
  // zlib keeps back its last 16 KiB, less than 100 of these lines.
  expect(ticks.length).toBeGreaterThan(1_900);
  expect(codesOf(rejected)).toEqual([`${ticks.length + 1} LINE_TRUNCATED`]);
  expect(problem?.code).toBe('RECORDING_CORRUPT');
});

test('a gzip without a byte of data that can be read is a problem at once', async () => {
  const problem = await problemOf(written('short.gz', gzipSync(trade()).subarray(0, 12)));
  expect([problem.code, problem.line]).toEqual(['RECORDING_TRUNCATED', 0]);
  expect(problem.message).toContain('no line of it could be read');
});
