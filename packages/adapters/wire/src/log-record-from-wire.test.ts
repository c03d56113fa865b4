/**
 * The generated reader of log records, against records and bytes written out by hand. In: one entry of each kind, with
 * numbers at the limits of their types. Out: the same records again, or the reason why bytes are none.
 */
import { expect, test } from 'vitest';
import * as log from './gen/tapeline/v1/log.ts';
import { AggressorSide, Tape, TradingState } from './gen/tapeline/v1/market.ts';
import { decodeLogRecord, encodeLogRecord } from './log-record-from-wire.ts';

const uint64Max = 2n ** 64n - 1n;
const int64Max = 2n ** 63n - 1n;

/** A block with something in every column. */
const block: log.TickBlock = log.TickBlock.create({
  formatVersion: 1,
  publisherId: uint64Max,
  timeDomain: log.TimeDomain.TIME_DOMAIN_REPLAY,
  mapEpoch: 2 ** 32 - 1,
  dataset: 'lean',
  receiveTimeNs: int64Max,
  timeUnitNs: 1_000_000,
  baseTime: -int64Max - 1n,
  baseSequence: uint64Max,
  terms: [
    log.InstrumentTerms.create({
      priceExponent: -18,
      sizeExponent: 0,
      priceScale: 100_000n,
      sizeScale: 1n,
      calendar: 'XNYS',
      currency: 'USD',
      tickSize: 10_000_000n,
    }),
  ],
  attributes: [
    log.TickAttributes.create({
      kind: log.TickKind.TICK_KIND_QUOTE,
      venue: 'P',
      tape: Tape.TAPE_B,
      conditions: ['@', 'I'],
      side: AggressorSide.AGGRESSOR_SIDE_SELLER,
      flags: log.TickFlag.TICK_FLAG_QUOTE_BID | log.TickFlag.TICK_FLAG_QUOTE_ASK,
    }),
  ],
  symbols: ['SPY', 'BTCUSDT'],
  groupTerms: [0, 0],
  groupCounts: [2, 1],
  groupSequences: [1n, -1n],
  groupLinks: [0n, uint64Max],
  sequenceSteps: [1n],
  timeSteps: [0n, -1n, int64Max],
  tickAttributes: [0, 0, 0],
  priceSteps: [-int64Max - 1n, int64Max, 0n],
  sizes: [1n, uint64Max, 0n],
  receiveDelaysNs: [-5n, 5n, 0n],
  venueSequenceSteps: [1n, -1n, 0n],
  tradeIdSteps: [7n],
  tradeIds: ['', '52983525029461'],
  originals: [
    log.TradeReference.create({ reference: { $case: 'sequence', value: 1n }, correctedTimeStep: 0n }),
    log.TradeReference.create({ reference: { $case: 'tradeId', value: 'x' } }),
  ],
  bidPriceSteps: [1n],
  bidSizes: [2n],
  askPriceSteps: [3n],
  askSizes: [4n],
  tradingStates: [TradingState.TRADING_STATE_HALTED, TradingState.TRADING_STATE_CLOSED],
});

const voided = log.Void.create({
  publisherId: 1n,
  sequence: 2n,
  link: 1n,
  dataset: 'd',
  symbol: 's',
  reason: 'SIZE_OUT_OF_RANGE',
  mapEpoch: 2 ** 32 - 1,
});
const progress = log.Progress.create({
  publisherId: 1n,
  dataset: 'd',
  instruments: [{ symbol: 's', link: 2n, timeNs: -1n }],
  mapEpoch: 2 ** 32 - 1,
});
const end = log.EndOfReplay.create({
  publisherId: 1n,
  dataset: 'd',
  instruments: [{ symbol: 's', link: 2n }],
  mapEpoch: 2 ** 32 - 1,
});
const handover = log.Handover.create({
  dataset: 'd',
  symbol: 's',
  epoch: 3,
  part: 1,
  parts: 2,
  stateVersion: 1,
  state: Uint8Array.of(0, 255),
  configChecksum: 2 ** 32 - 1,
  foldVersion: 3,
  tradeBlocks: uint64Max,
  movedAtMs: int64Max,
});
const trades = log.Trades.create({
  dataset: 'd',
  symbol: 's',
  epoch: 3,
  stateVersion: 1,
  configChecksum: 2 ** 32 - 1,
  first: uint64Max,
  blocks: [
    log.RetainedTrades.create({
      block: Uint8Array.of(0, 255),
      sequenceLow: 1n,
      sequenceHigh: uint64Max,
      lowSec: -int64Max - 1n,
      highSec: int64Max,
      excluded: [0, 2 ** 32 - 1],
    }),
  ],
});

const entries: log.LogEntry[] = [
  { entry: { $case: 'tickBlock', value: block } },
  { entry: { $case: 'void', value: voided } },
  { entry: { $case: 'time', value: {} } },
  { entry: { $case: 'progress', value: progress } },
  { entry: { $case: 'alive', value: { publisherIds: [0n, uint64Max] } } },
  { entry: { $case: 'endOfReplay', value: end } },
  {
    entry: {
      $case: 'move',
      value: log.Move.create({ dataset: 'd', symbol: 's', epoch: 2, fromEpoch: 1, toPartition: 7 }),
    },
  },
  { entry: { $case: 'handover', value: handover } },
  { entry: { $case: 'origin', value: log.Origin.create({ dataset: 'd', symbol: 's', partition: 7 }) } },
  { entry: { $case: 'trades', value: trades } },
  { entry: { $case: 'prepare', value: log.Prepare.create({ dataset: 'd', symbol: 's', epoch: 3, toPartition: 7 }) } },
];

const forward: log.LogEntry = {
  entry: {
    $case: 'forward',
    value: log.Forward.create({ epoch: 1, dataset: 'd', symbol: 's', firstAppendTimeMs: int64Max, entries }),
  },
};

test('a record with every kind of entry comes back from its bytes unchanged', () => {
  const record = log.LogRecord.create({ entries: [...entries, forward] });
  expect(decodeLogRecord(encodeLogRecord(record))).toStrictEqual(record);
});

test('bytes written by hand from the contract are read as it says', () => {
  // LogRecord.entries{ LogEntry.void{ publisher_id = 1 (fixed64), sequence = 300 (varint), symbol = "A" } }
  const body = [0x09, 1, 0, 0, 0, 0, 0, 0, 0, 0x10, 0xac, 0x02, 0x2a, 1, 0x41];
  const bytes = Uint8Array.of(0x0a, body.length + 2, 0x12, body.length, ...body);
  const value = log.Void.create({ publisherId: 1n, sequence: 300n, symbol: 'A' });
  expect(decodeLogRecord(bytes)).toStrictEqual({ entries: [{ entry: { $case: 'void', value } }] });
});

test('columns are read packed and unpacked', () => {
  // symbols = "A", group_counts = 2, 1: once packed into one field, once as two fields.
  const packed = [0x62, 1, 0x41, 0x72, 2, 2, 1];
  const unpacked = [0x62, 1, 0x41, 0x70, 2, 0x70, 1];
  for (const body of [packed, unpacked]) {
    const record = decodeLogRecord(Uint8Array.of(0x0a, body.length + 2, 0x0a, body.length, ...body));
    const value = log.TickBlock.create({ symbols: ['A'], groupCounts: [2, 1] });
    expect(record).toStrictEqual({ entries: [{ entry: { $case: 'tickBlock', value } }] });
  }
});

test('a record without bytes has no entries', () => {
  expect(decodeLogRecord(new Uint8Array())).toStrictEqual({ entries: [] });
});

test('an entry of a later version is there and has no content', () => {
  // Field 15 of LogEntry, two bytes.
  expect(decodeLogRecord(Uint8Array.of(0x0a, 4, 0x7a, 2, 1, 2))).toStrictEqual({ entries: [{ entry: undefined }] });
});

test.each([
  ['cut off within a number', [0x0a, 0x80]],
  ['shorter than a length says', [0x0a, 9, 0x12]],
  ['that go on after a zero byte', [0x00, 0x0a, 0x00]],
])('bytes %s are no record', (_what, bytes) => {
  expect(decodeLogRecord(Uint8Array.from(bytes))).toMatchObject({ code: 'LOG_RECORD_MALFORMED' });
});

test('a number outside its type is not written', () => {
  const tooLarge = log.Void.create({ sequence: uint64Max + 1n });
  expect(() => encodeLogRecord({ entries: [{ entry: { $case: 'void', value: tooLarge } }] })).toThrow(
    /sequence.*too large/,
  );
});
