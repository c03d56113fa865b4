/** Ticks by hand and GetPublisher: exact decimals and times, refusals, bounds, pages. */
import { issueDayOf, timeDomainOf, TimeDomain } from '@tapeline/domain';
import { wireIngest } from '@tapeline/wire';
import { expect, test } from 'vitest';
import {
  entriesOf,
  eventNs,
  liveId,
  open,
  publish,
  pumped,
  replayId,
  type Rig,
  rows,
  startMs,
  startRig,
  ticksOf,
  trade,
} from './ingest-rig.ts';

type Once = Parameters<typeof wireIngest.PublishOnceRequest.fromPartial>[0];
type Hand = NonNullable<Once['ticks']>[number];

const call = { signal: new AbortController().signal };

async function once(rig: Rig, parts: Once): Promise<wireIngest.PublishOnceResponse> {
  const request = wireIngest.PublishOnceRequest.fromPartial({ dataset: 'hand', ...parts });
  return pumped(rig.clock, rig.ingest.service.publishOnce(request, call));
}

function hand(price: string, size: string = '1', fields: Hand = {}): Hand {
  return { symbol: 'SPY', tick: { $case: 'trade', value: { price, size } }, ...fields };
}

test('a bare call counts its ticks under an identity of its own, at the time of the call', async () => {
  const rig = startRig();
  const response = await once(rig, { ticks: [hand('150.25', '100'), hand('-0.000000001')] });
  expect(response).toMatchObject({ accepted: 2, rejects: [] });
  expect(timeDomainOf(response.publisherId)).toBe(TimeDomain.live);
  expect(ticksOf(rig.log)).toMatchObject([
    { symbol: 'SPY', sequence: 1, link: 0, price: 150_250_000_000, size: 100, eventNs },
    { symbol: 'SPY', sequence: 2, link: 1, price: -1, size: 1, eventNs, publisherId: response.publisherId },
  ]);
  expect(entriesOf(rig.log).map(({ kind }) => kind)).toEqual(['tickBlock']);
});

test('a replay by hand is a whole one: it ends with the call', async () => {
  const rig = startRig();
  const time = '2013-10-08T13:30:00.5Z';
  const { publisherId } = await once(rig, { timeDomain: 3, ticks: [hand('1', '1', { eventTime: time }), hand('2')] });
  expect(timeDomainOf(publisherId)).toBe(TimeDomain.replay);
  expect(entriesOf(rig.log)).toMatchObject([
    { kind: 'tickBlock' },
    { kind: 'tickBlock' },
    { kind: 'endOfReplay', publisherId, dataset: 'hand', instruments: [{ symbol: 'SPY', link: 2 }] },
  ]);
  expect(ticksOf(rig.log)[0]?.eventNs).toBe(1_381_239_000_500_000_000n);
});

const badHands: readonly [code: string, field: string, hand: Hand][] = [
  ['PRICE_MALFORMED', 'trade.price', hand('')],
  ['PRICE_MALFORMED', 'trade.price', hand('1,5')],
  ['PRICE_MALFORMED', 'trade.price', hand('1e3')],
  ['PRICE_MALFORMED', 'trade.price', hand('NaN')],
  ['PRICE_MALFORMED', 'trade.price', hand('5.')],
  ['PRICE_MALFORMED', 'trade.price', hand('1'.repeat(65))],
  ['PRICE_TOO_FINE', 'trade.price', hand('0.0000000001')],
  ['PRICE_OUT_OF_RANGE', 'trade.price', hand('9007199.254740992')],
  ['SIZE_MALFORMED', 'trade.size', hand('1', '-1')],
  ['SIZE_MALFORMED', 'trade.size', hand('1', '')],
  ['SIZE_TOO_FINE', 'trade.size', hand('1', '0.5')],
  ['SIZE_OUT_OF_RANGE', 'trade.size', hand('1', '0')],
  ['SIZE_OUT_OF_RANGE', 'trade.size', hand('1', '9007199254740992')],
  ['EVENT_TIME_MALFORMED', 'event_time', hand('1', '1', { eventTime: 'yesterday' })],
  ['EVENT_TIME_MALFORMED', 'event_time', hand('1', '1', { eventTime: '2026-01-05T12:00:00' })],
  ['EVENT_TIME_MALFORMED', 'event_time', hand('1', '1', { eventTime: '2026-02-30T12:00:00Z' })],
  ['EVENT_TIME_MALFORMED', 'event_time', hand('1', '1', { eventTime: '2026-01-05T12:00:00.1234567890Z' })],
  ['EVENT_TIME_MALFORMED', 'event_time', hand('1', '1', { eventTime: '-5' })],
  ['EVENT_TIME_OUT_OF_RANGE', 'event_time', hand('1', '1', { eventTime: '1969-12-31T23:59:59Z' })],
  ['EVENT_TIME_OUT_OF_RANGE', 'event_time', hand('1', '1', { eventTime: '9223372036854775807' })],
  ['EVENT_TIME_AHEAD', 'event_time_ns', hand('1', '1', { eventTime: '2026-01-05T13:00:00Z' })],
  ['FIELD_INVALID', 'symbol', hand('1', '1', { symbol: '' })],
  ['FIELD_INVALID', 'symbol', hand('1', '1', { symbol: 'x'.repeat(65) })],
  ['FIELD_INVALID', 'tick', { symbol: 'SPY' }],
  [
    'FIELD_INVALID',
    'trade_id',
    { symbol: 'SPY', tick: { $case: 'trade', value: { price: '1', size: '1', tradeId: 'x'.repeat(65) } } },
  ],
  ['FIELD_INVALID', 'original', { symbol: 'SPY', tick: { $case: 'cancel', value: {} } }],
  [
    'FIELD_INVALID',
    'correction.trade',
    { symbol: 'SPY', tick: { $case: 'correction', value: { originalTradeId: 'a' } } },
  ],
  ['FIELD_INVALID', 'quote.bid_price', { symbol: 'SPY', tick: { $case: 'quote', value: { bidSize: '1' } } }],
  [
    'PRICE_TOO_FINE',
    'quote.ask_price',
    { symbol: 'SPY', tick: { $case: 'quote', value: { askPrice: '0.0000000001' } } },
  ],
  ['FIELD_INVALID', 'conditions', hand('1', '1', { conditions: ['x'.repeat(17)] })],
];

test.each(badHands)('by hand, %s of %s is told by its place and its neighbours count', async (code, field, bad) => {
  const rig = startRig();
  const { accepted, rejects } = await once(rig, { ticks: [hand('1'), bad, hand('2')] });
  expect(accepted).toBe(2);
  expect(rejects).toMatchObject([{ index: 1, rejection: { code, facts: { field } } }]);
  expect(ticksOf(rig.log).map(({ sequence, link }) => [sequence, link])).toEqual([
    [1, 0],
    [3, 1],
  ]);
});

test('digits are those of the instrument: of the request, or of the log where it knows them', async () => {
  const rig = startRig();
  const instruments = [{ symbol: 'SPY', priceExponent: -2, sizeExponent: -3, calendar: 'XNYS' }];
  const { rejects } = await once(rig, { instruments, ticks: [hand('1.25', '0.015'), hand('1.255')] });
  expect(rejects).toMatchObject([{ index: 1, rejection: { code: 'PRICE_TOO_FINE' } }]);
  expect(ticksOf(rig.log)).toMatchObject([{ price: 125, size: 15 }]);
  rig.known.set('QQQ', { priceExponent: 0, sizeExponent: 0, calendar: 'XNYS', currency: '', tickSize: 0 });
  const other = await once(rig, { ticks: [hand('1.5', '1', { symbol: 'QQQ' }), hand('1', '1', { symbol: 'QQQ' })] });
  expect(other).toMatchObject({ accepted: 1, rejects: [{ index: 0 }] });
  const against = await once(rig, { instruments: [{ ...instruments[0], priceExponent: -4 }], ticks: [hand('1')] });
  expect(against).toMatchObject({ accepted: 0, rejects: [{ rejection: { code: 'TERMS_MISMATCH' } }] });
});

test('cancels, corrections, quotes and states by hand stand in the log', async () => {
  const rig = startRig();
  const traded = { price: '1', size: '2', tradeId: 'a' };
  const ticks: Hand[] = [
    { symbol: 'SPY', tick: { $case: 'trade', value: traded } },
    {
      symbol: 'SPY',
      tick: {
        $case: 'correction',
        value: { originalTradeId: 'a', trade: { ...traded, price: '3' }, correctedEventTime: String(eventNs) },
      },
    },
    { symbol: 'SPY', tick: { $case: 'cancel', value: { originalTradeId: 'a' } } },
    { symbol: 'SPY', tick: { $case: 'quote', value: { bidPrice: '1', askPrice: '2', askSize: '5' } } },
    { symbol: 'SPY', tick: { $case: 'status', value: 6 } },
  ];
  expect(await once(rig, { ticks })).toMatchObject({ accepted: 5, rejects: [] });
  expect(ticksOf(rig.log).map(({ price }) => price)).toEqual([1e9, 3e9, 0, 0, 0]);
});

const refused: readonly [reason: string, parts: Once][] = [
  ['FIELD_INVALID', { dataset: '', ticks: [hand('1')] }],
  ['FIELD_INVALID', { timeDomain: 7 as never, ticks: [hand('1')] }],
  ['FIELD_INVALID', { instruments: [{ symbol: '' }], ticks: [hand('1')] }],
  ['FIELD_INVALID', { instruments: [{ symbol: 'SPY', dataset: 'other' }], ticks: [hand('1')] }],
  ['BATCH_EMPTY', { ticks: [] }],
  ['BATCH_TOO_LARGE', { ticks: Array.from({ length: 2_001 }, () => hand('1')) }],
  ['TIME_DOMAIN_NOT_ALLOWED', { timeDomain: 2, ticks: [hand('1')] }],
];

test.each(refused)('a call by hand is refused as a whole with %s', async (reason, parts) => {
  const rig = startRig();
  await expect(once(rig, parts)).rejects.toMatchObject({ reason, status: 'INVALID_ARGUMENT' });
  expect(rig.log.appends).toBe(0);
});

test('calls beyond the limit are refused with CALLS_TOO_MANY', async () => {
  const rig = startRig({ onceCallsMax: 2 });
  rig.log.fate = () => 'wait';
  const waiting = [once(rig, { ticks: [hand('1')] }), once(rig, { ticks: [hand('1')] })];
  await rig.clock.advance(100);
  const status = { reason: 'CALLS_TOO_MANY', status: 'RESOURCE_EXHAUSTED' };
  await expect(once(rig, { ticks: [hand('1')] })).rejects.toMatchObject(status);
  rig.log.fate = () => 'land';
  rig.log.letGo();
  await Promise.all(waiting);
  expect(await once(rig, { ticks: [hand('1')] })).toMatchObject({ accepted: 1 });
});

test('callers who go away leave no more behind a slow log than the limit of calls', async () => {
  const rig = startRig({ onceCallsMax: 3, laneBytesMax: 1, lingerMs: 0 });
  rig.log.fate = () => 'wait';
  const request = wireIngest.PublishOnceRequest.fromPartial({ dataset: 'hand', ticks: [hand('1')] });
  const reasons: string[] = [];
  for (let round = 0; round < 20; round += 1) {
    const gone = new AbortController();
    const answer = rig.ingest.service.publishOnce(request, { signal: gone.signal });
    const ended = answer.catch((error: { reason?: string; message: string }) => {
      reasons.push(error.reason ?? error.message);
    });
    await rig.clock.advance(10);
    gone.abort(new Error('gone'));
    await ended;
    await rig.clock.advance(0);
  }
  // One is in the log's hands and one in the lane: both hold their places. The rest waited for room, and left.
  expect(new Set(reasons)).toEqual(new Set(['gone']));
  const waiting = once(rig, { ticks: [hand('2')] });
  await expect(once(rig, { ticks: [hand('3')] })).rejects.toMatchObject({ reason: 'CALLS_TOO_MANY' });
  rig.log.fate = () => 'land';
  rig.log.letGo();
  expect(await waiting).toMatchObject({ accepted: 1 });
  await rig.clock.advance(1_000);
  // What lay in the lane and was wanted by nobody was dropped.
  expect(ticksOf(rig.log).map(({ price }) => price)).toEqual([1_000_000_000, 2_000_000_000]);
});

test('a log that takes nothing refuses the call by hand, and a caller who goes away is not waited for', async () => {
  const rig = startRig();
  rig.log.fate = () => 'lose';
  await expect(once(rig, { ticks: [hand('1')] })).rejects.toMatchObject({ reason: 'LOG_UNAVAILABLE' });
  rig.log.fate = () => 'wait';
  const gone = new AbortController();
  const request = wireIngest.PublishOnceRequest.fromPartial({ dataset: 'hand', ticks: [hand('1')] });
  const answer = rig.ingest.service.publishOnce(request, { signal: gone.signal });
  await rig.clock.advance(10);
  gone.abort(new Error('the deadline passed'));
  await expect(answer).rejects.toThrow('the deadline passed');
});

async function get(rig: Rig, parts: Parameters<typeof wireIngest.GetPublisherRequest.fromPartial>[0]) {
  return rig.ingest.service.getPublisher(wireIngest.GetPublisherRequest.fromPartial(parts), call);
}

test('a new id is of today and of its domain; a digest gives the same one again', async () => {
  const rig = startRig();
  const live = await get(rig, { subject: { $case: 'newPublisher', value: {} } });
  const id = live.publisher?.publisherId ?? 0n;
  expect([timeDomainOf(id), issueDayOf(id)]).toEqual([TimeDomain.live, Math.floor(startMs / 86_400_000)]);
  expect(live).toMatchObject({ instruments: [], nextPageToken: '', publisher: { timeDomain: 1 } });
  const digest = { $case: 'newPublisher' as const, value: { timeDomain: 3 as const, sourceDigest: 2n ** 46n + 5n } };
  const [one, two] = [await get(rig, { subject: digest }), await get(rig, { subject: digest })];
  expect(one).toEqual(two);
  expect((one.publisher?.publisherId ?? 0n) & (2n ** 46n - 1n)).toBe(5n);
  expect(rig.log.appends).toBe(0);
});

test('how far a publisher is known to be is a lower bound, in pages that begin where the last one ended', async () => {
  const rig = startRig();
  const batch = ['CCC', 'AAA', 'BBB'].map((symbol, index) => ({ ...trade(index + 1, 0), symbol }));
  await publish(rig, [open(), rows([...batch, { ...trade(9, 4), symbol: 'DDD' }])]);
  const subject = { $case: 'publisherId' as const, value: liveId };
  const first = await get(rig, { subject, pageSize: 2 });
  expect(first.instruments).toMatchObject([
    { instrument: { dataset: 'test', symbol: 'AAA' }, settledSequence: 2n },
    { instrument: { symbol: 'BBB' }, settledSequence: 3n },
  ]);
  const second = await get(rig, { subject, pageSize: 9, pageToken: first.nextPageToken });
  // DDD began with a link to a tick that this process never saw.
  expect(second.instruments.map(({ instrument }) => instrument?.symbol)).toEqual(['CCC']);
  expect(second.nextPageToken).toBe('');
  expect((await get(rig, { subject, dataset: 'other' })).instruments).toEqual([]);
  const other = { $case: 'publisherId' as const, value: replayId };
  for (const bad of [
    { subject: other, pageToken: first.nextPageToken },
    { subject, dataset: 'test', pageToken: first.nextPageToken },
    { subject, pageToken: `${first.nextPageToken}A` },
    { subject, pageToken: 'nonsense' },
    { subject, pageToken: 'x'.repeat(5_000) },
  ]) {
    await expect(get(rig, bad)).rejects.toMatchObject({ reason: 'PAGE_TOKEN_INVALID', status: 'INVALID_ARGUMENT' });
  }
});

test('a link that leaps over what is known to be settled moves the bound no further', async () => {
  const rig = startRig();
  await publish(rig, [open(), rows([trade(1, 0), trade(2, 1)])]);
  await publish(rig, [open(), rows([trade(5, 4)])]);
  const subject = { $case: 'publisherId' as const, value: liveId };
  expect((await get(rig, { subject })).instruments).toMatchObject([{ settledSequence: 2n }]);
  await publish(rig, [open(), rows([trade(3, 2), trade(4, 3), trade(5, 4)])]);
  expect((await get(rig, { subject })).instruments).toMatchObject([{ settledSequence: 5n }]);
});

test.each([
  ['FIELD_INVALID', {}],
  ['FIELD_INVALID', { subject: { $case: 'newPublisher' as const, value: { timeDomain: 9 as never } } }],
  ['FIELD_INVALID', { subject: { $case: 'publisherId' as const, value: liveId }, dataset: 'x'.repeat(65) }],
  ['PUBLISHER_UNKNOWN', { subject: { $case: 'publisherId' as const, value: 3n } }],
])('GetPublisher is refused with %s', async (reason, parts) => {
  await expect(get(startRig(), parts)).rejects.toMatchObject({ reason });
});
