/** HTTP over real sockets: bars, trades, instruments, status, every refusal and every bound. */
import { connect } from 'node:net';
import type { Store, TapeQuery } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import type { SimulatedStore } from '@tapeline/simulation';
import { afterEach, expect, test } from 'vitest';
import { errorOf, get, getRaw } from './http-client.ts';
import { barOf, QueryRig, type RigOptions, rigStatus, terms } from './query-rig.ts';
import { chunkOf } from './tape-scenes.ts';

const rigs: QueryRig[] = [];
const minute = 1_381_239_000;

async function rigWith(options: RigOptions = {}): Promise<QueryRig> {
  const rig = await QueryRig.start(options);
  rigs.push(rig);
  return rig;
}

afterEach(async () => {
  await Promise.all(rigs.splice(0).map(async (rig) => rig.stop()));
});

test('bars are as the command bars prints them, in pages that name the next', async () => {
  const rig = await rigWith();
  await rig.putBars([barOf(minute), barOf(minute + 60, { open: null, close: null })]);
  const first = await get(rig.url('/v1/instruments/SPY/bars?page_size=1'));
  expect(first.status).toBe(200);
  expect(first.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(first.headers.get('x-content-type-options')).toBe('nosniff');
  const { bars, nextPageToken } = first.json as { bars: object[]; nextPageToken: string };
  expect(JSON.stringify(bars[0])).toBe(
    '{"dataset":"d","symbol":"SPY","interval":"1m","start":"2013-10-08T13:30:00Z","end":"2013-10-08T13:31:00Z",' +
      '"open":"184.10","high":"184.25","low":"183.99","close":"184.20","volume":"283","vwap":"184.146466431",' +
      '"trades":3,"revision":1,"state":"closed","profile":"all"}',
  );
  const second = await get(rig.url(`/v1/instruments/SPY/bars?page_size=1&page_token=${nextPageToken}`));
  expect(second.json).toMatchObject({
    bars: [{ start: '2013-10-08T13:31:00Z', open: null, close: null }],
    nextPageToken: '',
  });
});

test('times are RFC 3339 or ns, oldest first or newest first', async () => {
  const rig = await rigWith();
  await rig.putBars([barOf(minute), barOf(minute + 60), barOf(minute + 120)]);
  const startsOf = async (query: string): Promise<string[]> => {
    const { json } = await get(rig.url(`/v1/instruments/SPY/bars?dataset=d&interval=1m&profile=all&${query}`));
    return (json as { bars: { start: string }[] }).bars.map(({ start }) => start.slice(11, 16));
  };
  expect(await startsOf('start=2013-10-08T13:31:00Z')).toEqual(['13:31', '13:32']);
  expect(await startsOf('start=2013-10-08T15:31:00.000000000%2B02:00&end=2013-10-08T13:32:00Z')).toEqual(['13:31']);
  expect(await startsOf(`end=${minute + 60}000000000`)).toEqual(['13:30']);
  expect(await startsOf('newest_first=true')).toEqual(['13:32', '13:31', '13:30']);
  expect(await startsOf('start=&end=')).toHaveLength(3);
});

test('forming bars are there when they are asked for', async () => {
  const rig = await rigWith({ config: { formingWaitMs: 5_000 } });
  await rig.putBars([barOf(minute)]);
  const answer = get(rig.url('/v1/instruments/SPY/bars?include_forming=true'));
  await expect.poll(() => rig.forming.isWanted('d', 'SPY')).toBe(true);
  rig.forming.publish([barOf(minute + 60, { state: 'forming' }), barOf(minute, { state: 'forming', interval: '5m' })]);
  expect((await answer).json).toMatchObject({ bars: [{ state: 'closed' }, { state: 'forming' }] });
});

test('a page has up to 10,000 bars', async () => {
  const rig = await rigWith();
  await rig.putBars(Array.from({ length: 10_001 }, (_, index) => barOf(minute + 60 * index)));
  const { json } = await get(rig.url('/v1/instruments/SPY/bars?page_size=99999'));
  expect((json as { bars: object[] }).bars).toHaveLength(10_000);
});

test('a symbol of several datasets has to name one, and symbols may hold any character', async () => {
  const rig = await rigWith();
  const odd = 'A/B C%,ä';
  await rig.addInstruments([{ dataset: 'e', symbol: 'SPY' }, { symbol: odd }]);
  await rig.putBars([barOf(minute, { symbol: odd })]);
  const ambiguous = await get(rig.url('/v1/instruments/SPY/bars'));
  expect(ambiguous.status).toBe(400);
  expect(errorOf(ambiguous)).toMatchObject({ code: 'FIELD_INVALID', facts: { field: 'dataset', datasets: 'd, e' } });
  expect((await get(rig.url('/v1/instruments/SPY/bars?dataset=e'))).status).toBe(200);
  const { json } = await get(rig.url(`/v1/instruments/${encodeURIComponent(odd)}/bars`));
  expect(json).toMatchObject({ bars: [{ symbol: odd }] });
});

test('instruments come with what their bars are called', async () => {
  const rig = await rigWith();
  const { json } = await get(rig.url('/v1/instruments?symbol_prefix=S'));
  expect(json).toEqual({
    instruments: [{ dataset: 'd', symbol: 'SPY', ...terms }],
    nextPageToken: '',
    intervals: ['1s', '5s', '1m', '5m', '15m', '1h', '1d'],
    profiles: ['all', 'sip'],
  });
  expect((await get(rig.url('/v1/instruments/SPY'))).json).toMatchObject({ instrument: { symbol: 'SPY' } });
});

test('trades are as they stand, or as they were published', async () => {
  const rig = await rigWith();
  const trade = { kind: 'trade', publisher: 1n, sequence: 1, atNs: 1_000_000 } as const;
  const correction = {
    kind: 'correction',
    publisher: 1n,
    sequence: 2,
    atNs: 5,
    original: 1,
    price: 1_850_000,
  } as const;
  await rig.store.writeTape([chunkOf([trade, correction], 1)]);
  const amended = await get(rig.url('/v1/instruments/SPY/trades'));
  expect(amended.json).toMatchObject({
    trades: [{ number: 2, kind: 'trade', time: '2013-10-08T13:30:00.001Z', price: '185.00', size: '100', sequence: 2 }],
    nextPageToken: '',
  });
  const published = await get(rig.url('/v1/instruments/SPY/trades?view=published&newest_first=true'));
  expect(published.json).toMatchObject({
    trades: [
      { number: 1, kind: 'trade' },
      { number: 2, kind: 'correction', original: { sequence: 1 } },
    ],
  });
});

test('status, health and metrics are answered', async () => {
  const rig = await rigWith();
  expect((await get(rig.url('/v1/status'))).json).toEqual(rigStatus);
  expect((await get(rig.url('/healthz'))).json).toEqual({ status: 'ok' });
  expect((await get(rig.url('/readyz'))).status).toBe(200);
  rig.health.set('worker', 'starting', 'reads the log');
  const unready = await get(rig.url('/readyz'));
  expect([unready.status, unready.json]).toMatchObject([503, { ready: false }]);
  const metrics = await get(rig.url('/metrics'));
  expect(metrics.headers.get('content-type')).toContain('text/plain');
  expect(metrics.text).toContain('tapeline_query_http_requests_total{route="status",code="200"} 1');
});

test.each([
  ['/v1/instruments/NONE/bars', 404, 'INSTRUMENT_UNKNOWN'],
  ['/v1/instruments/SPY/bars?dataset=none', 404, 'INSTRUMENT_UNKNOWN'],
  ['/v1/instruments/SPY/bars?interval=7m', 400, 'INTERVAL_UNKNOWN'],
  ['/v1/instruments/SPY/bars?profile=x', 400, 'PROFILE_UNKNOWN'],
  ['/v1/instruments/SPY/bars?start=5&end=5', 400, 'RANGE_EMPTY'],
  ['/v1/instruments/SPY/bars?start=yesterday', 400, 'FIELD_INVALID'],
  ['/v1/instruments/SPY/bars?start=2013-02-29T00:00:00Z', 400, 'FIELD_INVALID'],
  ['/v1/instruments/SPY/bars?page_size=-1', 400, 'FIELD_INVALID'],
  ['/v1/instruments/SPY/bars?include_forming=perhaps', 400, 'FIELD_INVALID'],
  ['/v1/instruments/SPY/bars?page_token=x', 400, 'PAGE_TOKEN_INVALID'],
  ['/v1/instruments/SPY/bars?intervall=1m', 400, 'FIELD_INVALID'],
  ['/v1/instruments/SPY/bars?interval=1m&interval=5m', 400, 'FIELD_INVALID'],
  ['/v1/instruments/SPY/trades?view=both', 400, 'FIELD_INVALID'],
  ['/v1/instruments/SPY/candles', 404, 'PATH_UNKNOWN'],
  ['/v1/instruments/SPY/bars/more', 404, 'PATH_UNKNOWN'],
  ['/v1/status?x=1', 400, 'FIELD_INVALID'],
  ['/v2/instruments', 404, undefined],
  ['/v1/instruments/%/bars', 400, 'PATH_INVALID'],
  [`/v1/instruments?symbol_prefix=${'x'.repeat(9_000)}`, 414, 'URL_TOO_LONG'],
  [`/v1/instruments?symbol_prefix=${'x'.repeat(90_000)}`, 431, 'HEADERS_TOO_LARGE'],
])('GET %s is answered with %i %s', async (path, status, code) => {
  const rig = await rigWith();
  const answer = await getRaw(rig.query.httpPort, path);
  expect(answer.status).toBe(code === undefined ? 503 : status);
  if (code === undefined) return;
  const { error } = JSON.parse(answer.text) as { error: { code: string; message: string } };
  expect(error.code).toBe(code);
  expect(error.message).not.toBe('');
});

test('only GET and HEAD are served, and no body is taken', async () => {
  const rig = await rigWith();
  const posted = await get(rig.url('/v1/instruments'), { method: 'POST', body: '{}' });
  expect([posted.status, posted.headers.get('allow'), errorOf(posted).code]).toEqual([
    405,
    'GET, HEAD',
    'METHOD_NOT_ALLOWED',
  ]);
  const withBody = await getRaw(rig.query.httpPort, '/v1/instruments', { 'content-length': '5' });
  expect(withBody.status).toBe(413);
  const head = await get(rig.url('/v1/instruments'), { method: 'HEAD' });
  expect([head.status, head.text, Number(head.headers.get('content-length')) > 10]).toEqual([200, '', true]);
});

test('what is no HTTP is told so, and what does not come in time is ended', async () => {
  const rig = await rigWith({ config: { httpRequestMs: 100 } });
  const raw = async (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(rig.query.httpPort, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });
  expect(await raw('nonsense\r\n\r\n')).toContain('REQUEST_MALFORMED');
  expect(await raw('GET /v1/instruments HTTP/1.1\r\nhost: x\r\n')).toContain('408 Request Timeout');
});

test('an answer that takes too long is given up', async () => {
  const rig = await rigWith({ config: { httpRequestMs: 100 }, status: () => new Promise(() => undefined) as never });
  const answer = await get(rig.url('/v1/status'));
  expect([answer.status, errorOf(answer).code]).toEqual([504, 'DEADLINE_EXCEEDED']);
});

test('a read of trades that is given up reads nothing more', async () => {
  const clock = new ManualClock(0);
  let reads = 0;
  const storeSeen = (store: SimulatedStore): Store =>
    new Proxy(store, {
      get: (target, name) => {
        if (name !== 'tape') return Reflect.get(target, name, target).bind(target) as unknown;
        return async (query: TapeQuery) => {
          reads += 1;
          if (reads === 2) await clock.advance(10_000);
          return store.tape(query);
        };
      },
    });
  const rig = await rigWith({ clock, storeSeen });
  for (let number = 1; number <= 200; number += 1) {
    await rig.store.writeTape([chunkOf([{ kind: 'trade', publisher: 1n, sequence: number, atNs: number }], number)]);
  }
  const answer = await get(rig.url('/v1/instruments/SPY/trades'));
  expect([answer.status, errorOf(answer).code]).toEqual([504, 'DEADLINE_EXCEEDED']);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(reads).toBeLessThanOrEqual(3);
});

test('a store that does not answer gives 503 and says to try again, a defect 500 without its inside', async () => {
  const rig = await rigWith({
    status: () => {
      throw new TypeError('secret');
    },
  });
  rig.store.faults.break('unavailable');
  const answer = await get(rig.url('/v1/instruments'));
  expect([answer.status, answer.headers.get('retry-after'), errorOf(answer).code]).toEqual([
    503,
    '1',
    'STORE_UNAVAILABLE',
  ]);
  rig.store.faults.break(undefined);
  const defect = await get(rig.url('/v1/status'));
  expect([defect.status, errorOf(defect).code, defect.text.includes('secret')]).toEqual([500, 'INTERNAL', false]);
});

test('other origins may not read, unless one is named', async () => {
  const plain = await rigWith();
  expect((await get(plain.url('/v1/instruments'))).headers.get('access-control-allow-origin')).toBeNull();
  const open = await rigWith({ config: { corsOrigin: 'https://example.org' } });
  expect((await get(open.url('/v1/instruments'))).headers.get('access-control-allow-origin')).toBe(
    'https://example.org',
  );
  expect((await get(open.url('/v1/instruments'), { method: 'OPTIONS' })).status).toBe(204);
});

test('a server of this machine alone answers to no other name, one that is bound elsewhere to all', async () => {
  const statusesOf = async (rig: QueryRig, host: string): Promise<number[]> => {
    const paths = ['/v1/status', '/v1/instruments', '/v1/stream?symbols=none', '/metrics', '/'];
    const answers = paths.map(async (path) => getRaw(rig.query.httpPort, path, { host }));
    return Promise.all(answers.map(async (answer) => (await answer).status));
  };
  const local = await rigWith({ webRoot: 'services/query' });
  expect(await statusesOf(local, 'rebound.example:8080')).toEqual([421, 421, 421, 421, 421]);
  const refused = await getRaw(local.query.httpPort, '/v1/status', { host: 'rebound.example' });
  expect(refused.text).toContain('the Host header is \\"rebound.example\\"');
  expect(refused.text).toContain('--http-host');
  for (const host of ['localhost:1', '127.0.0.1', '[::1]:8080']) {
    expect((await getRaw(local.query.httpPort, '/v1/status', { host })).status).toBe(200);
  }
  const open = await rigWith({ config: { httpHost: '0.0.0.0' } });
  expect((await getRaw(open.query.httpPort, '/v1/status', { host: 'market.example' })).status).toBe(200);
});

test('one connection too many is closed', async () => {
  const rig = await rigWith({ config: { httpConnectionsMax: 1 } });
  const open = (): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(rig.query.httpPort, '127.0.0.1');
      const timer = setTimeout(() => resolve('stays'), 200);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearTimeout(timer);
        resolve('closed');
      });
      closing.push(() => socket.destroy());
    });
  const closing: (() => void)[] = [];
  const first = open();
  const second = open();
  expect(await Promise.all([first, second])).toEqual(['stays', 'closed']);
  for (const close of closing) close();
});

test('a process that ends finishes what is under way and refuses what comes', async () => {
  let answer: (status: typeof rigStatus) => void = () => undefined;
  const rig = await rigWith({ status: () => new Promise((resolve) => (answer = resolve)) as never });
  const underWay = get(rig.url('/v1/status'));
  await expect.poll(() => String(answer)).not.toBe('() => undefined');
  const stopped = rig.stop();
  answer(rigStatus);
  expect((await underWay).json).toEqual(rigStatus);
  await stopped;
  await expect(get(rig.url('/v1/status'))).rejects.toThrow('fetch failed');
});
