/**
 * Bad input by HTTP against the real process: malformed paths, parameters, tokens and methods have their status, their
 * code and one sentence that says what to write instead; the next good request is served.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { errorOf, get, getRaw } from '../query/http-client.ts';
import { BadCalls, checkServes, handOf } from './bad-calls.ts';
import { type MarketProcess, startMarket } from './market-process.ts';
import { getJson, untilStatus } from './rest.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'tapeline-bad-http-'));
let market: MarketProcess;
let calls: BadCalls;
let port = 0;

beforeAll(async () => {
  market = await startMarket(['--feed', 'none', '--data-dir', dataDir]);
  port = Number(new URL(market.http).port);
  calls = new BadCalls(market.grpc);
  const eventTime = '2024-01-02T14:30:00Z';
  await calls.once({
    dataset: 'one',
    ticks: [handOf('AAA', { eventTime }), handOf('BBB', { eventTime })],
    timeDomain: 3,
  });
  await calls.once({ dataset: 'two', ticks: [handOf('AAA', { eventTime })], timeDomain: 3 });
  await untilStatus(market.http, ({ ticksTotal, lagMs }) => ticksTotal === 3 && lagMs === 0);
});

afterAll(async () => {
  calls.close();
  await market.end('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
});

afterEach(() => checkServes(market, calls, /defect|ERROR|WARN/));

const bars = '/v1/instruments/AAA/bars?dataset=one';
const stream = '/v1/stream?symbols=one/AAA';

test.each([
  ['/v1/instruments/AAA/bars', 400, 'FIELD_INVALID', /"AAA" is in 2 datasets \(one, two\); name one/],
  ['/v1/instruments/AAA/bars?dataset=none', 404, 'INSTRUMENT_UNKNOWN', /"AAA" .* "none"; .*\/v1\/instruments/],
  ['/v1/instruments/ZZZ/bars', 404, 'INSTRUMENT_UNKNOWN', /"ZZZ"/],
  ['/v1/instruments/%ZZ/bars', 400, 'PATH_INVALID', /write it as %25/],
  ['/v1/instruments/%C3%28/trades', 400, 'PATH_INVALID', /write it as %25/],
  ['/v1/instruments/%00/bars', 404, 'INSTRUMENT_UNKNOWN', /\\u0000/],
  ['/v1/instruments//bars', 400, 'FIELD_INVALID', /symbol .* required/],
  [`${bars}&start=yesterday`, 400, 'FIELD_INVALID', /start is "yesterday"; give RFC 3339/],
  [`${bars}&start=2024-13-01T00:00:00Z`, 400, 'FIELD_INVALID', /give RFC 3339/],
  [`${bars}&end=1e9`, 400, 'FIELD_INVALID', /end is "1e9"/],
  [`${bars}&start=2024-01-02T00:00:00Z&end=2024-01-01T00:00:00Z`, 400, 'RANGE_EMPTY', /give an earlier start/],
  [`${bars}&page_size=-1`, 400, 'FIELD_INVALID', /page_size is "-1"; give a whole number/],
  [`${bars}&page_size=ten`, 400, 'FIELD_INVALID', /page_size is "ten"/],
  [`${bars}&page_token=%%%`, 400, 'PAGE_TOKEN_INVALID', /ask again without it/],
  [`${bars}&interval=7m`, 400, 'INTERVAL_UNKNOWN', /"7m"; there are 1s,/],
  [`${bars}&profile=best`, 400, 'PROFILE_UNKNOWN', /"best"; there are all, sip/],
  [`${bars}&intervall=1m`, 400, 'FIELD_INVALID', /no such parameter; there are dataset, interval/],
  [`${bars}&dataset=two`, 400, 'FIELD_INVALID', /twice; give it once/],
  [`${bars}&include_forming=maybe`, 400, 'FIELD_INVALID', /give true or false/],
  ['/v1/instruments/AAA/trades?dataset=one&view=raw', 400, 'FIELD_INVALID', /give amended or published/],
  ['/v1/status?verbose=1', 400, 'FIELD_INVALID', /verbose .* leave it away/],
  ['/v1/nothing', 404, 'PATH_UNKNOWN', /there are \/v1\/instruments/],
  ['/v1/stream', 400, 'FIELD_INVALID', /give symbols with commas/],
  ['/v1/stream?symbols=AAA', 400, 'FIELD_INVALID', /2 datasets/],
  ['/v1/stream?symbols=ZZZ', 404, 'INSTRUMENT_UNKNOWN', /"ZZZ"/],
  [`${stream},one/AAA`, 400, 'FIELD_INVALID', /twice/],
  [`/v1/stream?symbols=${'A,'.repeat(1_001)}A`, 400, 'FIELD_INVALID', /symbols has 1002 entries; give 1 to 1000/],
  [`${stream}&intervals=7m`, 400, 'INTERVAL_UNKNOWN', /"7m"/],
  [`${stream}&forming=maybe`, 400, 'FIELD_INVALID', /give true or false/],
  [`${stream}&start=x`, 400, 'FIELD_INVALID', /RFC 3339/],
  [`${stream}&resume_token=x`, 400, 'RESUME_TOKEN_INVALID', /fresh snapshot/],
  [`/${'x'.repeat(9_000)}`, 414, 'URL_TOO_LONG', /9001 characters, the limit is 8192/],
])('GET %s is refused with %i %s', async (path, status, code, words) => {
  const answer = await get(`${market.http}${path}`);
  expect(answer.status).toBe(status);
  const error = errorOf(answer);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(words);
  expect(error.message).not.toContain('\n');
});

test('a page size of 0 takes the default, and one that is too large the limit', async () => {
  for (const size of ['0', '99999999', '9'.repeat(30)]) {
    const { bars: page } = await getJson<{ bars: unknown[] }>(market.http, `${bars}&interval=1s&page_size=${size}`);
    expect(page).toHaveLength(1);
  }
});

test('a page token of another call, or of other fields, is refused', async () => {
  const { nextPageToken } = await getJson<{ nextPageToken: string }>(market.http, '/v1/instruments?page_size=1');
  expect(nextPageToken).not.toBe('');
  for (const path of [`${bars}&page_token=`, '/v1/instruments?dataset=one&page_token=']) {
    const answer = await get(`${market.http}${path}${nextPageToken}`);
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'PAGE_TOKEN_INVALID']);
  }
});

test('a Last-Event-ID that no stream gave is refused', async () => {
  const answer = await get(`${market.http}${stream}`, { headers: { 'last-event-id': 'garbage' } });
  expect([answer.status, errorOf(answer).code]).toEqual([400, 'RESUME_TOKEN_INVALID']);
});

test('only GET and HEAD are served, and the answer says so', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const answer = await get(`${market.http}/v1/instruments`, { method });
    expect([answer.status, errorOf(answer).code, answer.headers.get('allow')]).toEqual([
      405,
      'METHOD_NOT_ALLOWED',
      'GET, HEAD',
    ]);
  }
});

test('a path that leaves the folder of the page finds nothing there', async () => {
  for (const path of [
    '/../../package.json',
    '/%2e%2e/%2e%2e/package.json',
    '/..%2f..%2fpackage.json',
    '/assets/../../package.json',
  ]) {
    const { status, text } = await getRaw(port, path);
    expect(status).toBe(404);
    expect(text).not.toContain('devDependencies');
  }
});
