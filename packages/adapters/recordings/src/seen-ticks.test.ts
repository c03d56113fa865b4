/** What makes a tick the same as one before, and how much is remembered. */
import { AggressorSide, Tape, TickKind } from '@tapeline/domain';
import type { RecordedTick } from './recording.ts';
import { expect, test } from 'vitest';
import { SeenTicks } from './seen-ticks.ts';

type Facts = Partial<RecordedTick> & { readonly venue?: string };

function tick({ kind = TickKind.trade, venue = 'X', ...facts }: Facts): RecordedTick {
  const attributes = { kind, venue, tape: Tape.unknown, conditions: [], side: AggressorSide.unknown, flags: 0 };
  return { kind, line: 1, symbol: 'A', eventSec: 0, eventNano: 0, price: 1, size: 1, attributes, ...facts };
}

function answers(ticks: readonly RecordedTick[], seen: SeenTicks = new SeenTicks()): boolean[] {
  return ticks.map((each) => seen.hasSeen('d', each));
}

test('a trade with the same id, symbol and venue is the same trade', () => {
  expect(answers([tick({ tradeId: '7' }), tick({ tradeId: '7', price: 2 })])).toEqual([false, true]);
});

test('another venue, symbol or dataset has ids of its own', () => {
  const seen = new SeenTicks();
  expect(
    answers([tick({ tradeId: '7' }), tick({ tradeId: '7', venue: 'Y' }), tick({ tradeId: '7', symbol: 'B' })], seen),
  ).toEqual([false, false, false]);
  expect(seen.hasSeen('e', tick({ tradeId: '7' }))).toBe(false);
});

test('ids that look alike as numbers are different ids', () => {
  expect(
    answers(['7', '07', '7.0', '9007199254740993', '9007199254740992'].map((tradeId) => tick({ tradeId }))),
  ).toEqual(Array.from({ length: 5 }, () => false));
});

test('without an id the sequence of the venue counts, for each kind of tick', () => {
  const { trade, cancel } = TickKind;
  const ticks = [trade, trade, cancel, cancel].map((kind) => tick({ kind, venueSequence: 5 }));
  expect(answers(ticks)).toEqual([false, true, false, true]);
});

test('a sequence does not make two trades with different ids one', () => {
  expect(answers([tick({ tradeId: 'a', venueSequence: 5 }), tick({ tradeId: 'b', venueSequence: 5 })])).toEqual([
    false,
    false,
  ]);
});

test('what a tick says never makes it the same, and quotes are never asked', () => {
  const quote = tick({ kind: TickKind.quote, venueSequence: 5 });
  expect(answers([tick({}), tick({}), quote, quote])).toEqual([false, false, false, false]);
});

test('at least the last identities up to the bound are remembered, and older ones are forgotten', () => {
  const seen = new SeenTicks(10);
  const byId = (id: number): RecordedTick => tick({ tradeId: `${id}` });
  for (let id = 0; id < 100; id += 1) expect(seen.hasSeen('d', byId(id))).toBe(false);
  // Asked from the newest down, since asking for a forgotten one remembers it anew.
  for (let id = 99; id >= 90; id -= 1) expect(seen.hasSeen('d', byId(id))).toBe(true);
  expect(seen.hasSeen('d', byId(70))).toBe(false);
});
