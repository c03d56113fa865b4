/** Every code by which one tick is refused while its neighbours go through: in rows, in columns, by hand. */
import { encodeTickBlock, TickKind, type TickRow } from '@tapeline/domain';
import { expect, test } from 'vitest';
import {
  entriesOf,
  eventNs,
  generatedBlock,
  liveId,
  open,
  publish,
  pumped,
  replayId,
  type RequestParts,
  type RowParts,
  rows,
  startRig,
  ticksOf,
  trade,
} from './ingest-rig.ts';

const minuteNs = 60_000_000_000n;
const max = BigInt(Number.MAX_SAFE_INTEGER);

function of(kind: string, value: object): (sequence: number, link: number) => RowParts {
  return (sequence, link) => {
    const tick = { $case: kind, value: { eventTimeNs: eventNs, ...value } } as unknown as NonNullable<RowParts['tick']>;
    return { sequence: BigInt(sequence), link: BigInt(link), symbol: 'AAA', tick };
  };
}

const badRows: readonly [code: string, field: string, row: (sequence: number, link: number) => RowParts][] = [
  ['PRICE_OUT_OF_RANGE', 'price', of('trade', { price: max + 1n, size: 1n })],
  ['PRICE_OUT_OF_RANGE', 'price', of('trade', { price: -max - 1n, size: 1n })],
  ['PRICE_OUT_OF_RANGE', 'bid.price', of('quote', { bid: { price: max + 1n, size: 1n } })],
  ['PRICE_OUT_OF_RANGE', 'ask.price', of('quote', { ask: { price: -max - 1n, size: 1n } })],
  ['SIZE_OUT_OF_RANGE', 'size', of('trade', { price: 1n, size: 0n })],
  ['SIZE_OUT_OF_RANGE', 'size', of('trade', { price: 1n, size: -5n })],
  ['SIZE_OUT_OF_RANGE', 'size', of('trade', { price: 1n, size: max + 1n })],
  ['SIZE_OUT_OF_RANGE', 'bid.size', of('quote', { bid: { price: 1n, size: -1n } })],
  ['EVENT_TIME_OUT_OF_RANGE', 'event_time_ns', of('trade', { eventTimeNs: -1n, price: 1n, size: 1n })],
  ['EVENT_TIME_OUT_OF_RANGE', 'event_time_ns', of('trade', { eventTimeNs: 2n ** 63n - 1n, price: 1n, size: 1n })],
  [
    'EVENT_TIME_OUT_OF_RANGE',
    'corrected_event_time_ns',
    of('correction', {
      price: 1n,
      size: 1n,
      original: { $case: 'originalSequence', value: 1n },
      correctedEventTimeNs: 1n,
    }),
  ],
  ['EVENT_TIME_AHEAD', 'event_time_ns', of('trade', { eventTimeNs: eventNs + minuteNs * 2n, price: 1n, size: 1n })],
  [
    'EVENT_TIME_AHEAD',
    'corrected_event_time_ns',
    of('correction', {
      price: 1n,
      size: 1n,
      original: { $case: 'originalSequence', value: 1n },
      correctedEventTimeNs: eventNs + 2n * minuteNs,
    }),
  ],
  ['FIELD_INVALID', 'venue', of('trade', { price: 1n, size: 1n, venue: 'x'.repeat(65) })],
  ['FIELD_INVALID', 'conditions', of('trade', { price: 1n, size: 1n, conditions: Array(17).fill('@') })],
  ['FIELD_INVALID', 'conditions', of('trade', { price: 1n, size: 1n, conditions: ['x'.repeat(17)] })],
  ['FIELD_INVALID', 'trade_id', of('trade', { price: 1n, size: 1n, tradeId: 'é'.repeat(65) })],
  ['FIELD_INVALID', 'tape', of('trade', { price: 1n, size: 1n, tape: 4 })],
  ['FIELD_INVALID', 'aggressor_side', of('trade', { price: 1n, size: 1n, aggressorSide: 3 })],
  ['FIELD_INVALID', 'venue_sequence', of('trade', { price: 1n, size: 1n, venueSequence: max + 1n })],
  ['FIELD_INVALID', 'original', of('cancel', {})],
  ['FIELD_INVALID', 'original_sequence', of('cancel', { original: { $case: 'originalSequence', value: max + 1n } })],
  [
    'FIELD_INVALID',
    'original_trade_id',
    of('cancel', { original: { $case: 'originalTradeId', value: 'x'.repeat(65) } }),
  ],
  ['FIELD_INVALID', 'state', of('status', { state: 9 })],
  ['FIELD_INVALID', 'tick', (sequence, link) => ({ sequence: BigInt(sequence), link: BigInt(link), symbol: 'AAA' })],
];

test.each(badRows)(
  'a row refused with %s for its %s leaves a Void between its neighbours',
  async (code, field, bad) => {
    const rig = startRig();
    const { acks, rejects, responses, error } = await publish(rig, [
      open(),
      rows([trade(1, 0), bad(2, 1), trade(3, 2)]),
    ]);
    expect(error).toBeUndefined();
    expect(rejects.map(({ sequence, code: given }) => [sequence, given])).toEqual([[2, code]]);
    const [told] = responses.flatMap(({ response }) =>
      response?.$case === 'reject' ? [response.value.rejection] : [],
    );
    expect(told?.facts['field']).toBe(field);
    expect(told?.message).toContain(field);
    expect(acks.at(-1)).toEqual({ sequence: 3, requests: 2 });
    const voids = entriesOf(rig.log).filter(({ kind }) => kind === 'void');
    expect(voids).toMatchObject([
      { publisherId: liveId, sequence: 2, link: 1, dataset: 'test', symbol: 'AAA', reason: code },
    ]);
    expect(ticksOf(rig.log).map(({ sequence, link }) => [sequence, link])).toEqual([
      [1, 0],
      [3, 2],
    ]);
  },
);

const terms = { priceExponent: -9, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };
const attributes = { kind: TickKind.trade, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;

function tick(sequence: number, link: number, fields: Partial<TickRow> = {}): TickRow {
  const eventSec = Number(eventNs / 1_000_000_000n);
  return { symbol: 'AAA', terms, sequence, link, eventSec, eventNano: 0, attributes, price: 1_000, size: 1, ...fields };
}

function columns(ticks: readonly TickRow[]): RequestParts {
  const header = { publisherId: liveId, timeDomain: 1, mapEpoch: 0, dataset: 'test', receiveTimeNs: 0n } as const;
  return generatedBlock(encodeTickBlock(header, ticks));
}

const badColumns: readonly [code: string, fields: Partial<TickRow>][] = [
  ['SIZE_OUT_OF_RANGE', { size: 0 }],
  ['EVENT_TIME_AHEAD', { eventSec: Number(eventNs / 1_000_000_000n) + 3_600 }],
  ['FIELD_INVALID', { attributes: { ...attributes, venue: 'x'.repeat(65) } }],
  ['FIELD_INVALID', { attributes: { ...attributes, kind: 6 as never } }],
  ['FIELD_INVALID', { tradeId: 'x'.repeat(65) }],
  ['FIELD_INVALID', { attributes: { ...attributes, kind: TickKind.status }, tradingState: 99 }],
  ['TERMS_MISMATCH', { terms: { ...terms, priceExponent: -2 } }],
  ['TERMS_MISMATCH', { terms: { ...terms, sizeExponent: -2 } }],
  ['TERMS_MISMATCH', { terms: { ...terms, calendar: 'XNYS' } }],
];

test.each(badColumns)(
  'a tick of columns refused with %s leaves a Void between its neighbours: %j',
  async (code, fields) => {
    const rig = startRig();
    const { acks, rejects } = await publish(rig, [open(), columns([tick(1, 0), tick(2, 1, fields), tick(3, 2)])]);
    expect(rejects).toMatchObject([{ sequence: 2, code }]);
    expect(acks.at(-1)).toEqual({ sequence: 3, requests: 2 });
    expect(entriesOf(rig.log).filter(({ kind }) => kind === 'void')).toMatchObject([
      { sequence: 2, link: 1, reason: code },
    ]);
    expect(ticksOf(rig.log).map(({ sequence }) => sequence)).toEqual([1, 3]);
  },
);

test('an instrument with a calendar that nobody has is refused with CALENDAR_UNKNOWN', async () => {
  const rig = startRig();
  const instruments = [{ symbol: 'AAA', priceExponent: -2, calendar: 'XMOON' }];
  const { rejects } = await publish(rig, [open(), rows([trade(1, 0)], instruments)]);
  expect(rejects).toMatchObject([{ sequence: 1, code: 'CALENDAR_UNKNOWN' }]);
  expect(ticksOf(rig.log)).toEqual([]);
});

test('terms that the store knows decide, and others are refused with TERMS_MISMATCH', async () => {
  const rig = startRig();
  rig.known.set('AAA', { ...terms, priceExponent: -2 });
  const instruments = [{ symbol: 'AAA', priceExponent: -3, calendar: '24/7' }];
  const { rejects } = await publish(rig, [open(), rows([trade(1, 0)], instruments)]);
  expect(rejects).toMatchObject([{ code: 'TERMS_MISMATCH' }]);
  const again = await publish(rig, [open(), rows([trade(2, 1)])]);
  expect([again.rejects, ticksOf(rig.log).length]).toEqual([[], 1]);
});

test('a tick after the end of its instrument is refused on the same stream and taken on a new one', async () => {
  const rig = startRig();
  const end: RequestParts = {
    request: { $case: 'endOfReplay', value: { instruments: [{ symbol: 'AAA', link: 1n }] } },
  };
  const { rejects, acks } = await publish(rig, [open(replayId), rows([trade(1, 0)]), end, rows([trade(2, 1)])]);
  expect(rejects).toMatchObject([{ sequence: 2, code: 'TICK_AFTER_END' }]);
  expect(acks.at(-1)).toEqual({ sequence: 2, requests: 4 });
  expect(entriesOf(rig.log).map(({ kind }) => kind)).toEqual(['tickBlock', 'endOfReplay', 'void']);
  expect((await publish(rig, [open(replayId), rows([trade(3, 2)])])).rejects).toEqual([]);
});

test('a refused batch leaves nothing: no tick, no Void, no terms', async () => {
  const rig = startRig();
  const instruments = [{ symbol: 'AAA', priceExponent: -2, calendar: 'XNYS' }];
  const { error } = await publish(rig, [open(), rows([trade(1, 0), trade(0, 0)], instruments)]);
  expect(error?.reason).toBe('FIELD_INVALID');
  expect(rig.log.appends).toBe(0);
  expect((await publish(rig, [open(), rows([trade(1, 0)])])).rejects).toEqual([]);
});

test('times over 104 days apart and receive times of all kinds go through in blocks of their own', async () => {
  const rig = startRig();
  const yearNs = 365n * 86_400_000_000_000n;
  const fields = [
    {},
    { eventTimeNs: eventNs - yearNs },
    { receiveTimeNs: eventNs + 5n },
    { eventTimeNs: 7n, receiveTimeNs: eventNs },
  ];
  const batch = fields.map((value, index) => trade(index + 1, index, value));
  const { rejects, acks } = await publish(rig, [open(replayId), rows(batch)]);
  expect([rejects, acks.at(-1)?.sequence]).toEqual([[], 4]);
  expect(ticksOf(rig.log).map((logged) => logged.eventNs)).toEqual([eventNs, eventNs - yearNs, eventNs, 7n]);
  expect(entriesOf(rig.log).length).toBe(4);
  expect(ticksOf(rig.log)[3]?.receiveTimeNs).toBe(eventNs);
  await pumped(rig.clock, rig.ingest.stop());
});

const badTicks: readonly [about: string, fields: Partial<TickRow>][] = [
  ['a price that is no integer', { price: 1.5 }],
  ['a time that is no integer', { eventSec: 1.5 }],
  ['a delay that is none', { receiveDelayNs: Number.NaN }],
  ['an original of a trade', { original: { sequence: 1, tradeId: '' } }],
  ['flags that are none', { attributes: { ...attributes, flags: -1 } }],
];

test.each(badTicks)('a tick of a feed of the process with %s is refused by itself', async (_about, fields) => {
  const rig = startRig();
  const feed = await rig.ingest.sink.open({ dataset: 'test', timeDomain: 1, clientName: 'feed' });
  await feed.send([tick(1, 0), tick(2, 1, fields), tick(3, 2)]);
  await pumped(rig.clock, feed.settled());
  expect([feed.rejected.count, feed.rejected.first?.sequence]).toEqual([1, 2]);
  expect(ticksOf(rig.log).map(({ sequence }) => sequence)).toEqual([1, 3]);
});

test('terms of a feed that no log could hold end its stream', async () => {
  const rig = startRig();
  const feed = await rig.ingest.sink.open({ dataset: 'test', timeDomain: 1, clientName: 'feed' });
  const send = feed.send([tick(1, 0, { terms: { ...terms, priceExponent: 3 } })]);
  await expect(send).rejects.toMatchObject({ reason: 'FIELD_INVALID' });
  expect(rig.log.appends).toBe(0);
});
