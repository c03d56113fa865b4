/** Server-sent streams over real sockets: events, resume by Last-Event-ID, all instruments, slow and stuck readers. */
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { errorOf, EventReader, get } from './http-client.ts';
import { barOf, QueryRig, type RigOptions } from './query-rig.ts';

const rigs: QueryRig[] = [];
const readers: EventReader[] = [];
const minute = 1_381_239_000;

async function rigWith(options: RigOptions = {}): Promise<QueryRig> {
  const rig = await QueryRig.start(options);
  rigs.push(rig);
  return rig;
}

async function open(rig: QueryRig, query: string, headers: Record<string, string> = {}): Promise<EventReader> {
  const reader = await EventReader.open(rig.url(`/v1/stream?${query}`), headers);
  readers.push(reader);
  return reader;
}

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close();
  await Promise.all(rigs.splice(0).map(async (rig) => rig.stop()));
});

test('a stream has the snapshot, its end with an id, bars as they come, ends of buckets and signs of life', async () => {
  const rig = await rigWith();
  await rig.putBars([barOf(minute)]);
  const reader = await open(rig, 'symbols=SPY&intervals=1m');
  const first = await reader.next();
  expect(first).toMatchObject({
    event: 'bars',
    id: undefined,
    data: { bars: [{ symbol: 'SPY', open: '184.10', state: 'closed' }] },
  });
  expect(await reader.next()).toMatchObject({ event: 'snapshot_end', data: {} });
  expect(reader.lastId).not.toBe('');
  const before = await reader.nextOf('heartbeat');
  expect(before.data['watermark']).toBeNull();
  expect(Date.parse(before.data['now'] as string)).toBeGreaterThan(1_700_000_000_000);
  await rig.putBars([barOf(minute + 60)], minute + 122);
  expect(await reader.nextOf('bars')).toMatchObject({ data: { bars: [{ start: '2013-10-08T13:31:00Z' }] } });
  expect(await reader.nextOf('bucket_end')).toMatchObject({ data: { interval: '1m', end: '2013-10-08T13:32:00Z' } });
  expect(await reader.nextOf('heartbeat')).toMatchObject({ data: { watermark: '2013-10-08T13:32:02Z' } });
});

test('a reader that comes back with its last id, or the token as a parameter, has what it missed', async () => {
  const rig = await rigWith();
  const reader = await open(rig, 'symbols=SPY,d/QQQ&intervals=1m');
  await reader.nextOf('snapshot_end');
  reader.close();
  await rig.putBars([barOf(minute)]);
  await rig.putBars([barOf(minute, { symbol: 'QQQ' })]);
  const answers = [
    await open(rig, 'symbols=SPY,QQQ&intervals=1m', { 'last-event-id': reader.lastId }),
    await open(rig, `symbols=QQQ,SPY&intervals=1m&resume_token=${reader.lastId}`),
  ];
  for (const again of answers) {
    const symbols = [];
    for (;;) {
      const event = await again.next();
      if (event?.event !== 'bars') break;
      symbols.push(...(event.data['bars'] as { symbol: string }[]).map(({ symbol }) => symbol));
    }
    expect(symbols.toSorted()).toEqual(['QQQ', 'SPY']);
  }
});

test('all instruments can be followed, those that appear later too, with their forming bars', async () => {
  const rig = await rigWith();
  const reader = await open(rig, 'symbols=*&intervals=1m&forming=true');
  expect(await reader.next()).toMatchObject({
    event: 'instruments',
    data: { instruments: [{ symbol: 'QQQ' }, { symbol: 'SPY' }] },
  });
  await reader.nextOf('snapshot_end');
  await rig.addInstruments([{ symbol: 'NEW' }]);
  await rig.putBars([barOf(minute, { symbol: 'NEW' })]);
  expect(await reader.nextOf('bars')).toMatchObject({ data: { bars: [{ symbol: 'NEW' }] } });
  expect(await reader.nextOf('instruments')).toMatchObject({ data: { instruments: [{ symbol: 'NEW' }] } });
  await expect.poll(() => rig.forming.isWanted('d', 'NEW')).toBe(true);
  rig.forming.publish([barOf(minute + 60, { symbol: 'NEW', state: 'forming' })]);
  expect(await reader.nextOf('bars')).toMatchObject({ data: { bars: [{ symbol: 'NEW', state: 'forming' }] } });
});

test('all instruments of one dataset alone can be followed', async () => {
  const rig = await rigWith();
  await rig.addInstruments([{ dataset: 'e', symbol: 'X' }]);
  const reader = await open(rig, 'symbols=*&dataset=e');
  await reader.nextOf('snapshot_end');
  await rig.putBars([barOf(minute)]);
  await rig.putBars([barOf(minute, { dataset: 'e', symbol: 'X' })]);
  expect(await reader.nextOf('bars')).toMatchObject({ data: { bars: [{ dataset: 'e' }] } });
});

test.each([
  ['', 400, 'FIELD_INVALID'],
  ['symbols=NONE', 404, 'INSTRUMENT_UNKNOWN'],
  ['symbols=SPY,SPY', 400, 'FIELD_INVALID'],
  ['symbols=SPY,d/SPY', 400, 'FIELD_INVALID'],
  ['symbols=SPY%25', 400, 'FIELD_INVALID'],
  ['symbols=SPY&intervals=7m', 400, 'INTERVAL_UNKNOWN'],
  ['symbols=SPY&profile=x', 400, 'PROFILE_UNKNOWN'],
  ['symbols=SPY&resume_token=x', 400, 'RESUME_TOKEN_INVALID'],
  ['symbols=SPY&speed=1', 400, 'FIELD_INVALID'],
])('a stream with %s is refused with %i %s before it begins', async (query, status, code) => {
  const rig = await rigWith();
  const answer = await get(rig.url(`/v1/stream?${query}`));
  expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
});

test('an expired token is 410, one stream too many is 429, and its place is free again once a reader left', async () => {
  const rig = await rigWith({ retentionMs: 1_000, config: { streamsMax: 1 } });
  const reader = await open(rig, 'symbols=SPY');
  await reader.nextOf('snapshot_end');
  const tooMany = await get(rig.url('/v1/stream?symbols=SPY'));
  expect([tooMany.status, errorOf(tooMany).code, tooMany.headers.get('retry-after')]).toEqual([
    429,
    'STREAMS_TOO_MANY',
    '1',
  ]);
  reader.close();
  await rig.putBars([barOf(minute)]);
  rig.time.advanceBy(10_000);
  await rig.putBars([barOf(minute + 60)]);
  rig.log.sweep();
  await expect
    .poll(async () => (await get(rig.url(`/v1/stream?symbols=SPY&resume_token=${reader.lastId}`))).status)
    .toBe(410);
});

test('a stream ends with the problem when the process ends', async () => {
  const rig = await rigWith();
  const reader = await open(rig, 'symbols=SPY');
  await reader.nextOf('snapshot_end');
  const stopped = rig.stop();
  expect(await reader.nextOf('problem')).toMatchObject({ data: { reason: 'SHUTTING_DOWN' } });
  expect(await reader.next()).toBeUndefined();
  await stopped;
});

test('a reader that reads nothing is ended at its bound, while another gets every bar', async () => {
  const rig = await rigWith({ config: { waitingBytesMax: 50_000 } });
  const socket = connect(rig.query.httpPort, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  socket.write('GET /v1/stream?symbols=SPY&intervals=1m HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const other = await open(rig, 'symbols=SPY&intervals=1m');
  await other.nextOf('snapshot_end');
  const metrics = async (): Promise<string> => (await get(rig.url('/metrics'))).text;
  await expect.poll(metrics).toContain('tapeline_query_streams{kind="http"} 2');
  const seen = new Set<string>();
  const count = 40_000;
  const perRecord = 200;
  const reading = (async () => {
    while (seen.size < count) {
      const { data } = await other.nextOf('bars');
      for (const bar of data['bars'] as { start: string }[]) seen.add(bar.start);
    }
  })();
  for (let from = 0; from < count; from += perRecord) {
    await rig.tellBars(Array.from({ length: perRecord }, (_, index) => barOf(minute + 60 * (from + index))));
    // Slow enough for the other one, whose bound is the same.
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await reading;
  expect(seen.size).toBe(count);
  await expect.poll(metrics, { timeout: 15_000 }).toContain('tapeline_query_streams{kind="http"} 1');
  socket.destroy();
});
