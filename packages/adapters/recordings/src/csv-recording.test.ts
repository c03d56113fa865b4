/** CSV recordings: columns in any order, exponents from the whole file, and one clear refusal for each wrong field. */
import { AggressorSide, Tape, TickKind } from '@tapeline/domain';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { codesOf, problemOf, read, readFrom, written } from '../test-kit/recording-files.ts';
import { isRecordingProblem, openRecordings } from './index.ts';
import type { Recording } from './index.ts';

const header = 'ts_event,symbol,price,size';
const row = '2013-10-08T13:30:00.5Z,SPY,165.25,100';
const sec = Date.UTC(2013, 9, 8, 13, 30, 0) / 1_000;

function csv(name: string, ...lines: readonly string[]): string {
  return written(`${name}.csv`, `${lines.join('\n')}\n`);
}

test('a row with every column becomes a trade', async () => {
  const path = csv(
    'full',
    'sequence,kind,original_trade_id,trade_id,tape,conditions,venue,size,price,symbol,ts_event',
    '77,trade,,t1,C,@ F  I,Q,100,165.2500,SPY,1381239000500000001',
  );
  const { ticks, recording } = await read(path);
  expect(ticks).toEqual([
    {
      kind: TickKind.trade,
      line: 2,
      symbol: 'SPY',
      eventSec: sec,
      eventNano: 500_000_001,
      price: 1_652_500,
      size: 100,
      attributes: {
        kind: TickKind.trade,
        venue: 'Q',
        tape: Tape.c,
        conditions: ['@', 'F', 'I'],
        side: AggressorSide.unknown,
        flags: 0,
      },
      tradeId: 't1',
      venueSequence: 77,
    },
  ]);
  expect(recording.format).toBe('csv');
  expect(recording.dataset).toBe('csv');
  expect(recording.termsOf('SPY')).toEqual({
    priceExponent: -4,
    sizeExponent: 0,
    calendar: 'XNYS',
    currency: '',
    tickSize: 0,
  });
});

test('a row with the required columns alone has nothing else', async () => {
  const { ticks, recording } = await read(csv('least', header, row));
  expect(Object.keys(ticks[0] ?? {})).toEqual([
    'kind',
    'line',
    'symbol',
    'eventSec',
    'eventNano',
    'price',
    'size',
    'attributes',
  ]);
  expect(recording.termsOf('SPY')).toEqual({
    priceExponent: -2,
    sizeExponent: 0,
    calendar: '24/7',
    currency: '',
    tickSize: 0,
  });
});

test('cancels and corrections name the trade that they amend', async () => {
  const path = csv(
    'amend',
    'ts_event,symbol,price,size,trade_id,kind,original_trade_id',
    '2013-10-08T13:30:01Z,SPY,,,,cancel,t1',
    '2013-10-08T13:30:02Z,SPY,165.26,90,t3,correction,t2',
    '2013-10-08T13:30:03Z,SPY,165.26,90,t4,,t2',
  );
  const { ticks } = await read(path);
  expect(
    ticks.map(({ kind, price, size, tradeId, originalTradeId }) => [kind, price, size, tradeId, originalTradeId]),
  ).toEqual([
    [TickKind.cancel, 0, 0, undefined, 't1'],
    [TickKind.correction, 16_526, 90, 't3', 't2'],
    [TickKind.trade, 16_526, 90, 't4', undefined],
  ]);
});

test('each symbol gets the decimals of its own prices and sizes, wherever in the file they are', async () => {
  const path = csv(
    'units',
    header,
    row,
    '2013-10-08T13:30:00Z,BTC,61837.1,0.5',
    '2013-10-08T13:30:00Z,BTC,61837.12345678,1e-05',
  );
  const { ticks, recording } = await read(path);
  expect(recording.termsOf('BTC')).toMatchObject({ priceExponent: -8, sizeExponent: -5 });
  expect(recording.termsOf('SPY')).toMatchObject({ priceExponent: -2, sizeExponent: 0 });
  expect(recording.termsOf('ETH')).toMatchObject({ priceExponent: -2, sizeExponent: 0 });
  expect(ticks.map(({ price, size }) => [price, size])).toEqual([
    [16_525, 100],
    [6_183_710_000_000, 50_000],
    [6_183_712_345_678, 1],
  ]);
});

test('an exponent of 0 is 0 and not minus 0', async () => {
  expect(Object.is((await read(csv('zero', header, row))).recording.termsOf('SPY').sizeExponent, 0)).toBe(true);
});

test('files that are read together give a symbol the same decimals', async () => {
  const paths = [
    csv('day-1', header, row),
    csv('day-2', header, row.replace('165.25', '165.2501').replace('100', '100.5')),
  ];
  const recordings = (await openRecordings(paths)).filter((answer): answer is Recording => !isRecordingProblem(answer));
  expect(recordings.map((recording) => recording.termsOf('SPY'))).toMatchObject([
    { priceExponent: -4, sizeExponent: -1 },
    { priceExponent: -4, sizeExponent: -1 },
  ]);
  const [first] = recordings;
  const ticks = first === undefined ? [] : (await readFrom(first)).ticks;
  expect(ticks).toMatchObject([{ price: 1_652_500, size: 1_000 }]);
});

test('a calendar that is asked for replaces the one that the header suggests', async () => {
  const { recording } = await read(csv('calendar', header, row), { calendar: 'XLON' });
  expect(recording.termsOf('SPY').calendar).toBe('XLON');
  const problem = await problemOf(csv('calendar-2', header, row), { calendar: 'XMARS' });
  expect([problem.code, problem.value]).toEqual(['CALENDAR_UNKNOWN', 'XMARS']);
  expect(problem.message).toContain('no calendar is named "XMARS"; there are XNYS');
});

test('a byte order mark, CRLF, quotes, spaces around values, blank lines and a missing last line end do no harm', async () => {
  const text = `\ufeff"ts_event", symbol ,price,"size"\r\n\r\n"2013-10-08T13:30:00Z","S""PY", 165.25 ,"100"\r\n${row}`;
  const { ticks, ignored, rejected } = await read(written('tolerant.csv', text));
  expect(rejected).toEqual([]);
  expect(ticks.map(({ line, symbol, price }) => [line, symbol, price])).toEqual([
    [3, 'S"PY', 16_525],
    [4, 'SPY', 16_525],
  ]);
  expect(ignored).toEqual({ 'blank line': 1 });
});

test('a misplaced quote costs its line and not the rest of the file', async () => {
  const bad = [
    '"2013-10-08T13:30:00Z,SPY,165.25,100',
    '2013-10-08T13:30:00Z,"SPY"x,165.25,100',
    '2013-10-08T13:30:00Z,S"PY,165.25,100',
  ];
  const { ticks, rejected } = await read(csv('quotes', header, ...bad, row));
  expect(codesOf(rejected)).toEqual(['2 QUOTES_MALFORMED', '3 QUOTES_MALFORMED', '4 QUOTES_MALFORMED']);
  expect(rejected[0]?.message).toBe(
    'a quote of the line is out of place (CSV_QUOTE_NOT_CLOSED); quote whole fields and double a quote inside one',
  );
  expect(ticks.map((tick) => tick.line)).toEqual([5]);
});

const everyColumn = 'ts_event,symbol,price,size,venue,conditions,tape,trade_id,sequence,kind,original_trade_id';
const at = '2013-10-08T13:30:00Z';

/** [row, code, message] of each way in which a row can be wrong. */
const wrongRows: readonly (readonly [string, string, string])[] = [
  ['1,2', 'FIELD_COUNT_WRONG', 'the line has 2 fields and the header 11; correct it or take it out'],
  [
    `x,SPY,1,1,,,,,,,`,
    'TIME_MALFORMED',
    'ts_event "x" is no time; write RFC 3339 with Z or an offset, such as 2013-10-08T13:30:00.123Z, or whole nanoseconds since 1970',
  ],
  [
    `${at},${'S'.repeat(300)},1,1,,,,,,,`,
    'SYMBOL_TOO_LONG',
    `symbol "${'S'.repeat(40)}…" (300 characters) is longer than 64 characters, the limit; correct it`,
  ],
  [
    `${at},,1,1,,,,,,,`,
    'SYMBOL_MALFORMED',
    'symbol "" is not 1 to 64 printable ASCII characters without a space; correct it',
  ],
  [
    `${at},S Y,1,1,,,,,,,`,
    'SYMBOL_MALFORMED',
    'symbol "S Y" is not 1 to 64 printable ASCII characters without a space; correct it',
  ],
  [`${at},SPY,NaN,1,,,,,,,`, 'PRICE_NOT_A_NUMBER', 'price "NaN" is no number; correct it or take the line out'],
  [`${at},SPY,,1,,,,,,,`, 'PRICE_NOT_A_NUMBER', 'price "" is no number; correct it or take the line out'],
  [`${at},SPY,0,1,,,,,,,`, 'PRICE_NOT_POSITIVE', 'price "0" is not above 0; correct it or take the line out'],
  [`${at},SPY,-1.5,1,,,,,,,`, 'PRICE_NOT_POSITIVE', 'price "-1.5" is not above 0; correct it or take the line out'],
  [
    `${at},SPY,99999999999999.5,1,,,,,,,`,
    'PRICE_OUT_OF_RANGE',
    'price "99999999999999.5" does not fit: with the 2 decimals of this instrument the limit is 9007199254740991 units of 1e-2; correct it or take the line out',
  ],
  [`${at},SPY,1,0,,,,,,,`, 'SIZE_NOT_POSITIVE', 'size "0" is not above 0; correct it or take the line out'],
  [`${at},SPY,1,-100,,,,,,,`, 'SIZE_NOT_POSITIVE', 'size "-100" is not above 0; correct it or take the line out'],
  [`${at},SPY,1,NaN,,,,,,,`, 'SIZE_NOT_A_NUMBER', 'size "NaN" is no number; correct it or take the line out'],
  [
    `${at},SPY,1,9007199254740992,,,,,,,`,
    'SIZE_OUT_OF_RANGE',
    'size "9007199254740992" does not fit: with the 0 decimals of this instrument the limit is 9007199254740991 units of 1e-0; correct it or take the line out',
  ],
  [
    `${at},SPY,1,1.0000000000000000001,,,,,,,`,
    'SIZE_DECIMALS_TOO_MANY',
    'size "1.0000000000000000001" has 19 decimals, the limit is 18; round it',
  ],
  [
    `${at},SPY,1,1,a b,,,,,,`,
    'VENUE_MALFORMED',
    'venue "a b" is not at most 16 printable ASCII characters without a space; correct it',
  ],
  [
    `${at},SPY,1,1,,é,,,,,`,
    'CONDITIONS_MALFORMED',
    'conditions "é" are not at most 16 codes of 1 to 16 printable characters with spaces between them; correct them',
  ],
  [`${at},SPY,1,1,,,D,,,,`, 'TAPE_UNKNOWN', 'tape "D" is none of A, B, C; correct it or leave it empty'],
  [
    `${at},SPY,1,1,,,,${'t'.repeat(65)},,,`,
    'TRADE_ID_MALFORMED',
    `trade_id "${'t'.repeat(40)}…" (65 characters) is not at most 64 printable ASCII characters without a space; correct it`,
  ],
  [
    `${at},SPY,1,1,,,,,-1,,`,
    'SEQUENCE_MALFORMED',
    'sequence "-1" is not a whole number from 0 to 9007199254740991; correct it or leave it empty',
  ],
  [`${at},SPY,1,1,,,,,,bust,`, 'KIND_UNKNOWN', 'kind "bust" is none of trade, cancel, correction; correct it'],
  [
    `${at},SPY,1,1,,,,,,cancel,`,
    'ORIGINAL_TRADE_ID_MISSING',
    'a cancel or correction has no original_trade_id; name the trade_id of the trade that it amends',
  ],
  [`${at},SPY,,1,,,,,,correction,t1`, 'PRICE_NOT_A_NUMBER', 'price "" is no number; correct it or take the line out'],
];

test('each kind of wrong row is refused with field, value, limit and remedy, and its neighbours go through', async () => {
  const good = `${at},SPY,165.25,100,,,,,,,`;
  const { ticks, rejected } = await read(csv('bad', everyColumn, good, ...wrongRows.flatMap(([line]) => [line, good])));
  expect(rejected).toEqual(wrongRows.map(([, code, message], index) => ({ line: index * 2 + 3, code, message })));
  expect(ticks.length).toBe(wrongRows.length + 1);
});

test('prices of 0 and below go through where they are asked for', async () => {
  const path = csv('oil', header, '2020-04-20T18:30:00Z,CL,-37.63,5', '2020-04-20T18:30:01Z,CL,0,5');
  expect(codesOf((await read(path)).rejected)).toEqual(['2 PRICE_NOT_POSITIVE', '3 PRICE_NOT_POSITIVE']);
  expect((await read(path, { pricesBelowZero: true })).ticks.map((tick) => tick.price)).toEqual([-3_763, 0]);
});

test('codes that no rule knows on their date are counted', async () => {
  const columns = `${header},conditions,tape`;
  const path = csv(
    'codes',
    columns,
    '2014-06-02T14:00:00Z,SPY,1,1,7 F,A',
    '2018-06-04T14:00:00Z,SPY,1,1,7 F,A',
    '2018-06-04T14:00:00Z,SPY,1,1,?,A',
  );
  const { ticks, unknownConditions } = await read(path);
  expect(ticks.length).toBe(3);
  expect(unknownConditions).toEqual({ '7': 1, '?': 1 });
});

test('equal combinations share one object', async () => {
  const { ticks } = await read(csv('same', `${header},venue`, `${row},Q`, `${row},Q`, `${row},N`));
  expect(ticks[0]?.attributes).toBe(ticks[1]?.attributes);
  expect(ticks[0]?.attributes).not.toBe(ticks[2]?.attributes);
});

test('a header that is wrong is one problem with its line and the remedy', async () => {
  const unknown = await problemOf(csv('h1', 'ts_event,symbol,price,size,prize', row));
  expect([unknown.code, unknown.line, unknown.value]).toEqual(['CSV_COLUMN_UNKNOWN', 1, 'prize']);
  expect(unknown.message).toContain(
    'line 1: column "prize" is not known; rename it or take it out; columns are ts_event, symbol, price, size, venue',
  );
  const missing = await problemOf(csv('h2', 'ts_event,price', row));
  expect([missing.code, missing.line, missing.value]).toEqual(['CSV_COLUMN_MISSING', 1, 'symbol, size']);
  expect(missing.message).toContain('line 1: the header has no column symbol, size; add it');
  const twice = await problemOf(csv('h3', '', 'ts_event,symbol,price,size,price', row));
  expect([twice.code, twice.line, twice.value]).toEqual(['CSV_COLUMN_DUPLICATE', 2, 'price']);
  expect(twice.message).toContain('line 2: column "price" is there twice; take one of the two out');
  const quotes = await problemOf(csv('h4', '"ts_event,symbol', row));
  expect([quotes.code, quotes.line]).toEqual(['CSV_HEADER_MALFORMED', 1]);
});

test('a header without a row, and a file of blank lines, are problems', async () => {
  const alone = await problemOf(csv('alone', header, ''));
  expect([alone.code, alone.line]).toEqual(['CSV_ROWS_MISSING', 1]);
  expect(alone.message).toContain('has a header and no row under it');
  expect((await problemOf(written('blank.csv', '\n\r\n\n'))).code).toBe('RECORDING_EMPTY');
});

test('a packed CSV is read like a plain one, and says when it was cut off', async () => {
  const rows = Array.from(
    { length: 20_000 },
    (_, index) => `${1_381_239_000_000_000_000n + BigInt(index)},SPY,${160 + ((index * 7_919) % 997) / 100},100`,
  );
  const packed = gzipSync([header, ...rows, ''].join('\n'));
  expect((await read(written('whole.csv.gz', packed))).ticks.length).toBe(20_000);
  const { ticks, rejected, problem } = await read(written('cut.csv.gz', packed.subarray(0, packed.length / 2)));
  expect(ticks.length).toBeGreaterThan(5_000);
  expect(codesOf(rejected)).toEqual([`${ticks.length + 2} LINE_TRUNCATED`]);
  expect(problem?.code).toBe('RECORDING_TRUNCATED');
  const early = await problemOf(written('early.csv.gz', packed.subarray(0, 20)));
  expect(early.code).toBe('RECORDING_TRUNCATED');
});

test('a line above 4 MiB is refused and its neighbours go through', async () => {
  const { ticks, rejected } = await read(csv('huge', header, row, 'x'.repeat(5 * 1024 * 1024), row));
  expect(ticks.map((tick) => tick.line)).toEqual([2, 4]);
  expect(rejected).toEqual([
    { line: 3, code: 'LINE_TOO_LONG', message: 'the line is longer than 4194304 bytes, the limit; take it out' },
  ]);
});

test('a blank symbol is refused on the first row as on any other', async () => {
  const path = csv('blank', header, '2013-10-08T13:30:00.5Z,,165.25,100', row);
  const { ticks, rejected } = await read(path);
  expect(ticks.map(({ symbol }) => symbol)).toEqual(['SPY']);
  expect(rejected).toMatchObject([{ line: 2, code: 'SYMBOL_MALFORMED' }]);
});
