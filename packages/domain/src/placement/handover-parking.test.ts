/** Law 7 of parking: bytes and age are bounded, order stays, moves are one an epoch. */
import { expect, test } from 'vitest';
import { Parking, type RoutedEntry } from './handover-parking.ts';

const bounds = { bytesMax: 100, msMax: 10_000 };

function entry(name: string, waitedMs = 0, bytes = 40): RoutedEntry<string> {
  return { entry: name, epoch: 1, isForwarded: false, bytes, at: { nowMs: 5_000 + waitedMs, waitedMs } };
}

function names(parking: Parking<string, string>, instrument: string): (string | number)[] {
  return parking
    .takeAll(instrument)
    .map((parked) => (parked.kind === 'entry' ? parked.entry.entry : parked.move.epoch));
}

test('entries and moves of an instrument come out in the order in which they came, and others stay', () => {
  const parking = new Parking<string, string>(bounds);
  parking.addEntry('S', entry('a'));
  parking.addEntry('T', entry('b'));
  parking.addMove('S', { epoch: 3, fromEpoch: 2, to: 0 });
  parking.addEntry('S', entry('c', 0, 20));
  expect([parking.count, parking.bytes]).toEqual([4, 100]);
  expect(names(parking, 'S')).toEqual(['a', 3, 'c']);
  expect([parking.count, parking.bytes]).toEqual([1, 40]);
  expect(names(parking, 'S')).toEqual([]);
});

test('A4: an entry beyond the bytes is not kept; a move always is, once', () => {
  const parking = new Parking<string, string>(bounds);
  expect(parking.addEntry('S', entry('a', 0, 60))).toBe(true);
  expect(parking.addEntry('S', entry('b', 0, 41))).toBe(false);
  expect(parking.addEntry('S', entry('c', 0, 40))).toBe(true);
  expect(parking.addMove('S', { epoch: 3, fromEpoch: 2, to: 0 })).toBe(true);
  expect(parking.addMove('S', { epoch: 3, fromEpoch: 2, to: 0 })).toBe(false);
  expect(parking.addMove('T', { epoch: 3, fromEpoch: 2, to: 0 })).toBe(true);
});

test('A4: an entry goes after 10 s of the waiting clock, to the ms; a move stays', () => {
  const parking = new Parking<string, string>(bounds);
  expect(parking.dueMs).toBe(Infinity);
  parking.addMove('S', { epoch: 3, fromEpoch: 2, to: 0 });
  parking.addEntry('S', entry('a', 500, 10));
  parking.addEntry('T', entry('b', 700, 10));
  expect(parking.dueMs).toBe(10_500);
  expect(parking.takeOverdue({ nowMs: 0, waitedMs: 10_499 })).toEqual([]);
  expect(parking.takeOverdue({ nowMs: 0, waitedMs: 10_500 })).toEqual([
    { instrument: 'S', entry: entry('a', 500, 10) },
  ]);
  expect([parking.dueMs, parking.bytes]).toEqual([10_700, 10]);
  expect(names(parking, 'S')).toEqual([3]);
});

test('an entry that is parked again keeps its age', () => {
  const parking = new Parking<string, string>(bounds);
  parking.addEntry('T', entry('newer', 900, 10));
  parking.addEntry('S', entry('older', 100, 10));
  expect(parking.dueMs).toBe(10_100);
  expect(parking.takeOverdue({ nowMs: 0, waitedMs: 10_900 }).map(({ instrument }) => instrument)).toEqual(['T', 'S']);
});

test('what was parked is put back, whatever the bounds are now', () => {
  const parking = new Parking<string, string>(bounds);
  for (const name of ['a', 'b', 'c'])
    parking.putBack({ instrument: 'S', parked: { kind: 'entry', entry: entry(name) } });
  expect([parking.count, parking.bytes, parking.dueMs]).toEqual([3, 120, 10_000]);
  expect(parking.addEntry('S', entry('d', 0, 1))).toBe(false);
  expect(names(parking, 'S')).toEqual(['a', 'b', 'c']);
});

test('all of it, put back one by one in another parking, makes the same one', () => {
  const parking = new Parking<string, string>(bounds);
  parking.addEntry('S', entry('a', 900, 10));
  parking.addMove('T', { epoch: 3, fromEpoch: 2, to: 0 });
  parking.addEntry('T', entry('b', 400, 20));
  const other = new Parking<string, string>(bounds);
  for (const one of parking.all()) other.putBack(one);
  expect([other.all(), other.bytes, other.dueMs]).toEqual([parking.all(), 30, 10_400]);
});
