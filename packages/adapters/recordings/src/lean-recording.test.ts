/** Lean's trade and quote zips: what a line is read as, what is refused, and how a file that ends badly ends. */
import { AggressorSide, Tape, TickFlag, TickKind } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { codesOf, problemOf, read, written, zipOf } from '../test-kit/recording-files.ts';

const regular = '34200000,1818300,100,N,1,0';

function tradeFile(name: string, lines: readonly string[]): string {
  return written(name, zipOf({ name: '20131008_ibm_Trade_Tick.csv', text: lines.join('\n') }));
}

test('a trade line becomes a trade with New York milliseconds as UTC', async () => {
  const { ticks, recording } = await read(
    tradeFile('IBM_20131008_trade.zip', ['34200123,1818300,100,N,20000020,0', '']),
  );
  expect(ticks).toEqual([
    {
      kind: TickKind.trade,
      line: 1,
      symbol: 'IBM',
      eventSec: Date.UTC(2013, 9, 8, 13, 30, 0) / 1_000,
      eventNano: 123_000_000,
      price: 1_818_300,
      size: 100,
      attributes: {
        kind: TickKind.trade,
        venue: 'N',
        tape: Tape.unknown,
        conditions: ['F', 'TTE'],
        side: AggressorSide.unknown,
        flags: 0,
      },
    },
  ]);
  expect(recording.format).toBe('lean-trade');
  expect(recording.dataset).toBe('lean-us-equity');
  expect(recording.termsOf('IBM')).toEqual({
    priceExponent: -4,
    sizeExponent: 0,
    calendar: 'XNYS',
    currency: 'USD',
    tickSize: 100,
  });
});

test('daylight saving time decides the hour', async () => {
  const winter = written('ibm_20131104_trade.zip', zipOf({ name: 'x.csv', text: regular }));
  expect((await read(winter)).ticks[0]?.eventSec).toBe(Date.UTC(2013, 10, 4, 14, 30, 0) / 1_000);
});

test('equal combinations share one object, unequal ones do not', async () => {
  const lines = [regular, '34200001,1818400,200,N,1,0', '34200001,1818400,200,P,1,0', '34200001,1818400,200,N,1,1'];
  const { ticks } = await read(tradeFile('shared_20131008_trade.zip', lines));
  expect(ticks[0]?.attributes).toBe(ticks[1]?.attributes);
  expect(new Set(ticks.map((tick) => tick.attributes)).size).toBe(3);
  expect(ticks[3]?.attributes.flags).toBe(TickFlag.suspicious);
});

test('lines that look alike are separate trades, told apart by their line', async () => {
  const { ticks } = await read(tradeFile('alike_20131008_trade.zip', [regular, regular, regular]));
  expect(ticks.map((tick) => tick.line)).toEqual([1, 2, 3]);
});

test('the symbol is the one of the name; without one the entry says it, and else the folder', async () => {
  const zip = zipOf({ name: '20131008_spy_Trade_Tick.csv', text: regular });
  const nameless = zipOf({ name: 'ticks.csv', text: regular });
  const rows: readonly (readonly [string, Buffer, string])[] = [
    ['brk.b_20131008_trade.zip', zip, 'BRK.B'],
    ['a_b_20131008_TRADE.ZIP', zip, 'A_B'],
    ['anywhere/20131008_trade.zip', zip, 'SPY'],
    ['aapl/20131008_trade.zip', nameless, 'AAPL'],
  ];
  for (const [name, content, symbol] of rows)
    expect((await read(written(name, content))).ticks[0]?.symbol).toBe(symbol);
});

test('each kind of wrong line is refused with field, value and remedy, and its neighbours go through', async () => {
  const rows: readonly (readonly [string, string, string])[] = [
    [
      '34200000,1818300,100,N,1',
      'FIELD_COUNT_WRONG',
      'the line has 5 fields and not 6 (ms,price,size,venue,conditions,suspicious); correct it or take it out',
    ],
    [
      '86400000,1818300,100,N,1,0',
      'TIME_MALFORMED',
      'time "86400000" is not 0 to 86399999 whole milliseconds since midnight; correct it',
    ],
    [
      'noon,1818300,100,N,1,0',
      'TIME_MALFORMED',
      'time "noon" is not 0 to 86399999 whole milliseconds since midnight; correct it',
    ],
    ['34200000,0,100,N,1,0', 'PRICE_NOT_POSITIVE', 'price "0" is not above 0; correct it or take the line out'],
    ['34200000,NaN,100,N,1,0', 'PRICE_NOT_A_NUMBER', 'price "NaN" is no whole number; correct it or take the line out'],
    [
      '34200000,9007199254740992,100,N,1,0',
      'PRICE_OUT_OF_RANGE',
      'price "9007199254740992" is above 9007199254740991, the largest that is exact; correct it',
    ],
    [
      '34200000,1818300,0,N,1,0',
      'SIZE_NOT_POSITIVE',
      'size "0" is below 1, the least there can be; correct it or take the line out',
    ],
    [
      '34200000,1818300,-5,N,1,0',
      'SIZE_NOT_POSITIVE',
      'size "-5" is below 1, the least there can be; correct it or take the line out',
    ],
    [
      '34200000,1818300,1.5,N,1,0',
      'SIZE_NOT_A_NUMBER',
      'size "1.5" is no whole number; correct it or take the line out',
    ],
    [
      '34200000,1818300,99999999999999999,N,1,0',
      'SIZE_OUT_OF_RANGE',
      'size "99999999999999999" is above 9007199254740991, the largest that is exact; correct it',
    ],
    [
      '34200000,1818300,100,N Y,1,0',
      'VENUE_MALFORMED',
      'venue "N Y" is not at most 16 printable characters; correct it',
    ],
    [
      '34200000,1818300,100,N,xyz,0',
      'CONDITIONS_MALFORMED',
      'conditions "xyz" are no hexadecimal mask of at most 32 bits; correct it',
    ],
    ['34200000,1818300,100,N,1,2', 'SUSPICIOUS_MALFORMED', 'suspicious "2" is neither 0 nor 1; correct it'],
  ];
  const lines = rows.flatMap(([line]) => [line, regular]);
  const { ticks, rejected } = await read(tradeFile('bad_20131008_trade.zip', lines));
  expect(rejected).toEqual(rows.map(([, code, message], index) => ({ line: index * 2 + 1, code, message })));
  expect(ticks.map((tick) => tick.line)).toEqual(rows.map((_, index) => index * 2 + 2));
});

test('codes that no rule knows are counted, and the tick goes through', async () => {
  const { ticks, unknownConditions } = await read(
    tradeFile('odd_20131008_trade.zip', [regular, '34200000,1818300,100,N,40000001,0']),
  );
  expect(ticks.length).toBe(2);
  expect(unknownConditions).toEqual({ BIT_30: 1 });
});

test('blank lines are counted and nothing else', async () => {
  const { ticks, ignored } = await read(tradeFile('blank_20131008_trade.zip', [regular, '', '\r', regular, '']));
  expect(ticks.map((tick) => tick.line)).toEqual([1, 4]);
  expect(ignored).toEqual({ 'blank line': 2 });
});

test('a quote line becomes a quote of the sides that changed', async () => {
  const lines = [
    '14400054,0,0,1836300,100,Q,1,0',
    '14400241,1800100,300,0,0,P,8,0',
    '14400241,1800100,300,1800200,0,P,1,1',
    '14400241,,,1800200,5,P,1,0',
    '14400241,0,0,0,0,P,1,0',
  ];
  const { ticks, ignored, unknownConditions, recording } = await read(
    written('ibm_20131008_quote.zip', zipOf({ name: '20131008_ibm_Quote_Tick.csv', text: lines.join('\n') })),
  );
  expect(recording.format).toBe('lean-quote');
  expect(ticks.map(({ bidPrice, bidSize, askPrice, askSize }) => [bidPrice, bidSize, askPrice, askSize])).toEqual([
    [undefined, undefined, 1_836_300, 100],
    [1_800_100, 300, undefined, undefined],
    [1_800_100, 300, 1_800_200, 0],
    [undefined, undefined, 1_800_200, 5],
  ]);
  expect('bidPrice' in (ticks[0] ?? {})).toBe(false);
  const { quoteBid, quoteAsk, suspicious } = TickFlag;
  expect(ticks.map((tick) => tick.attributes.flags)).toEqual([
    quoteAsk,
    quoteBid,
    quoteBid | quoteAsk | suspicious,
    quoteAsk,
  ]);
  expect(ticks.map((tick) => tick.attributes.conditions)).toEqual([['@'], ['QUOTE_BIT_3'], ['@'], ['@']]);
  expect(ticks.map(({ kind, price, size }) => [kind, price, size])).toEqual(ticks.map(() => [TickKind.quote, 0, 0]));
  expect(ignored).toEqual({ 'quote without a changed side': 1 });
  expect(unknownConditions).toEqual({});
});

test('half a side of a quote is refused', async () => {
  const lines = ['14400054,0,100,1836300,100,Q,1,0', '14400054,1836300,,0,0,Q,1,0', '14400054,0,0,1,-1,Q,1,0', '1,2'];
  const text = lines.join('\n');
  const { ticks, rejected } = await read(written('half_20131008_quote.zip', zipOf({ name: 'q.csv', text })));
  expect(ticks).toEqual([]);
  expect(codesOf(rejected)).toEqual([
    '1 PRICE_NOT_POSITIVE',
    '2 SIZE_NOT_A_NUMBER',
    '3 SIZE_NOT_POSITIVE',
    '4 FIELD_COUNT_WRONG',
  ]);
});

test('batches hold at most 2,000 ticks and refused lines, in file order', async () => {
  const lines = Array.from({ length: 5_000 }, (_, index) => (index % 10 === 9 ? 'x' : regular));
  const { batchSizes, ticks, rejected } = await read(tradeFile('long_20131008_trade.zip', lines));
  expect(batchSizes).toEqual([2_000, 2_000, 1_000]);
  expect([ticks.length, rejected.length, ticks.at(-1)?.line]).toEqual([4_500, 500, 4_999]);
});

test('a recording can be read again from its start, and left in the middle', async () => {
  const { recording, ticks } = await read(
    tradeFile(
      'again_20131008_trade.zip',
      Array.from({ length: 9_000 }, () => regular),
    ),
  );
  for await (const batch of recording.batches()) {
    expect(batch.ticks[0]?.line).toBe(1);
    break;
  }
  expect(ticks.length).toBe(9_000);
});

test('a zip that was cut off gives its whole lines, then the line it was cut in, then the problem', async () => {
  const lines = Array.from(
    { length: 20_000 },
    (_, index) => `${34_200_000 + index},${1_818_300 + ((index * 7_919) % 997)},100,N,1,0`,
  );
  const whole = zipOf({ name: '20131008_ibm_Trade_Tick.csv', text: lines.join('\n') });
  const path = written('cut_20131008_trade.zip', whole.subarray(0, whole.length / 2));
  const { ticks, rejected, problem } = await read(path);
  expect(ticks.length).toBeGreaterThan(5_000);
  expect(ticks.map((tick) => tick.price)).toEqual(
    lines.slice(0, ticks.length).map((line) => Number(line.split(',')[1])),
  );
  const cutLine = ticks.length + 1;
  expect(codesOf(rejected)).toEqual([`${cutLine} LINE_TRUNCATED`]);
  expect(problem).toEqual({
    code: 'RECORDING_TRUNCATED',
    path,
    line: cutLine,
    value: 'the packed data end too early',
    message: `${path}, line ${cutLine}: the recording breaks off here (the packed data end too early); everything before that line was read; get the file again from where it came from`,
  });
});

test('a zip that lost only its directory gives every line and then the problem', async () => {
  const whole = zipOf({ name: '20131008_ibm_Trade_Tick.csv', text: `${regular}\n` });
  const { ticks, problem } = await read(written('end_20131008_trade.zip', whole.subarray(0, whole.length - 22)));
  expect(ticks.length).toBe(1);
  expect([problem?.code, problem?.value]).toEqual(['RECORDING_TRUNCATED', 'the zip ends before its directory']);
});

test('a wrong checksum is found at the end', async () => {
  const zip = zipOf({ name: '20131008_ibm_Trade_Tick.csv', text: `${regular}\n${regular}\n`, checksum: 1 });
  const { ticks, problem } = await read(written('crc_20131008_trade.zip', zip));
  expect(ticks.length).toBe(2);
  expect([problem?.code, problem?.line, problem?.value]).toEqual(['RECORDING_CORRUPT', 2, 'the checksum is wrong']);
});

test('damaged packed data are found where they are', async () => {
  const lines = Array.from(
    { length: 20_000 },
    (_, index) => `${34_200_000 + index},${1_818_300 + ((index * 7_919) % 997)},100,N,1,0`,
  );
  const zip = zipOf({ name: '20131008_ibm_Trade_Tick.csv', text: lines.join('\n') });
  zip.fill(0xff, zip.length / 2, zip.length / 2 + 64);
  const { problem } = await read(written('hurt_20131008_trade.zip', zip));
  expect(problem?.code).toBe('RECORDING_CORRUPT');
});

test('a stored entry is read like a packed one', async () => {
  const zip = zipOf({ name: '20131008_ibm_Trade_Tick.csv', text: regular, method: 0 });
  expect((await read(written('stored_20131008_trade.zip', zip))).ticks.length).toBe(1);
});

test('a name and an entry that contradict each other are refused', async () => {
  const other = zipOf({ name: '20131009_ibm_Trade_Tick.csv', text: regular });
  const quotes = zipOf({ name: '20131008_ibm_Quote_Tick.csv', text: regular });
  const bars = zipOf({ name: '20131008_ibm_minute_trade.csv', text: regular });
  for (const [index, zip] of [other, quotes, bars].entries()) {
    expect((await problemOf(written(`${index}/ibm_20131008_trade.zip`, zip))).code).toBe('ZIP_ENTRY_MISMATCH');
  }
});

test('a name with a date that does not exist, or a symbol of 300 characters, is refused', async () => {
  const zip = zipOf({ name: 'x.csv', text: regular });
  const date = await problemOf(written('ibm_20131308_trade.zip', zip));
  expect([date.code, date.value]).toEqual(['RECORDING_NAME_MALFORMED', '20131308']);
  const symbol = await problemOf(written(`${'S'.repeat(230)}_20131008_trade.zip`, zip));
  expect(symbol.code).toBe('RECORDING_NAME_MALFORMED');
  expect(symbol.message).toContain('(230 characters) is longer than 64 characters, the limit');
});
