/**
 * Bars go over the wire and come back unchanged, or are refused with the reason. In: bars made by a property and wire
 * messages with one fault each. Out: what the conversions say of them.
 */
import { profileNames } from '@tapeline/domain';
import type { Bar } from '@tapeline/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { barFromWire, barToWire } from './bar-to-wire.ts';
import { Bar as WireBar, BarState, Session } from './gen/tapeline/v1/market.ts';

const int64Max = 2n ** 63n - 1n;

/** A bar of SPY as it may stand in the topic. */
const bar: Bar = {
  dataset: 'lean',
  symbol: 'SPY',
  interval: '1m',
  profile: 'sip',
  startSec: 1_381_239_000,
  endSec: 1_381_239_060,
  tradingDate: 15_986,
  session: 'regular',
  open: 167_420_000_000,
  high: 167_480_000_000,
  low: 167_400_000_000,
  close: 167_410_000_000,
  volume: 1_250_000n,
  notional: 209_287_500_000_000_000n,
  trades: 4_112,
  revision: 4_113,
  foldVersion: 1,
  state: 'closed',
  position: { partition: 3, epoch: 0, offset: 918_273 },
  priceExponent: -9,
  sizeExponent: 0,
};

/** Over the wire and back. */
function roundTrip(original: Bar): unknown {
  return barFromWire(WireBar.decode(WireBar.encode(barToWire(original)).finish()));
}

const safeInteger = fc.maxSafeInteger();
const count = fc.maxSafeNat();
const name = fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme-ascii' });
const sum64Digits = 10n ** 64n - 1n;

/** Two prices that are there together or not at all. */
const pricePair = fc.oneof(fc.constant([null, null] as const), fc.tuple(safeInteger, safeInteger));

const anyBar: fc.Arbitrary<Bar> = fc
  .record({
    dataset: name,
    symbol: name,
    interval: fc.constantFrom('1s', '5s', '1m', '1h', '1d'),
    profile: fc.constantFrom(...profileNames),
    startSec: fc.integer({ min: -2_147_483_648, max: 9_223_000_000 }),
    lengthSec: fc.integer({ min: 1, max: 200_000 }),
    tradingDate: fc.integer(),
    session: fc.constantFrom('pre' as const, 'regular' as const, 'post' as const, 'closed' as const),
    openClose: pricePair,
    highLow: pricePair,
    volume: fc.bigInt({ min: 0n, max: sum64Digits }),
    notional: fc.bigInt({ min: -sum64Digits, max: sum64Digits }),
    trades: count,
    revision: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    foldVersion: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    state: fc.constantFrom('forming' as const, 'closed' as const, 'revised' as const),
    position: fc.record(
      { partition: fc.nat({ max: 2 ** 32 - 1 }), epoch: fc.nat({ max: 2 ** 32 - 1 }), offset: count },
      { noNullPrototype: true },
    ),
    priceExponent: fc.integer({ min: -18, max: 0 }),
    sizeExponent: fc.integer({ min: -18, max: 0 }),
  })
  .map(({ lengthSec, openClose: [open, close], highLow: [high, low], ...rest }) => ({
    ...rest,
    endSec: rest.startSec + lengthSec,
    open,
    close,
    high,
    low,
  }));

test('any bar of the domain comes back from its bytes unchanged', () => {
  const unchanged = fc.property(anyBar, (original) => {
    expect(roundTrip(original)).toStrictEqual(original);
  });
  fc.assert(unchanged, { numRuns: 500 });
});

test('a bar without an eligible trade keeps its volume and has no prices', () => {
  const empty: Bar = { ...bar, open: null, high: null, low: null, close: null };
  const wire = barToWire(empty);
  expect([wire.open, wire.high, wire.low, wire.close]).toEqual([undefined, undefined, undefined, undefined]);
  expect(roundTrip(empty)).toStrictEqual(empty);
});

test('a price of zero is a price and not an absent one', () => {
  const zero: Bar = { ...bar, open: 0, high: 0, low: 0, close: 0, notional: 0n };
  expect(roundTrip(zero)).toStrictEqual(zero);
});

test('high and low can be there without open and close', () => {
  const soldOutOfSequence: Bar = { ...bar, open: null, close: null };
  expect(roundTrip(soldOutOfSequence)).toStrictEqual(soldOutOfSequence);
});

test('sums beyond 64 bits stay exact', () => {
  const large: Bar = { ...bar, volume: 2n ** 63n, notional: -170_141_183_460_469_231_731_687_303_715_884_105_729n };
  expect(barToWire(large)).toMatchObject({
    volume: '9223372036854775808',
    notional: '-170141183460469231731687303715884105729',
  });
  expect(roundTrip(large)).toStrictEqual(large);
});

test('the wire carries 2^63 - 1 exactly, and the domain refuses it with its limit', () => {
  const wire = { ...barToWire(bar), high: int64Max, low: -int64Max - 1n };
  const carried = WireBar.decode(WireBar.encode(wire).finish());
  expect([carried.high, carried.low]).toEqual([int64Max, -int64Max - 1n]);
  expect(barFromWire(carried)).toEqual({
    code: 'FIELD_OUT_OF_RANGE',
    field: 'high',
    value: '9223372036854775807',
    min: '-9007199254740991',
    max: '9007199254740991',
    message: 'high is 9223372036854775807; it has to be from -9007199254740991 to 9007199254740991',
  });
});

test('prices at the limits of the domain come through', () => {
  const widest: Bar = { ...bar, high: Number.MAX_SAFE_INTEGER, low: Number.MIN_SAFE_INTEGER };
  expect(roundTrip(widest)).toStrictEqual(widest);
});

test('a number above 64 bits is not written', () => {
  expect(() => WireBar.encode({ ...barToWire(bar), high: int64Max + 1n })).toThrow(/high.*too large/);
});

test('every session and every state has its own number, and none is the unspecified one', () => {
  const sessions = (['pre', 'regular', 'post', 'closed'] as const).map(
    (session) => barToWire({ ...bar, session }).session,
  );
  const states = (['forming', 'closed', 'revised'] as const).map((state) => barToWire({ ...bar, state }).state);
  expect([0, ...sessions]).toEqual(Object.values(Session));
  expect([0, ...states]).toEqual(Object.values(BarState));
});

test.each<[string, Partial<WireBar>, object]>([
  ['no instrument', { instrument: undefined }, { code: 'FIELD_MISSING', field: 'instrument' }],
  [
    'no dataset',
    { instrument: { dataset: '', symbol: 'SPY' } },
    { code: 'FIELD_MISSING', field: 'instrument.dataset' },
  ],
  [
    'a symbol of 65 characters',
    { instrument: { dataset: 'd', symbol: 'x'.repeat(65) } },
    { code: 'FIELD_OUT_OF_RANGE', max: '64' },
  ],
  ['no interval', { interval: '' }, { code: 'FIELD_MISSING', field: 'interval' }],
  ['no profile', { profile: '' }, { code: 'FIELD_MISSING', field: 'profile' }],
  [
    'an unknown profile',
    { profile: 'vip' },
    { code: 'FIELD_MALFORMED', field: 'profile', expected: 'one of all, sip' },
  ],
  ['a start within a second', { startTimeNs: 1n }, { code: 'FIELD_MALFORMED', field: 'start_time_ns' }],
  [
    'an end at the start',
    { endTimeNs: barToWire(bar).startTimeNs },
    { code: 'FIELD_OUT_OF_RANGE', field: 'end_time_ns' },
  ],
  ['no session', { session: Session.SESSION_UNSPECIFIED }, { code: 'ENUM_UNKNOWN', field: 'session', value: 0 }],
  ['a state of a later version', { state: 9 as BarState }, { code: 'ENUM_UNKNOWN', field: 'state', value: 9 }],
  ['an open without a close', { close: undefined }, { code: 'FIELD_MISSING', field: 'close' }],
  ['a low without a high', { high: undefined }, { code: 'FIELD_MISSING', field: 'high' }],
  ['no volume', { volume: '' }, { code: 'FIELD_MISSING', field: 'volume' }],
  ['a volume below zero', { volume: '-1' }, { code: 'FIELD_MALFORMED', field: 'volume' }],
  ['a volume in hexadecimal', { volume: '0x10' }, { code: 'FIELD_MALFORMED', field: 'volume' }],
  ['a notional of minus zero', { notional: '-0' }, { code: 'FIELD_MALFORMED', field: 'notional' }],
  ['a notional of 65 digits', { notional: '1'.repeat(65) }, { code: 'FIELD_MALFORMED', field: 'notional' }],
  ['a notional with a fraction', { notional: '1.5' }, { code: 'FIELD_MALFORMED', field: 'notional' }],
  ['a revision of 0', { revision: 0n }, { code: 'FIELD_OUT_OF_RANGE', field: 'revision', min: '1' }],
  ['no fold version', { foldVersion: 0 }, { code: 'FIELD_OUT_OF_RANGE', field: 'fold_version' }],
  ['no position', { position: undefined }, { code: 'FIELD_MISSING', field: 'position' }],
  ['a negative offset', { position: { partition: 0, epoch: 0, offset: -1n } }, { field: 'position.offset', min: '0' }],
  ['a positive exponent', { priceExponent: 1 }, { code: 'FIELD_OUT_OF_RANGE', field: 'price_exponent', max: '0' }],
  ['an exponent below -18', { sizeExponent: -19 }, { code: 'FIELD_OUT_OF_RANGE', field: 'size_exponent', min: '-18' }],
])('a wire bar with %s is refused', (_what, change, fault) => {
  expect(barFromWire({ ...barToWire(bar), ...change })).toMatchObject(fault);
});

test('the first of several faults is the one that is told', () => {
  const wire = { ...barToWire(bar), interval: '', revision: 0n };
  expect(barFromWire(wire)).toMatchObject({ code: 'FIELD_MISSING', field: 'interval' });
});
