/**
 * Bad input by gRPC against the real process: every refusal has its status, its reason and one sentence with field,
 * value and remedy; what was acknowledged before stays counted, and the process takes the next call.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publisherId, TimeDomain } from '@tapeline/domain';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { BadCalls, checkServes, handOf, openOf, refusalOf, rowOf, rowsOf } from './bad-calls.ts';
import { type MarketProcess, startMarket } from './market-process.ts';
import { untilStatus } from './rest.ts';

const dayMs = 86_400_000;
const dataDir = mkdtempSync(join(tmpdir(), 'tapeline-bad-grpc-'));
const today = Math.floor(Date.now() / dayMs);
const sentence = /^\S.*\S$/;

let market: MarketProcess;
let calls: BadCalls;

beforeAll(async () => {
  market = await startMarket(['--feed', 'none', '--data-dir', dataDir]);
  calls = new BadCalls(market.grpc);
  await calls.once({ dataset: 'one', ticks: [handOf('AAA'), handOf('BBB')] });
  await calls.once({ dataset: 'two', ticks: [handOf('AAA')] });
  await untilStatus(market.http, ({ ticksTotal }) => ticksTotal === 3);
});

afterAll(async () => {
  calls.close();
  await market.end('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
});

// Whatever was refused, the next one is served, and nobody was told of a defect.
afterEach(() => checkServes(market, calls, /defect|ERROR/));

const tooMany = Array.from({ length: 2_001 }, (_, place) => rowOf(place + 1, place));
const manyBytes = Array.from({ length: 2_000 }, (_, place) => rowOf(place + 1, place, { tradeId: 'x'.repeat(2_200) }));

test.each([
  [
    'LINK_BROKEN',
    [openOf(), rowsOf([rowOf(1, 0), rowOf(2, 1)]), rowsOf([rowOf(3, 1)])],
    /sequence 3 names another tick than 2, the last one of "AAA"/,
  ],
  ['SEQUENCE_NOT_RISING', [openOf(), rowsOf([rowOf(5, 0)]), rowsOf([rowOf(5, 0)])], /sequence 5 .* above 5/],
  ['PUBLISHER_UNKNOWN', [openOf({ publisherId: 5n })], /publisher id 0000000000000005 .* GetPublisher/],
  ['PUBLISHER_UNKNOWN', [openOf({ publisherId: publisherId(today + 2, TimeDomain.live, 1n) })], /future/],
  ['PUBLISHER_EXPIRED', [openOf({ publisherId: publisherId(today - 7, TimeDomain.live, 1n) })], /take a new id/],
  [
    'TIME_DOMAIN_MISMATCH',
    [openOf({ publisherId: publisherId(today, TimeDomain.live, 1n), timeDomain: 3 })],
    /time_domain 3 is not 1/,
  ],
])('a stream that contradicts itself or its id ends with FAILED_PRECONDITION %s', async (reason, requests, words) => {
  const refusal = await refusalOf(calls.publish(requests));
  expect(refusal).toMatchObject({ status: 'FAILED_PRECONDITION', reason });
  expect(refusal.message).toMatch(words);
});

test.each([
  ['BATCH_TOO_LARGE', [openOf(), rowsOf(tooMany)], /2000 ticks; send it as several/],
  ['BATCH_EMPTY', [openOf(), rowsOf([])], /1 to 2000/],
  ['LINK_MISSING', [openOf(), rowsOf([rowOf(1, undefined)])], /link of sequence 1 is missing/],
  ['OPEN_MISSING', [rowsOf([rowOf(1, 0)])], /send it first/],
  ['OPEN_REPEATED', [openOf(), openOf()], /only the first/],
  ['FIELD_INVALID', [openOf({ dataset: '' })], /dataset "" .* 1 to 64/],
])('a stream that no log could hold ends with INVALID_ARGUMENT %s', async (reason, requests, words) => {
  const refusal = await refusalOf(calls.publish(requests));
  expect(refusal).toMatchObject({ status: 'INVALID_ARGUMENT', reason });
  expect(refusal.message).toMatch(words);
});

test('a message over 4 MiB is refused with its limit, on a stream and on a call', async () => {
  const large = { dataset: 'x'.repeat(4_200_000) };
  for (const call of [
    () => calls.publish([openOf(), rowsOf(manyBytes)]),
    () => calls.once(large),
    () => calls.getPublisher(large),
  ]) {
    const refusal = await refusalOf(call());
    expect(refusal).toMatchObject({ status: 'RESOURCE_EXHAUSTED', reason: 'MESSAGE_TOO_LARGE' });
    expect(refusal.message).toMatch(/4194304 bytes; make it smaller/);
  }
});

test('what was acknowledged before a stream broke its chain is counted, and the next stream goes on', async () => {
  const before = await ticksOf('kept');
  const requests = [openOf({ dataset: 'kept' }), rowsOf([rowOf(1, 0), rowOf(2, 1)]), rowsOf([rowOf(3, 1)])];
  expect((await refusalOf(calls.publish(requests))).reason).toBe('LINK_BROKEN');
  const responses = await calls.publish([openOf({ dataset: 'kept' }), rowsOf([rowOf(1, 0)])]);
  expect(responses.at(-1)).toMatchObject({ $case: 'ack', value: { sequence: 1n } });
  await expect.poll(() => ticksOf('kept'), { timeout: 20_000 }).toBe(before + 3);
});

test('live ticks of the far future and prices out of range are rejected by themselves, and acknowledged as settled', async () => {
  const ahead = { eventTimeNs: BigInt(Date.now() + 3_600_000) * 1_000_000n };
  const requests = [
    openOf({ dataset: 'ahead' }),
    rowsOf([
      rowOf(1, 0, ahead),
      rowOf(2, 1),
      rowOf(3, 2, { price: 1n << 60n }),
      rowOf(4, 3, { size: 0n }),
      rowOf(5, 4),
    ]),
  ];
  const responses = await calls.publish(requests);
  const rejects = responses.flatMap((each) => (each?.$case === 'reject' ? [each.value] : []));
  expect(rejects.map(({ sequence, rejection }) => [sequence, rejection?.code])).toEqual([
    [1n, 'EVENT_TIME_AHEAD'],
    [3n, 'PRICE_OUT_OF_RANGE'],
    [4n, 'SIZE_OUT_OF_RANGE'],
  ]);
  expect(responses.at(-1)).toMatchObject({ $case: 'ack', value: { sequence: 5n } });
  await expect.poll(() => ticksOf('ahead'), { timeout: 20_000 }).toBe(2);
});

const cancel = { $case: 'cancel' as const, value: {} };
const mistakes = [
  ['PRICE_MALFORMED', handOf('M', {}, { price: '' }), /trade\.price "" .* such as 150\.25/],
  ['PRICE_MALFORMED', handOf('M', {}, { price: 'abc' }), /trade\.price "abc"/],
  ['PRICE_MALFORMED', handOf('M', {}, { price: '1e5' }), /trade\.price "1e5"/],
  [
    'PRICE_OUT_OF_RANGE',
    handOf('M', {}, { price: '123456789' }),
    /"123456789" .* -9007199\.254740991 and 9007199\.254740991,/,
  ],
  ['PRICE_TOO_FINE', handOf('M', {}, { price: '1.0000000001' }), /has 9; give no more/],
  ['SIZE_OUT_OF_RANGE', handOf('M', {}, { size: '0' }), /trade\.size "0" is not between 1 and 9007199254740991/],
  ['SIZE_MALFORMED', handOf('M', {}, { size: '' }), /such as 100 or 0\.015/],
  ['SIZE_MALFORMED', handOf('M', {}, { size: '-3' }), /trade\.size "-3"/],
  ['SIZE_TOO_FINE', handOf('M', {}, { size: '1.5' }), /finer exponent/],
  ['SIZE_OUT_OF_RANGE', handOf('M', {}, { size: '99999999999999999999' }), /9007199254740991/],
  ['EVENT_TIME_MALFORMED', handOf('M', { eventTime: 'yesterday' }), /RFC 3339/],
  ['EVENT_TIME_AHEAD', handOf('M', { eventTime: '2099-01-01T00:00:00Z' }), /ahead/],
  ['EVENT_TIME_OUT_OF_RANGE', handOf('M', { eventTime: '1200-01-01T00:00:00Z' }), /1970 to 2262/],
  ['FIELD_INVALID', handOf('M', { venue: 'x'.repeat(65) }), /venue .* limit is 64/],
  ['FIELD_INVALID', handOf('M', { conditions: ['x'.repeat(17)] }), /limit is 16: shorten/],
  ['FIELD_INVALID', handOf('M', { conditions: Array.from({ length: 17 }, () => '@') }), /17 codes/],
  ['FIELD_INVALID', handOf('M', { tape: 99 as 3 }), /tape 99/],
  ['FIELD_INVALID', handOf('M', {}, { tradeId: 'x'.repeat(65) }), /trade_id/],
  ['FIELD_INVALID', { symbol: 'M', tick: cancel }, /original_trade_id/],
  ['FIELD_INVALID', { symbol: 'M' }, /tick is missing/],
  ['FIELD_INVALID', handOf('x'.repeat(65)), /symbol .* 1 to 64/],
  ['FIELD_INVALID', handOf(''), /symbol "" .* 1 to 64/],
] as const;

test('a call with many mistakes at once names each by its place, and counts the good tick among them', async () => {
  const ticks = [...mistakes.map(([, tick]) => tick), handOf('GOOD')];
  const { accepted, rejects } = await calls.once({ dataset: 'hand', ticks });
  expect(accepted).toBe(1);
  expect(rejects.map(({ index, rejection }) => [index, rejection?.code])).toEqual(
    mistakes.map(([code], index) => [index, code]),
  );
  for (const [index, [, , words]] of mistakes.entries()) {
    const { message = '' } = rejects[index]?.rejection ?? {};
    expect(message).toMatch(words);
    expect(message).toMatch(sentence);
    expect(message).not.toContain('\n');
  }
  await expect.poll(() => ticksOf('hand', 'GOOD'), { timeout: 20_000 }).toBe(1);
});

test.each([
  ['FIELD_INVALID', { dataset: '', ticks: [handOf('M')] }],
  ['BATCH_EMPTY', { dataset: 'hand' }],
  ['BATCH_TOO_LARGE', { dataset: 'hand', ticks: Array.from({ length: 2_001 }, () => handOf('M')) }],
  ['TIME_DOMAIN_NOT_ALLOWED', { dataset: 'hand', timeDomain: 2 as const, ticks: [handOf('M')] }],
])('a call by hand is refused as a whole with INVALID_ARGUMENT %s', async (reason, fields) => {
  expect(await refusalOf(calls.once(fields))).toMatchObject({ status: 'INVALID_ARGUMENT', reason });
});

test('a call whose deadline has passed ends with DEADLINE_EXCEEDED', async () => {
  expect(await refusalOf(calls.once({ dataset: 'late', ticks: [handOf('L')] }, 0))).toMatchObject({
    status: 'DEADLINE_EXCEEDED',
  });
});

const aaa = { dataset: 'one', symbol: 'AAA' };

test.each([
  [
    'NOT_FOUND',
    'INSTRUMENT_UNKNOWN',
    { instrument: { dataset: 'one', symbol: 'ZZZ' } },
    /"ZZZ" .* "one"; ListInstruments/,
  ],
  ['NOT_FOUND', 'INSTRUMENT_UNKNOWN', { instrument: { dataset: 'none', symbol: 'AAA' } }, /dataset "none"/],
  ['INVALID_ARGUMENT', 'FIELD_INVALID', { instrument: { symbol: 'AAA' } }, /instrument\.dataset .* required/],
  ['INVALID_ARGUMENT', 'INTERVAL_UNKNOWN', { instrument: aaa, interval: '7m' }, /"7m"; there are 1s,/],
  ['INVALID_ARGUMENT', 'PROFILE_UNKNOWN', { instrument: aaa, profile: 'best' }, /"best"; there are all, sip/],
  [
    'INVALID_ARGUMENT',
    'RANGE_EMPTY',
    { instrument: aaa, startTimeNs: 5n, endTimeNs: 5n },
    /start_time_ns 5 is not before/,
  ],
  ['INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID', { instrument: aaa, pageToken: 'x' }, /ask again without it/],
])('bars are refused with %s %s', async (status, reason, fields, words) => {
  const refusal = await refusalOf(calls.getBars(fields));
  expect(refusal).toMatchObject({ status, reason });
  expect(refusal.message).toMatch(words);
});

test('a page token goes with its own call and its own fields alone', async () => {
  const { nextPageToken: pageToken } = await calls.listInstruments({ pageSize: 1 });
  expect(pageToken).not.toBe('');
  for (const call of [
    () => calls.listInstruments({ pageSize: 1, dataset: 'one', pageToken }),
    () => calls.getBars({ instrument: aaa, pageToken }),
    () => calls.listInstruments({ pageSize: 1, pageToken: pageToken.slice(0, -1) }),
  ]) {
    expect(await refusalOf(call())).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'PAGE_TOKEN_INVALID' });
  }
});

test.each([
  ['NOT_FOUND', 'INSTRUMENT_UNKNOWN', { instruments: [{ dataset: 'one', symbol: 'ZZZ' }] }],
  ['INVALID_ARGUMENT', 'FIELD_INVALID', { instruments: [] }],
  ['INVALID_ARGUMENT', 'FIELD_INVALID', { instruments: [aaa, aaa] }],
  ['INVALID_ARGUMENT', 'INTERVAL_UNKNOWN', { instruments: [aaa], intervals: ['7m'] }],
  ['INVALID_ARGUMENT', 'RESUME_TOKEN_INVALID', { instruments: [aaa], resumeToken: 'x' }],
])('a stream of bars is refused with %s %s', async (status, reason, fields) => {
  const request = { intervals: ['1s'], profiles: ['all'], ...fields };
  expect(await refusalOf(calls.firstBars(request))).toMatchObject({ status, reason });
});

/** Trades that were counted. */
async function ticksOf(dataset: string, symbol: string = 'AAA'): Promise<number> {
  const path = `/v1/instruments/${symbol}/trades?dataset=${dataset}&page_size=10000`;
  const response = await fetch(`${market.http}${path}`);
  if (response.status === 404) return 0;
  return ((await response.json()) as { trades: unknown[] }).trades.length;
}
