/** Blocks of plain trades: the same bytes as the encoder of all ticks makes. */
import { expect, test } from 'vitest';
import { drawFrom } from '../../test-kit/draw-from.ts';
import { encodeTickBlock, type TickRow } from '../log/tick-block-encode.ts';
import { TimeDomain } from '../log/tick-columns.ts';
import { publisherId } from '../market/publisher-id.ts';
import { type InstrumentTerms, TickKind } from '../market/tick.ts';
import { encodeTradeBlock } from './trade-block.ts';

const seeds = 300;
const header = {
  publisherId: publisherId(20_000, TimeDomain.replay, 5n),
  timeDomain: TimeDomain.replay,
  mapEpoch: 0,
  dataset: 'gathered',
  receiveTimeNs: 1_700_000_000_000_000_000n,
};
const shares: InstrumentTerms = {
  priceExponent: -4,
  sizeExponent: 0,
  calendar: 'XNYS',
  currency: 'USD',
  tickSize: 100,
};
const termsOf = [shares, { ...shares }, { ...shares, currency: '' }, { ...shares, priceExponent: -9 }];
const venues = ['', 'Q', 'N'];

function rowsOf(seed: number): TickRow[] {
  const next = drawFrom(seed);
  const links = new Map<string, number>();
  const [count, symbols, unit] = [1 + next(60), 1 + next(9), [1, 1_000, 1_000_000, 1_000_000_000][next(4)]!];
  let sequence = next(2) * 9_007_199_254;
  return Array.from({ length: count }, () => {
    sequence += 1 + (next(3) === 0 ? next(1_000) : 0);
    const symbol = `S${next(symbols)}`;
    // Now and then a link that is not the tick before, as after a reconnect.
    const link = next(9) === 0 ? next(sequence) : (links.get(symbol) ?? 0);
    links.set(symbol, sequence);
    const terms = termsOf[next(5) === 0 ? next(4) : 0]!;
    const attributes = {
      kind: TickKind.trade,
      venue: venues[next(3)]!,
      tape: next(4) as 0 | 1 | 2 | 3,
      conditions: next(3) === 0 ? ['@', 'T'] : [],
      side: next(3) as 0 | 1 | 2,
      flags: next(2),
    };
    const eventNano = (next(1_000_000_000 / unit) * unit) % 1_000_000_000;
    const price = (next(2) === 0 ? -1 : 1) * next(1_000) * (next(40) === 0 ? 4_000_000_000_000 : 100);
    return {
      symbol,
      terms,
      sequence,
      link,
      eventSec: 1_381_239_000 + next(7_000),
      eventNano,
      attributes,
      price,
      size: 1 + next(5) * 100,
    };
  });
}

test('plain trades make the same bytes by both encoders, whatever their links, terms, units and order', () => {
  for (let seed = 0; seed < seeds; seed += 1) {
    const rows = rowsOf(seed);
    expect(encodeTradeBlock(header, rows), `seed ${seed}`).toEqual(encodeTickBlock(header, rows));
  }
});

test('a tick that says more than a plain trade is left to the encoder of all ticks', () => {
  const [row] = rowsOf(1);
  for (const more of [
    { tradeId: '7' },
    { venueSequence: 3 },
    { receiveDelayNs: 5 },
    { price: 2 ** 52 },
    { attributes: { ...row!.attributes, kind: TickKind.quote } },
  ]) {
    expect(encodeTradeBlock(header, [row!, { ...row!, ...more }])).toBeUndefined();
  }
});
