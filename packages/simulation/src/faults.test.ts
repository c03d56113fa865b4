/** Faults: what lands is what was published, each batch in order; every fault happens when it is asked for. */
import { TickKind, TimeDomain } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { cutAtRandom, type DeliveryFaults, interleave, noFaults, ship, type Shipping } from './faults.ts';
import { Random } from './random.ts';
import { SimulatedPublisher } from './simulated-publisher.ts';

const publisher = new SimulatedPublisher({ dataset: 'd', domain: TimeDomain.live, issueDay: 1, draw: 1n });
const attributes = { kind: TickKind.trade, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };
publisher.publish(
  Array.from({ length: 200 }, (_, eventSec) => {
    return { source: 0, symbol: 'A', terms, eventSec, eventNano: 0, attributes, price: 1, size: 1, tradeId: '' };
  }),
);

function shipped(faults: Partial<DeliveryFaults>, seed: number = 1): Shipping {
  return ship(new Random(seed), publisher.published, { ...noFaults, ...faults });
}

/** Sequences as they land; a Void counts as its sequence, negative. */
function sequences({ landings }: Pick<Shipping, 'landings'>): number[] {
  return landings.flatMap((landing) =>
    landing.kind === 'ticks' ? landing.ticks.map(({ row }) => row.sequence) : [-landing.tick.row.sequence],
  );
}

const all = publisher.published.map(({ row }) => row.sequence);

test('without faults everything lands once and in order', () => {
  const shipping = shipped({});
  expect(sequences(shipping)).toEqual(all);
  expect([shipping.tardy, shipping.lost]).toEqual([[], []]);
});

test.each([
  ['duplicate', { duplicate: 0.5 }],
  ['lostReply', { lostReply: 0.5 }],
  ['redeliver', { redeliver: 0.2 }],
] as const)('%s repeats ticks and loses none', (_name, faults) => {
  const landed = sequences(shipped(faults));
  expect(landed.length).toBeGreaterThan(all.length);
  expect([...new Set(landed)].toSorted((left, right) => left - right)).toEqual(all);
});

test('an overtaken batch lands after later ones, once', () => {
  const landed = sequences(shipped({ overtake: 0.5 }));
  expect(landed).not.toEqual(all);
  expect(landed.toSorted((left, right) => left - right)).toEqual(all);
});

test('a batch that was given up is resent with what follows it', () => {
  const landed = sequences(shipped({ giveUp: 0.3 }));
  expect(landed).not.toEqual(all);
  expect([...new Set(landed)].toSorted((left, right) => left - right)).toEqual(all);
});

test('what is given up for long comes at the end, what never comes is lost', () => {
  const shipping = shipped({ giveUpLong: 0.2, never: 0.2 });
  const tardy = sequences({ landings: shipping.tardy });
  const lost = shipping.lost.map(({ row }) => row.sequence);
  expect(tardy.length).toBeGreaterThan(0);
  expect(lost.length).toBeGreaterThan(0);
  expect([...sequences(shipping), ...tardy, ...lost].toSorted((left, right) => left - right)).toEqual(all);
});

test('a tick that was lost in one batch and landed with another is not lost', () => {
  const shipping = shipped({ never: 0.3, redeliver: 0.3 });
  const landed = new Set(sequences(shipping));
  expect(shipping.lost.filter(({ row }) => landed.has(row.sequence))).toEqual([]);
});

test('a refused tick is a Void; another ingest may accept it all the same', () => {
  const refused = sequences(shipped({ refuse: 0.3 }));
  expect(refused.map(Math.abs)).toEqual(all);
  expect(refused.some((sequence) => sequence < 0)).toBe(true);
  const both = sequences(shipped({ refuse: 0.3, acceptElsewhere: 1 }));
  expect(both.some((sequence) => sequence < 0 && both.includes(-sequence))).toBe(true);
});

test('inside a batch ticks keep their order, whatever happens', () => {
  const faults = { duplicate: 0.3, lostReply: 0.3, overtake: 0.3, giveUp: 0.3, redeliver: 0.1, refuse: 0.1 };
  for (let seed = 1; seed <= 50; seed += 1) {
    for (const landing of shipped(faults, seed).landings) {
      const inside = landing.kind === 'ticks' ? landing.ticks.map(({ row }) => row.sequence) : [];
      expect(inside).toEqual(inside.toSorted((left, right) => left - right));
    }
  }
});

test('cutting and interleaving lose nothing and keep each order', () => {
  const random = new Random(2);
  expect(cutAtRandom(random, all, 7).flat()).toEqual(all);
  const mixed = interleave<number | string>(random, [all, ['x', 'y', 'z']]);
  expect(mixed.filter((entry) => typeof entry === 'number')).toEqual(all);
  expect(mixed.filter((entry) => typeof entry === 'string')).toEqual(['x', 'y', 'z']);
});
