/** The oracle of the chain, on chains small enough to be followed by hand. Ticks are sequences 1, 2, 3 … of one instrument. */
import { TickKind, TimeDomain } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { type ChainItem, referenceChain } from './reference-chain.ts';
import { type PublishedTick, SimulatedPublisher } from './simulated-publisher.ts';

const publisher = new SimulatedPublisher({ dataset: 'd', domain: TimeDomain.live, issueDay: 1, draw: 1n });
const attributes = { kind: TickKind.trade, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };
const said = { source: 0, symbol: 'A', terms, eventSec: 1, eventNano: 0, attributes, price: 1, size: 1, tradeId: '' };
publisher.publish(Array.from({ length: 9 }, () => said));

/** Records `[waitedMs, ...sequences]`; a negative one is a Void. Applied sequences, and the account beside them. */
function account(...records: readonly [waitedMs: number, ...sequences: number[]][]): Record<string, unknown> {
  const items = (sequences: readonly number[]): ChainItem[] =>
    sequences.map((sequence) => ({
      kind: sequence < 0 ? 'void' : 'tick',
      tick: publisher.published[Math.abs(sequence) - 1] as PublishedTick,
    }));
  const { applied, ...rest } = referenceChain(
    records.map(([waitedMs, ...sequences], offset) => ({ offset, waitedMs, items: items(sequences) })),
  );
  return { ...rest, applied: applied.map(({ tick }) => tick.row.sequence) };
}

test('F1 to F4: the next is applied, an early one waits, what was applied is a repeat', () => {
  expect(account([0, 1, 2], [0, 4, 2], [0, 3])).toMatchObject({
    applied: [1, 2, 3, 4],
    repeats: 1,
    heldEver: 1,
    held: 0,
  });
});

test('F6: after 60 s the gap is declared; a tick that comes through it counts once', () => {
  expect(account([0, 1], [0, 4], [59_999])).toMatchObject({ applied: [1], gaps: [], held: 1 });
  expect(account([0, 1], [0, 4], [60_000], [60_000, 2, 3, 2])).toMatchObject({
    applied: [1, 4, 2, 3],
    gaps: [{ first: 2, last: 3 }],
    repeats: 1,
    throughHole: 2,
  });
});

test('F3: inside a hole the order of links is kept too, and a gap in it is declared', () => {
  expect(account([0, 1], [0, 6], [60_000], [60_000, 4], [60_000, 2])).toMatchObject({ applied: [1, 6, 2], held: 1 });
  expect(account([0, 1], [0, 6], [60_000], [60_000, 4], [120_000], [120_000, 2, 5, 3])).toMatchObject({
    applied: [1, 6, 4, 2, 5, 3],
    gaps: [
      { first: 2, last: 5 },
      { first: 2, last: 3 },
    ],
  });
});

test('F5: a Void goes on the chain, and its tick still counts once', () => {
  expect(account([0, 1, -2, 3], [0, 2, 2])).toMatchObject({ applied: [1, 3, 2], voided: 1, repeats: 1 });
  expect(account([0, 1, -2, -2])).toMatchObject({ applied: [1], voided: 1, repeats: 1 });
});

test('F5: in a hole a Void splits it; of a held Void and a held tick the tick stays', () => {
  expect(account([0, 1], [0, 5], [60_000], [60_000, -2, 3, 4, 2])).toMatchObject({
    applied: [1, 5, 3, 4, 2],
    voided: 1,
  });
  expect(account([0, 1], [0, -3, 3, -3], [0, 2])).toMatchObject({
    applied: [1, 2, 3],
    replaced: 1,
    repeats: 1,
    voided: 0,
  });
});
