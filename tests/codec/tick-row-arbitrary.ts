/**
 * Random ticks for the codec's property tests. In: fast-check. Out: rows of one publisher with valid chains, of every
 * kind and with every field somewhere absent, small, or at its limit.
 */
import {
  type AmendedTrade,
  type InstrumentTerms,
  TickFlag,
  TickKind,
  type TickAttributes,
  type TickRow,
} from '@tapeline/domain';
import fc from 'fast-check';

const safeMax = Number.MAX_SAFE_INTEGER;

const terms: fc.Arbitrary<InstrumentTerms> = fc.constantFrom(
  { priceExponent: -4, sizeExponent: 0, calendar: 'XNYS', currency: 'USD', tickSize: 100 },
  { priceExponent: -8, sizeExponent: -8, calendar: '24/7', currency: '', tickSize: 0 },
  { priceExponent: 0, sizeExponent: -18, calendar: 'XLON', currency: 'GBX', tickSize: safeMax },
);

const attributes: fc.Arbitrary<TickAttributes> = fc.record({
  kind: fc.constantFrom(...Object.values(TickKind)),
  venue: fc.constantFrom('', 'P', 'XNAS', 'Ł'),
  tape: fc.constantFrom(0, 1, 2, 3),
  conditions: fc.array(fc.constantFrom('@', 'F', 'I', 'T', 'Z', ''), { maxLength: 4 }),
  side: fc.constantFrom(0, 1, 2),
  flags: fc.constantFrom(0, TickFlag.suspicious, TickFlag.quoteBid, TickFlag.quoteAsk, 6, 7),
});

const price: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -20_000, max: 20_000 }).map((cents) => cents * 100),
  fc.maxSafeInteger(),
  fc.constantFrom(safeMax, -safeMax, 0),
);
const size: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 1, max: 30 }).map((lots) => lots * 100),
  fc.integer({ min: 1, max: safeMax }),
);
const nanos: fc.Arbitrary<number> = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 999 }).map((ms) => ms * 1_000_000),
  fc.integer({ min: 0, max: 999_999_999 }),
);
const seconds: fc.Arbitrary<number> = fc.integer({ min: 1_381_190_400, max: 1_381_190_400 + 9_000_000 });
const tradeId: fc.Arbitrary<string> = fc.constantFrom('', '0', '7', '52983525029461', '007', 'A-1', '9007199254740993');

const loose = fc.record({
  symbol: fc.constantFrom('SPY', 'IBM', 'BRK.A', 'Ü', 'x'.repeat(64)),
  terms,
  rise: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1_000_000 })),
  breaksChain: fc.integer({ min: 0, max: 9 }).map((draw) => draw === 0),
  eventSec: seconds,
  eventNano: nanos,
  attributes,
  price,
  size,
  tradeId,
  bySequence: fc.boolean(),
  correctedSec: fc.option(seconds, { nil: undefined }),
  quotePrices: fc.tuple(price, price),
  quoteSizes: fc.tuple(fc.nat(100_000), fc.nat(100_000)),
  tradingState: fc.integer({ min: 1, max: 4 }),
});
type Loose = typeof loose extends fc.Arbitrary<infer Value> ? Value : never;

/** Optional columns stand for all ticks of a block or for none. */
const blockChoices = fc.record({ delays: fc.boolean(), venueSequences: fc.boolean(), numericIds: fc.boolean() });
type BlockChoices = typeof blockChoices extends fc.Arbitrary<infer Value> ? Value : never;

/** 1 to 60 ticks of one publisher in its order. */
export const tickRows: fc.Arbitrary<TickRow[]> = fc
  .tuple(fc.array(loose, { minLength: 1, maxLength: 60 }), blockChoices, fc.integer({ min: 1, max: 1e12 }))
  .map(([drafts, choices, firstSequence]) => {
    const last = new Map<string, number>();
    let sequence = firstSequence;
    return drafts.map((draft) => {
      const before = draft.breaksChain ? Math.max(0, sequence - 3) : (last.get(draft.symbol) ?? 0);
      const row = rowOf(draft, choices, sequence, before);
      last.set(draft.symbol, sequence);
      sequence += draft.rise;
      return row;
    });
  });

function rowOf(draft: Loose, choices: BlockChoices, sequence: number, link: number): TickRow {
  const { kind, flags } = draft.attributes;
  const priced = kind === TickKind.trade || kind === TickKind.correction;
  const id = choices.numericIds ? String(draft.size % 1_000_000) : draft.tradeId;
  return {
    symbol: draft.symbol,
    terms: draft.terms,
    sequence,
    link,
    eventSec: draft.eventSec,
    eventNano: draft.eventNano,
    attributes: draft.attributes,
    price: priced ? draft.price : 0,
    size: priced ? draft.size : 0,
    ...(priced ? { tradeId: id } : {}),
    ...(kind === TickKind.cancel || kind === TickKind.correction ? { original: originalOf(draft) } : {}),
    ...(kind === TickKind.quote ? { quote: quoteOf(draft, flags) } : {}),
    ...(kind === TickKind.status ? { tradingState: draft.tradingState } : {}),
    ...(choices.delays ? { receiveDelayNs: draft.size % 5_000_000_000 } : {}),
    ...(choices.venueSequences ? { venueSequence: draft.size % 1_000_000_000 } : {}),
  };
}

function originalOf(draft: Loose): AmendedTrade {
  const named = draft.bySequence
    ? { sequence: draft.size, tradeId: '' }
    : { sequence: 0, tradeId: draft.tradeId || '?' };
  if (draft.correctedSec === undefined) return named;
  return { ...named, correctedSec: draft.correctedSec, correctedNano: draft.eventNano };
}

function quoteOf(draft: Loose, flags: number): NonNullable<TickRow['quote']> {
  const [bidPrice, askPrice] = draft.quotePrices;
  const [bidSize, askSize] = draft.quoteSizes;
  return {
    ...((flags & TickFlag.quoteBid) === 0 ? {} : { bidPrice, bidSize }),
    ...((flags & TickFlag.quoteAsk) === 0 ? {} : { askPrice, askSize }),
  };
}
