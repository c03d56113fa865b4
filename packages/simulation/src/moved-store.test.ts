/** The store of a world with moves: one content a number of the tape, and numbers in order, whoever writes them. */
import {
  CountedTape,
  encodeLogRecord,
  foldConfigDefaults,
  PartitionFold,
  type TapeSegmentOut,
  TimeDomain,
} from '@tapeline/domain';
import { expect, test } from 'vitest';
import { MovedStore, OutputContradictedError } from './moved-store.ts';
import { SimulatedPublisher } from './simulated-publisher.ts';

const attributes = { kind: 1, venue: '', tape: 0, conditions: [], side: 0, flags: 0 } as const;
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };

/** One segment for each of three trades; `draw` tells publishers apart. */
function segments(draw: bigint): TapeSegmentOut[] {
  const publisher = new SimulatedPublisher({ dataset: 'd', domain: TimeDomain.live, issueDay: 1, draw });
  const ticks = publisher.publish(
    [1, 2, 3].map((eventSec) => {
      return { source: 0, symbol: 'A', terms, eventSec, eventNano: 0, attributes, price: 1, size: 1, tradeId: '' };
    }),
  );
  const tape = new CountedTape();
  const records = ticks.map((tick, offset) => {
    return { offset, appendTimeMs: 90_000_000, bytes: encodeLogRecord([publisher.blockEntry([tick])]) };
  });
  PartitionFold.start({ ...foldConfigDefaults, partition: 0 }).step(records, tape);
  return tape.take();
}

test('outputs may come again, in their order', () => {
  const store = new MovedStore();
  store.write([], segments(1n));
  store.write([], segments(1n).slice(1));
  expect([...store.tapes.values()].map((tape) => tape.map(({ sequence }) => sequence))).toEqual([[1, 2, 3]]);
  expect(store.repeats).toBe(2);
});

test('O6: a number before the one below it', () => {
  expect(() => new MovedStore().write([], segments(1n).slice(1))).toThrow(OutputContradictedError);
});

test('a number with two contents', () => {
  const store = new MovedStore();
  store.write([], segments(1n));
  expect(() => store.write([], segments(2n))).toThrow('has two ticks 1');
});
