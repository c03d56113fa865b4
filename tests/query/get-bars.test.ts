/** Reads of bars and instruments: pages in both directions, forming bars, tokens, every refusal. */
import type { Random } from '@tapeline/simulation';
import { wireQuery } from '@tapeline/wire';
import { afterEach, expect, test } from 'vitest';
import { forEachSeedAsync } from '../worker/seeds-async.ts';
import { barOf, failure, QueryRig, shortOf, TestCall } from './query-rig.ts';

const rigs: QueryRig[] = [];
const minute = 1_381_239_000;
const ns = 1_000_000_000n;

async function rigWith(): Promise<QueryRig> {
  const rig = await QueryRig.start({ config: { formingWaitMs: 20 } });
  rigs.push(rig);
  return rig;
}

afterEach(async () => {
  await Promise.all(rigs.splice(0).map(async (rig) => rig.stop()));
});

async function allPages(rig: QueryRig, request: Partial<wireQuery.GetBarsRequest>): Promise<string[]> {
  const texts: string[] = [];
  let pageToken = '';
  do {
    const page = await rig.getBars({ ...request, pageToken });
    expect(page.bars.length).toBeLessThanOrEqual(request.pageSize ?? 1_000);
    texts.push(...shortOf(page.bars));
    pageToken = page.nextPageToken;
    expect(page.resumeToken === '').toBe(pageToken !== '');
  } while (pageToken !== '');
  return texts;
}

test('pages join to the range in either direction, with forming bars among them', async () => {
  await forEachSeedAsync(0.005, async (random: Random) => {
    const rig = await rigWith();
    const starts = Array.from({ length: 20 }, (_, index) => minute + 60 * index).filter(() => random.chance(0.6));
    await rig.putBars(starts.map((start) => barOf(start, { revision: 5 })));
    const asForming = starts.length > 0 ? [random.choice(starts)] : [];
    const forming = [...asForming, ...Array.from({ length: random.int(0, 3) }, () => minute + 60 * random.int(0, 25))];
    const held = rig.streamBars({ includeForming: true });
    await held.snapshot();
    rig.forming.publish([...new Set(forming)].map((start) => barOf(start, { state: 'forming', revision: 2 })));
    const [from, to] = [minute + random.int(-30, 300), minute + random.int(301, 1_600)];
    const inRange = (start: number): boolean => start >= from && start < to;
    const closed = starts.filter(inRange).map((start) => `SPY 1m ${start} r5 closed`);
    const open = new Set(forming.filter((start) => inRange(start) && !starts.includes(start)));
    const expected = [...closed, ...Array.from(open, (start) => `SPY 1m ${start} r2 forming`)].toSorted();
    const range = { startTimeNs: BigInt(from) * ns, endTimeNs: BigInt(to) * ns, pageSize: random.int(1, 7) };
    expect(await allPages(rig, { ...range, includeForming: true })).toEqual(expected);
    expect(await allPages(rig, { ...range, includeForming: true, newestFirst: true })).toEqual(expected.toReversed());
    expect(await allPages(rig, range)).toEqual(closed);
    await held.leave();
    await rig.stop();
  });
});

test('a range is half-open at the ns', async () => {
  const rig = await rigWith();
  await rig.putBars([barOf(minute), barOf(minute + 60)]);
  const startTimeNs = BigInt(minute) * ns;
  expect(shortOf((await rig.getBars({ startTimeNs: startTimeNs + 1n })).bars)).toEqual([
    `SPY 1m ${minute + 60} r1 closed`,
  ]);
  expect((await rig.getBars({ startTimeNs, endTimeNs: startTimeNs + 1n })).bars).toHaveLength(1);
  expect((await rig.getBars({ startTimeNs, endTimeNs: startTimeNs + 60n * ns })).bars).toHaveLength(1);
});

test('page_size 0 takes 1,000 and at most 5,000 are given', async () => {
  const rig = await rigWith();
  await rig.putBars(Array.from({ length: 5_100 }, (_, index) => barOf(minute + 60 * index)));
  expect((await rig.getBars()).bars).toHaveLength(1_000);
  expect((await rig.getBars({ pageSize: 4_000_000_000 })).bars).toHaveLength(5_000);
});

test.each([
  ['no instrument', { instrument: undefined }, 'INVALID_ARGUMENT', 'FIELD_INVALID'],
  ['an empty symbol', { instrument: { dataset: 'd', symbol: '' } }, 'INVALID_ARGUMENT', 'FIELD_INVALID'],
  ['no interval', { interval: '' }, 'INVALID_ARGUMENT', 'FIELD_INVALID'],
  ['an interval that is not made', { interval: '2m' }, 'INVALID_ARGUMENT', 'INTERVAL_UNKNOWN'],
  ['a profile that is not made', { profile: 'x' }, 'INVALID_ARGUMENT', 'PROFILE_UNKNOWN'],
  ['a range without a moment', { startTimeNs: 5n, endTimeNs: 5n }, 'INVALID_ARGUMENT', 'RANGE_EMPTY'],
  ['a token that is none', { pageToken: 'AAAA' }, 'INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID'],
  ['an unknown symbol', { instrument: { dataset: 'd', symbol: 'X' } }, 'NOT_FOUND', 'INSTRUMENT_UNKNOWN'],
  ['an unknown dataset', { instrument: { dataset: 'e', symbol: 'SPY' } }, 'NOT_FOUND', 'INSTRUMENT_UNKNOWN'],
])('%s is refused', async (_, request, status, reason) => {
  const rig = await rigWith();
  expect(await failure(rig.getBars(request as Partial<wireQuery.GetBarsRequest>))).toMatchObject({ status, reason });
});

test('a page token of another query, another call or another version is refused and says why', async () => {
  const rig = await rigWith();
  await rig.putBars([barOf(minute), barOf(minute + 60)]);
  const { nextPageToken: pageToken } = await rig.getBars({ pageSize: 1 });
  const problemOf = async (request: Partial<wireQuery.GetBarsRequest>): Promise<string> =>
    (await failure(rig.getBars(request))).facts['problem'] ?? '';
  for (const other of [
    { profile: 'sip' },
    { interval: '5m' },
    { startTimeNs: 1n },
    { newestFirst: true },
    { includeForming: true },
  ]) {
    expect(await problemOf({ ...other, pageToken })).toContain('goes with other fields');
  }
  expect(await problemOf({ pageToken: 'not a token' })).toContain('characters');
  expect(await problemOf({ pageToken: pageToken.slice(0, -2) })).toContain('damaged');
  expect(await problemOf({ pageToken: 'A'.repeat(70_000) })).toContain('over 65536 characters');
  const instruments = await list(rig, { pageSize: 1 });
  expect(await problemOf({ pageToken: instruments.nextPageToken })).toContain('one of instruments, not of bars');
});

async function list(
  rig: QueryRig,
  request: Partial<wireQuery.ListInstrumentsRequest>,
): Promise<wireQuery.ListInstrumentsResponse> {
  return rig.query.service.listInstruments(wireQuery.ListInstrumentsRequest.fromPartial(request), new TestCall());
}

test('instruments come in the order of dataset and symbol, by dataset and prefix, page by page', async () => {
  const rig = await rigWith();
  await rig.addInstruments([{ dataset: 'a', symbol: 'SPY' }, { symbol: 'SPX' }, { symbol: 'sp' }]);
  const names: string[] = [];
  let pageToken = '';
  do {
    const page = await list(rig, { pageSize: 2, pageToken });
    names.push(...page.instruments.map(({ dataset, symbol }) => `${dataset}/${symbol}`));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(names).toEqual(['a/SPY', 'd/QQQ', 'd/SPX', 'd/SPY', 'd/sp']);
  const some = await list(rig, { dataset: 'd', symbolPrefix: 'SP' });
  expect(some.instruments.map(({ symbol }) => symbol)).toEqual(['SPX', 'SPY']);
  const first = await list(rig, { pageSize: 1 });
  expect(await failure(list(rig, { dataset: 'd', pageToken: first.nextPageToken }))).toMatchObject({
    reason: 'PAGE_TOKEN_INVALID',
  });
  expect(await failure(list(rig, { symbolPrefix: 'x'.repeat(65) }))).toMatchObject({ reason: 'FIELD_INVALID' });
});

test('pages of instruments with long names stay below what a message may have', async () => {
  const rig = await rigWith();
  const long = (index: number): string => `${index}`.padStart(64, '鯨');
  await rig.addInstruments(
    Array.from({ length: 9_000 }, (_, index) => ({ dataset: '鯨'.repeat(64), symbol: long(index) })),
  );
  const page = await list(rig, { pageSize: 10_000 });
  expect(wireQuery.ListInstrumentsResponse.encode(page).finish().length).toBeLessThan(4_194_304);
  expect(page.nextPageToken).not.toBe('');
});

test('an instrument tells its bars, the shortest interval first', async () => {
  const rig = await rigWith();
  const request = wireQuery.GetInstrumentRequest.fromPartial({ instrument: { dataset: 'd', symbol: 'SPY' } });
  const answer = await rig.query.service.getInstrument(request, new TestCall());
  expect(answer).toMatchObject({
    instrument: { dataset: 'd', symbol: 'SPY', priceExponent: -4, tickSize: 100n },
    intervals: ['1s', '5s', '1m', '5m', '15m', '1h', '1d'],
    profiles: ['all', 'sip'],
  });
  const none = wireQuery.GetInstrumentRequest.fromPartial({});
  expect(await failure(rig.query.service.getInstrument(none, new TestCall()))).toMatchObject({
    reason: 'FIELD_INVALID',
  });
});
