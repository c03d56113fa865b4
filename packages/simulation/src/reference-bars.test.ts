/** The oracle itself, on ticks small enough to be computed by hand. */
import { type ProfileName, TickKind, TimeDomain } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { barValuesText } from './bar-text.ts';
import type { MarketTick } from './market-tick.ts';
import { type ReferenceBar, referenceBars } from './reference-bars.ts';
import { type PublishedTick, SimulatedPublisher } from './simulated-publisher.ts';

const startSec = 1_709_908_200;
const terms = { priceExponent: -2, sizeExponent: 0, calendar: 'XNYS', currency: 'USD', tickSize: 1 };
const attributes = {
  kind: TickKind.trade,
  venue: 'N',
  tape: 1,
  conditions: [] as string[],
  side: 0,
  flags: 0,
} as const;

/** A tick `at` seconds after the opening, whole seconds. */
function tick(at: number, price: number, size: number, more: Partial<MarketTick> = {}): MarketTick {
  return {
    source: 0,
    symbol: 'A',
    terms,
    eventSec: startSec + at,
    eventNano: 0,
    attributes,
    price,
    size,
    tradeId: '',
    ...more,
  };
}

function conditions(...codes: string[]): Partial<MarketTick> {
  return { attributes: { ...attributes, conditions: codes } };
}

function amending(
  at: number,
  kind: TickKind,
  amends: MarketTick['amends'] & object,
  more: Partial<MarketTick> = {},
): MarketTick {
  return tick(at, 0, 0, { attributes: { ...attributes, kind }, amends, ...more });
}

function publish(draw: bigint, ticks: readonly MarketTick[]): readonly PublishedTick[] {
  const publisher = new SimulatedPublisher({ dataset: 'd', domain: TimeDomain.replay, issueDay: 19_790, draw });
  return publisher.publish(ticks);
}

function barsOf(ticks: readonly PublishedTick[], interval: string, profile: ProfileName): readonly ReferenceBar[] {
  return referenceBars(ticks, { intervals: [interval], profiles: [profile] }).bars;
}

/** Open, high, low, close, volume, notional, trades. */
function columns({ open, high, low, close, volume, notional, trades }: ReferenceBar): unknown[] {
  return [open, high, low, close, volume, notional, trades];
}

test('open and close go by event time, then publisher, then sequence; sums are exact', () => {
  const other = publish(9n, [tick(1, 30, 1), tick(3, 31, 1)]);
  const ticks = [...other, ...publish(2n, [tick(3, 20, 2), tick(3, 21, 3), tick(1, 22, 4)])];
  const [bar] = barsOf(ticks, '1m', 'all') as [ReferenceBar];
  expect(columns(bar)).toEqual([22, 31, 20, 31, 11n, 30n + 31n + 40n + 63n + 88n, 5]);
  expect(bar).toMatchObject({ startSec, endSec: startSec + 60, session: 'regular', tradesPublished: 5 });
  expect(barValuesText({ ...bar, foldVersion: 1 })).toContain('d A 1m all');
});

test('an odd lot counts for volume only, a bar of odd lots has no prices', () => {
  const ticks = publish(1n, [tick(0, 10, 1, conditions('I')), tick(1, 12, 100)]);
  expect(barsOf(ticks, '1s', 'sip').map(columns)).toEqual([
    [null, null, null, null, 1n, 10n, 1],
    [12, 12, 12, 12, 100n, 1_200n, 1],
  ]);
  expect(barsOf(ticks, '1m', 'all').map(columns)).toEqual([[10, 12, 10, 12, 101n, 1_210n, 2]]);
});

test('a conditional trade opens its date if it is the first, and nothing otherwise', () => {
  const first = publish(1n, [tick(0, 10, 1, conditions('Z')), tick(1, 12, 1), tick(2, 9, 1, conditions('Z'))]);
  expect(barsOf(first, '1m', 'sip').map(columns)).toEqual([[10, 12, 9, 12, 3n, 31n, 3]]);
  const second = publish(1n, [tick(0, 10, 1), tick(1, 12, 1, conditions('Z'))]);
  expect(barsOf(second, '1m', 'sip').map(columns)).toEqual([[10, 12, 10, 10, 2n, 22n, 2]]);
});

test('the last amendment by order decides, whatever comes first', () => {
  const trade = tick(0, 10, 5);
  const cancel = amending(9, TickKind.cancel, { trade, tradeId: '' });
  const correction = amending(4, TickKind.correction, { trade, tradeId: '' }, { price: 11, size: 6 });
  const earlier = amending(3, TickKind.cancel, { trade, tradeId: '' });
  const corrected = publish(1n, [trade, correction, earlier]);
  expect(barsOf(corrected, '1m', 'all').map(columns)).toEqual([[11, 11, 11, 11, 6n, 66n, 1]]);
  const cancelled = publish(1n, [cancel, correction, trade]);
  expect(barsOf(cancelled, '1m', 'all').map(columns)).toEqual([[null, null, null, null, 0n, 0n, 0]]);
});

test('a correction moves its trade only if it names a time, and gives it another id', () => {
  const trade = tick(0, 10, 5, { tradeId: '1' });
  const moved = { tradeId: '1', correctedSec: startSec + 70, correctedNano: 0 };
  const first = amending(1, TickKind.correction, moved, { price: 11, size: 5, tradeId: '2' });
  const then = amending(2, TickKind.correction, { tradeId: '2' }, { price: 12, size: 5 });
  const after = publish(1n, [trade, first]);
  expect(barsOf(after, '1m', 'all').map((bar) => [bar.startSec - startSec, ...columns(bar)])).toEqual([
    [0, null, null, null, null, 0n, 0n, 0],
    [60, 11, 11, 11, 11, 5n, 55n, 1],
  ]);
  const back = referenceBars(publish(1n, [trade, first, then]), { intervals: ['1m'], profiles: ['all'] });
  expect(back.bars.map((bar) => [bar.startSec - startSec, ...columns(bar)])).toEqual([[0, 12, 12, 12, 12, 5n, 60n, 1]]);
  const at = { dataset: 'd', symbol: 'A', interval: '1m' };
  expect([60, 120].map((after60) => back.mayBeEmpty({ ...at, startSec: startSec + after60 }))).toEqual([true, false]);
});

test('a correction is named by its own sequence too, and only by its publisher', () => {
  const trade = tick(0, 10, 5);
  const first = amending(1, TickKind.correction, { trade, tradeId: '' }, { price: 11, size: 6 });
  const second = amending(2, TickKind.correction, { trade: first, tradeId: '' }, { price: 12, size: 7 });
  const cancel = amending(3, TickKind.cancel, { trade: second, tradeId: '' });
  expect(barsOf(publish(1n, [trade, first, second]), '1m', 'all').map(columns)).toEqual([[12, 12, 12, 12, 7n, 84n, 1]]);
  const none = [null, null, null, null, 0n, 0n, 0];
  expect(barsOf(publish(1n, [cancel, second, first, trade]), '1m', 'all').map(columns)).toEqual([none]);
  const [ofTrade, ofFirst, ofSecond] = publish(1n, [trade, first, second]) as [PublishedTick, ...PublishedTick[]];
  const elsewhere = { ...(ofSecond as PublishedTick), publisherId: ofTrade.publisherId + 1n };
  const result = referenceBars([ofTrade, ofFirst as PublishedTick, elsewhere], {
    intervals: ['1m'],
    profiles: ['all'],
  });
  expect(result.unmatched).toEqual([elsewhere]);
});

test('of trades with one id the venue decides, then the last before the amendment', () => {
  const onQ = { tradeId: '7', attributes: { ...attributes, venue: 'Q' } };
  const ticks = [tick(0, 10, 1, { tradeId: '7' }), tick(1, 20, 1, onQ), tick(2, 30, 1, { tradeId: '7' })];
  const cancel = amending(3, TickKind.cancel, { tradeId: '7' });
  expect(barsOf(publish(1n, [...ticks, cancel]), '1m', 'all').map(columns)).toEqual([[10, 20, 10, 20, 2n, 30n, 2]]);
});

test('an amendment of nothing is named', () => {
  const [trade, cancel] = publish(1n, [tick(0, 10, 1), amending(1, TickKind.cancel, { tradeId: 'none' })]);
  const ticks = [trade, cancel].filter((one) => one !== undefined);
  expect(referenceBars(ticks, { intervals: ['1s'], profiles: ['all'] }).unmatched).toEqual([cancel]);
});
