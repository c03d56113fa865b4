/**
 * The rules of one publisher's chain, F1 to F6, one by one. In: sequences and links. Out: what becomes of each tick.
 */
import { expect, test } from 'vitest';
import type { Held, HeldTick } from './held-items.ts';
import { holesMax, Link } from './link.ts';

const tick = { price: 1 } as HeldTick;

function linkAt(last: number): Link {
  const link = new Link(0, 1);
  link.last = last;
  return link;
}

function held(sequence: number, link: number, withTick = true): Held {
  return withTick
    ? { sequence, link, sinceMs: 0, firstAppendMs: 0, tick }
    : { sequence, link, sinceMs: 0, firstAppendMs: 0 };
}

test('F1: the tick whose predecessor was applied last is applied', () => {
  const link = linkAt(5);
  expect(link.decide(9, 5)).toBe('apply');
  link.accept(9);
  expect(link.last).toBe(9);
});

test('F2: a tick whose predecessor has not come is held, and is ready once it has', () => {
  const link = linkAt(5);
  expect(link.decide(9, 7)).toBe('hold');
  link.held.add(held(9, 7));
  expect(link.nextReady()).toBeUndefined();
  link.accept(7);
  expect(link.nextReady()).toMatchObject({ decision: 'apply', item: { sequence: 9 } });
  expect(link.held).toHaveLength(0);
});

test('F4: a tick at or before the last one applied is a repeat', () => {
  expect(linkAt(5).decide(5, 3)).toBe('repeat');
  expect(linkAt(5).decide(2, 0)).toBe('repeat');
});

test('F3: a tick in an open hole is applied in the hole’s own order, and the hole closes', () => {
  const link = linkAt(2);
  link.declareGap(holdIn(link, 9, 7));
  link.accept(9);
  expect(link.holes).toEqual([{ low: 2, high: 7 }]);
  expect(link.decide(7, 5)).toBe('hold');
  expect(link.decide(5, 2)).toBe('apply');
  link.accept(5);
  expect(link.holes).toEqual([{ low: 5, high: 7 }]);
  expect(link.decide(5, 2)).toBe('repeat');
  link.accept(7);
  expect(link.holes).toEqual([]);
  expect(link.last).toBe(9);
});

function holdIn(link: Link, sequence: number, before: number): Held {
  const item = held(sequence, before);
  link.held.add(item);
  return item;
}

test('F5: a Void keeps the chain going, and its tick still counts if another ingest took it', () => {
  const link = linkAt(3);
  expect(link.acceptVoid(4)).toBe(true);
  expect(link.last).toBe(4);
  expect(link.decide(6, 4)).toBe('apply');
  link.accept(6);
  expect(link.decide(4, 3)).toBe('apply');
  link.accept(4);
  expect(link.holes).toEqual([]);
  expect(link.decide(4, 3)).toBe('repeat');
});

test('F5: a Void inside a hole splits it, and the same Void again changes nothing', () => {
  const link = linkAt(2);
  link.declareGap(holdIn(link, 9, 7));
  link.accept(9);
  expect(link.acceptVoid(4)).toBe(true);
  expect(link.holes).toEqual([
    { low: 2, high: 4 },
    { low: 4, high: 7 },
  ]);
  expect(link.decide(4, 2)).toBe('apply');
  expect(link.acceptVoid(4)).toBe(false);
  expect(link.decide(7, 4)).toBe('apply');
});

test('F6: a declared gap says which sequences are missing', () => {
  const link = linkAt(2);
  const item = holdIn(link, 9, 7);
  expect(link.declareGap(item)).toEqual({ low: 2, high: 7 });
  expect(link.held).toHaveLength(0);
});

test('F6 in a hole: the missing part before the item stays open, and so does the part after it', () => {
  const link = linkAt(2);
  link.declareGap(holdIn(link, 20, 15));
  link.accept(20);
  link.declareGap(holdIn(link, 10, 8));
  link.accept(10);
  expect(link.holes).toEqual([
    { low: 2, high: 8 },
    { low: 10, high: 15 },
  ]);
});

test('a link that contradicts the chain leaves everything before the item open, so nothing acknowledged is lost', () => {
  const link = linkAt(5);
  expect(link.declareGap(holdIn(link, 9, 3))).toEqual({ low: 5, high: 8 });
  link.accept(9);
  expect(link.decide(7, 5)).toBe('apply');
});

test('at most 64 holes are open; a tick of an older one is forgotten, not a repeat', () => {
  const link = linkAt(0);
  for (let count = 0; count <= holesMax; count += 1) {
    const item = holdIn(link, link.last + 10, link.last + 5);
    link.declareGap(item);
    link.accept(item.sequence);
  }
  expect(link.holes).toHaveLength(holesMax);
  expect(link.forgotten).toEqual([{ low: 0, high: 5 }]);
  expect(link.decide(5, 0)).toBe('forgotten');
  expect(link.decide(10, 5)).toBe('repeat');
});

test('forgotten holes are bounded too: the nearest neighbours merge', () => {
  const link = linkAt(0);
  for (let count = 0; count < 3 * holesMax; count += 1) {
    const item = holdIn(link, link.last + 10 + count, link.last + 5);
    link.declareGap(item);
    link.accept(item.sequence);
  }
  expect(link.forgotten).toHaveLength(holesMax);
  expect(link.forgotten[0]?.low).toBe(0);
});

test('a tick is behind when a later one was applied, not when a gap or Voids merely took its place', () => {
  const link = linkAt(3);
  expect(link.isBehind(5)).toBe(false);
  link.acceptVoid(5);
  link.acceptVoid(8);
  // Neither 5 nor 8 was applied.
  expect(link.isBehind(5)).toBe(false);
  expect(link.isBehind(8)).toBe(false);
  link.accept(5);
  expect(link.isBehind(8)).toBe(false);
  link.accept(9);
  expect(link.isBehind(8)).toBe(true);
});

test('a tick of a declared gap is behind once the tick that had waited for it is applied', () => {
  const link = linkAt(2);
  link.declareGap(holdIn(link, 9, 7));
  expect(link.isBehind(9)).toBe(false);
  link.accept(9);
  expect(link.isBehind(5)).toBe(true);
  link.accept(5);
  expect(link.isBehind(7)).toBe(true);
});
