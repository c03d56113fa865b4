/** What waiting amendments wait for is known without a look at each of them. */
import { expect, test } from 'vitest';
import type { AmendingTick } from './amendment.ts';
import { PendingAmendments } from './pending-amendments.ts';

function waiting(publisher: number, original: number | string, eventSec = 0): AmendingTick {
  const named = typeof original === 'number' ? { sequence: original, tradeId: '' } : { sequence: 0, tradeId: original };
  return { publisher, eventSec, reference: { ...named, correctedSec: -1, correctedNano: 0 } } as AmendingTick;
}

test('a trade is awaited until the last amendment that names it is taken out', () => {
  const pending = new PendingAmendments();
  const ticks = [waiting(0, 'a'), waiting(1, 'a'), waiting(0, 7), waiting(1, 7)];
  for (const tick of ticks) pending.push(tick);
  expect([
    pending.awaitsId('a'),
    pending.awaitsId(''),
    pending.awaitsSequence(0, 7),
    pending.awaitsSequence(2, 7),
  ]).toEqual([true, false, true, false]);
  expect(pending.shift()).toBe(ticks[0]);
  expect(pending.awaitsId('a')).toBe(true);
  pending.keepOnly((tick) => tick === ticks[3]);
  expect(pending.ticks).toEqual([ticks[3]]);
  expect([
    pending.awaitsId('a'),
    pending.awaitsIds,
    pending.awaitsSequence(0, 7),
    pending.awaitsSequence(1, 7),
  ]).toEqual([false, false, false, true]);
});

test('the earliest time of each publisher is never later than that of its oldest amendment', () => {
  const pending = new PendingAmendments();
  for (const tick of [waiting(0, 'a', 9), waiting(0, 'b', 4), waiting(1, 'c', 6)]) pending.push(tick);
  expect([...pending.earliestSec]).toEqual([
    [0, 4],
    [1, 6],
  ]);
  pending.keepOnly(({ eventSec }) => eventSec > 4);
  expect([...pending.earliestSec]).toEqual([
    [0, 9],
    [1, 6],
  ]);
});
