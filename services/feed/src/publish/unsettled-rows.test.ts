/** What is kept for sending again. */
import { AggressorSide, Tape, TickKind, type TickRow } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { UnsettledRows } from './unsettled-rows.ts';

const attributes = {
  kind: TickKind.trade,
  venue: '',
  tape: Tape.unknown,
  conditions: [],
  side: AggressorSide.unknown,
  flags: 0,
};
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };

function rows(from: number, to: number): TickRow[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const sequence = from + index;
    return {
      symbol: 'A',
      terms,
      sequence,
      link: sequence - 1,
      eventSec: 0,
      eventNano: 0,
      attributes,
      price: 1,
      size: 1,
    };
  });
}

function sequences(kept: UnsettledRows): number[][] {
  return kept.batches().map((batch) => batch.map(({ sequence }) => sequence));
}

test('what is settled goes, also in the middle of a batch, and the rest stays in order', () => {
  const kept = new UnsettledRows();
  kept.add(rows(1, 3));
  kept.add(rows(4, 6));
  expect(sequences(kept)).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  kept.settle(2);
  expect(sequences(kept)).toEqual([[3], [4, 5, 6]]);
  kept.settle(3);
  expect(sequences(kept)).toEqual([[4, 5, 6]]);
  kept.settle(1);
  expect(sequences(kept)).toEqual([[4, 5, 6]]);
  kept.settle(6);
  expect(sequences(kept)).toEqual([]);
  expect(kept.count).toBe(0);
});

test('it is full at 60,000', () => {
  const kept = new UnsettledRows();
  for (let batch = 0; batch < 30; batch += 1) {
    expect(kept.isFull).toBe(false);
    kept.add(rows(batch * 2_000 + 1, batch * 2_000 + 2_000));
  }
  expect(kept.isFull).toBe(true);
  kept.settle(2_000);
  expect(kept.isFull).toBe(false);
});

test('what is abandoned is answered and gone', () => {
  const kept = new UnsettledRows();
  kept.add(rows(1, 3));
  kept.settle(1);
  expect(kept.abandon().map(({ sequence }) => sequence)).toEqual([2, 3]);
  expect(sequences(kept)).toEqual([]);
});
