/**
 * The records whose bytes are pinned. In: nothing. Out: one record of each kind, made of fixed values. What is
 * persisted is decided for good: a golden file that changes means a new format version.
 */
import {
  AggressorSide,
  cutInstrument,
  encodeLogRecord,
  encodeTickBlock,
  foldConfigDefaults,
  type InstrumentTerms,
  LogDictionary,
  type LogRecordInput,
  PartitionFold,
  publisherId,
  Tape,
  type TickAttributes,
  TickColumns,
  TickFlag,
  TickKind,
  TimeDomain,
  type TickRow,
} from '@tapeline/domain';

const day = 15_986;
const opens = day * 86_400 + 13 * 3_600 + 30 * 60;
const publisher = publisherId(day, TimeDomain.replay, 0x0123456789abn);
const spy: InstrumentTerms = { priceExponent: -4, sizeExponent: 0, calendar: 'XNYS', currency: 'USD', tickSize: 100 };
const coin: InstrumentTerms = { priceExponent: -8, sizeExponent: -8, calendar: '24/7', currency: 'USDT', tickSize: 0 };

function attributes(kind: TickKind, conditions: string[] = [], flags = 0): TickAttributes {
  return { kind, venue: 'P', tape: Tape.b, conditions, side: AggressorSide.unknown, flags };
}

const trade = attributes(TickKind.trade);
const oddLot = attributes(TickKind.trade, ['F', 'I'], TickFlag.suspicious);

function row(symbol: string, sequence: number, link: number, ms: number, rest: Partial<TickRow>): TickRow {
  const terms = symbol === 'SPY' ? spy : coin;
  const eventSec = opens + Math.floor(ms / 1000);
  return {
    symbol,
    terms,
    sequence,
    link,
    eventSec,
    eventNano: (ms % 1000) * 1_000_000,
    attributes: trade,
    price: 0,
    size: 0,
    ...rest,
  };
}

const trades: TickRow[] = [
  row('SPY', 1, 0, 7, { price: 1_674_200, size: 210 }),
  row('BTCUSDT', 2, 0, 8, { price: 6_183_763_000_000, size: 2_000_000 }),
  row('SPY', 3, 1, 7, { price: 1_673_300, size: 200, attributes: oddLot }),
  row('SPY', 4, 3, 1_009, { price: 1_673_400, size: 100 }),
];

const everyKind: TickRow[] = [
  row('SPY', 5, 4, 2_000, { price: 1_673_500, size: 300, tradeId: '77' }),
  row('SPY', 6, 5, 2_001, {
    attributes: attributes(TickKind.quote, [], TickFlag.quoteBid | TickFlag.quoteAsk),
    quote: { bidPrice: 1_673_400, bidSize: 500, askPrice: 1_673_600, askSize: 200 },
  }),
  row('SPY', 7, 6, 2_500, { attributes: attributes(TickKind.status), tradingState: 2 }),
  row('SPY', 8, 7, 3_000, {
    attributes: attributes(TickKind.correction),
    price: 1_673_600,
    size: 250,
    tradeId: '78',
    original: { sequence: 0, tradeId: '77', correctedSec: opens + 1, correctedNano: 0 },
  }),
  row('SPY', 9, 8, 3_500, { attributes: attributes(TickKind.cancel), original: { sequence: 3, tradeId: '' } }),
];

function block(rows: readonly TickRow[]): Uint8Array {
  const header = {
    publisherId: publisher,
    timeDomain: TimeDomain.replay,
    mapEpoch: 0,
    dataset: 'us',
    receiveTimeNs: 1_381_239_000_000_000_001n,
  };
  return encodeTickBlock(header, rows);
}

const dataset = 'us';
const instrument = { dataset, symbol: 'SPY' };
const config = 0x89ab_cdef;

/** The instrument's ticks of a block of two. */
const cut = cutInstrument('SPY', block(trades), 0, block(trades).length, new LogDictionary(), new TickColumns());

/** The entries of moves, each a record; `every-forward` has one of each kind that may be sent on. */
const goldenMoves: Readonly<Record<string, Uint8Array>> = {
  move: encodeLogRecord([{ kind: 'move', ...instrument, epoch: 12, fromEpoch: 7, to: 300 }]),
  handover: encodeLogRecord([
    {
      kind: 'handover',
      ...instrument,
      epoch: 12,
      part: 1,
      parts: 3,
      stateVersion: 1,
      configChecksum: config,
      state: Uint8Array.of(0, 1, 254, 255),
      foldVersion: 3,
      tradeBlocks: 130,
      movedAtMs: opens * 1000,
    },
  ]),
  origin: encodeLogRecord([{ kind: 'origin', ...instrument, partition: 300 }]),
  prepare: encodeLogRecord([{ kind: 'prepare', ...instrument, epoch: 12, to: 300 }]),
  'shipped-trades': encodeLogRecord([
    {
      kind: 'trades',
      ...instrument,
      epoch: 12,
      stateVersion: 1,
      configChecksum: config,
      first: 129,
      blocks: [
        {
          bytes: cut?.bytes ?? new Uint8Array(),
          sequenceLow: 1,
          sequenceHigh: 4,
          lowSec: opens,
          highSec: opens + 1,
          excluded: [0, 1, 2, 3],
        },
      ],
    },
  ]),
  'every-forward': encodeLogRecord([
    {
      kind: 'forward',
      ...instrument,
      epoch: 12,
      firstAppendTimeMs: opens * 1000,
      entries: [
        { kind: 'tickBlock', bytes: block(everyKind) },
        { kind: 'void', publisherId: publisher, sequence: 10, link: 9, ...instrument, reason: 'REFUSED', mapEpoch: 11 },
        {
          kind: 'progress',
          publisherId: publisher,
          dataset,
          instruments: [{ symbol: 'SPY', link: 10, timeNs: BigInt(opens) * 1_000_000_000n }],
          mapEpoch: 11,
        },
        {
          kind: 'endOfReplay',
          publisherId: publisher,
          dataset,
          instruments: [{ symbol: 'SPY', link: 10 }],
          mapEpoch: 11,
        },
      ],
    },
  ]),
};

/** The names of those that hold an entry of moves. */
export const movesNames: readonly string[] = Object.keys(goldenMoves);

/** The pinned records by name. */
export const goldenRecords: Readonly<Record<string, Uint8Array>> = {
  trades: encodeLogRecord([{ kind: 'tickBlock', bytes: block(trades) }]),
  'every-kind': encodeLogRecord([{ kind: 'tickBlock', bytes: block(everyKind) }]),
  void: encodeLogRecord([
    {
      kind: 'void',
      publisherId: publisher,
      sequence: 10,
      link: 9,
      dataset,
      symbol: 'SPY',
      reason: 'SIZE_OUT_OF_RANGE',
    },
  ]),
  time: encodeLogRecord([{ kind: 'time' }]),
  progress: encodeLogRecord([
    {
      kind: 'progress',
      publisherId: publisher,
      dataset,
      instruments: [{ symbol: 'SPY', link: 9, timeNs: BigInt(opens + 60) * 1_000_000_000n }],
    },
  ]),
  alive: encodeLogRecord([{ kind: 'alive', publisherIds: [publisher, publisher + 1n] }]),
  'end-of-replay': encodeLogRecord([
    {
      kind: 'endOfReplay',
      publisherId: publisher,
      dataset,
      instruments: [
        { symbol: 'SPY', link: 9 },
        { symbol: 'BTCUSDT', link: 2 },
      ],
    },
  ]),
  ...goldenMoves,
};

/** The records that the fold of the golden snapshot read, so that it has open, closed, amended and coarse bars. */
export const snapshotRecords: readonly LogRecordInput[] = ['trades', 'every-kind', 'void', 'progress'].map(
  (name, offset) => ({
    offset,
    appendTimeMs: day * 86_400_000 + offset,
    bytes: goldenRecords[name] as Uint8Array,
  }),
);

/** The snapshot of that fold. */
export function goldenSnapshot(): Uint8Array {
  const fold = PartitionFold.start({ ...foldConfigDefaults, partition: 3 });
  for (const record of snapshotRecords) fold.step([record]);
  return fold.snapshot();
}
