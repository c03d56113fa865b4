/**
 * The table of docs/adr/0021 row by row: what becomes of an entry, a Move, a Handover and an Origin in each place.
 */
import { expect, test } from 'vitest';
import {
  decideEntry,
  decideHandover,
  decideMove,
  decideOrigin,
  type InstrumentPlace,
  placeAtFirstSight,
  sentOnFrom,
} from './handover-rules.ts';

const unknown: InstrumentPlace = { kind: 'unknown' };

function own(epoch: number): InstrumentPlace {
  return { kind: 'own', epoch };
}

function away(epoch: number): InstrumentPlace {
  return { kind: 'away', epoch, to: 7 };
}

test('at first sight an instrument is owned, from epoch 0, at its home, and unknown everywhere else', () => {
  expect(placeAtFirstSight(true)).toEqual(own(0));
  expect(placeAtFirstSight(false)).toEqual(unknown);
});

test.each([
  ['owned: applied, whatever the epoch', own(3), 2, false, { kind: 'apply' }],
  ['A1 unknown, by a writer with a map: parked', unknown, 4, false, { kind: 'park' }],
  ['B1 unknown, by a writer without a map: it began here', unknown, 0, false, { kind: 'begin' }],
  ['A1 unknown, forwarded: parked', unknown, 0, true, { kind: 'park' }],
  ['A2 away, by a writer with a later map: it comes back, so it is parked', away(3), 4, false, { kind: 'park' }],
  ['A3 away, by a writer with the map of the move: sent on', away(3), 3, false, { kind: 'forward', to: 7, epoch: 3 }],
  ['A3 away, by a writer behind the move: sent on', away(3), 2, false, { kind: 'forward', to: 7, epoch: 3 }],
  ['A3 away, forwarded from home: sent on', away(3), 0, true, { kind: 'forward', to: 7, epoch: 3 }],
] as const)('%s', (_name, place, epoch, isForwarded, decision) => {
  expect(decideEntry(place, { epoch, isForwarded })).toEqual(decision);
});

test('A4: what may not stay goes home under epoch 0 where nothing is known, else to where the instrument went', () => {
  expect(sentOnFrom(unknown, 2)).toEqual({ to: 2, epoch: 0 });
  expect(sentOnFrom(away(3), 2)).toEqual({ to: 7, epoch: 3 });
});

test.each([
  ['M1 its epoch is the move’s from-epoch: it leaves', own(3), 3, 'leave'],
  ['M3 its epoch is later: a repeat', own(4), 3, 'repeat'],
  ['its epoch is earlier: the log contradicts itself', own(2), 3, 'contradict'],
  ['M2 unknown, a later move: it waits for the Handover before it', unknown, 1, 'park'],
  ['M1 unknown, a move from epoch 0: it began here', unknown, 0, 'beginAndLeave'],
  ['M2 away, a move from a later epoch: it waits', away(3), 4, 'park'],
  ['M3 away, the move by which it left: a repeat', away(3), 2, 'repeat'],
  ['M3 away, a move from the epoch of its departure: a repeat', away(3), 3, 'repeat'],
] as const)('%s', (_name, place, fromEpoch, decision) => {
  expect(decideMove(place, { epoch: fromEpoch + 1, fromEpoch, to: 1 })).toBe(decision);
});

test.each([
  ['H1 unknown: taken', unknown, 1, 'take'],
  ['H1 away, a later epoch: taken', away(3), 4, 'take'],
  ['H2 away, the epoch of the departure: a repeat', away(3), 3, 'repeat'],
  ['H2 owned, the epoch by which it came: a repeat', own(3), 3, 'repeat'],
  ['H2 owned, an earlier epoch: a repeat', own(3), 1, 'repeat'],
  ['owned, a later epoch: the log contradicts itself', own(3), 4, 'contradict'],
] as const)('%s', (_name, place, epoch, decision) => {
  expect(decideHandover(place, epoch)).toBe(decision);
});

test.each([
  ['B1 it began here: known from now on', unknown, 5, true, 'begin'],
  ['B1 it began here, which is known', own(0), 5, false, 'repeat'],
  ['B1 it began here and left since', away(3), 5, true, 'repeat'],
  ['B1 it began elsewhere: its home sends strays there', own(0), 1, true, 'elsewhere'],
  ['it began elsewhere, and its home has applied something', own(0), 1, false, 'contradict'],
  ['B1 it began elsewhere and is here by now', own(3), 1, false, 'repeat'],
  ['B1 it began elsewhere, which is known', away(0), 1, true, 'repeat'],
  ['B1 it began elsewhere, and this is not its home', unknown, 1, true, 'repeat'],
] as const)('%s', (_name, place, origin, isFresh, decision) => {
  expect(decideOrigin(place, origin, { partition: 5, isFresh })).toBe(decision);
});
