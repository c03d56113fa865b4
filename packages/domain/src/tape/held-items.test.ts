/**
 * What a chain holds: its order, its bounds, and which item is next. Oracle of the last: the first item in the order of sequences of
 * which `decide` does not say that it waits, for chains with holes, Voids, gaps and links that lie.
 */
import { expect, test } from 'vitest';
import { drawFrom } from '../../test-kit/draw-from.ts';
import { type Held, heldOfChainMax, heldOfPartitionMax, type HeldTick, HeldItems, holdsTooMany } from './held-items.ts';
import { holesMax, Link } from './link.ts';

const tick = { price: 1 } as HeldTick;

function held(sequence: number, link: number, withTick = true): Held {
  const item = { sequence, link, sinceMs: sequence, firstAppendMs: 0 };
  return withTick ? { ...item, tick } : item;
}

test('what is held is kept in the order of sequences, each once', () => {
  const items = new HeldItems();
  for (const sequence of [30, 10, 20]) expect(items.add(held(sequence, sequence - 1))).toBe(true);
  expect(items.add(held(20, 19))).toBe(false);
  expect(items.all().map(({ sequence }) => sequence)).toEqual([10, 20, 30]);
  expect(items.firstSince(25)?.sequence).toBe(10);
  expect(items.firstSince(9)).toBeUndefined();
});

test('of a held Void and a held tick of one sequence the tick stays, whichever came first', () => {
  const voidFirst = new HeldItems();
  expect(voidFirst.add(held(9, 7, false))).toBe(true);
  expect(voidFirst.add({ ...held(9, 7), sinceMs: 50 })).toBe(true);
  expect(voidFirst.first).toMatchObject({ tick, sinceMs: 9 });
  const tickFirst = new HeldItems();
  tickFirst.add(held(9, 7));
  expect(tickFirst.add(held(9, 7, false))).toBe(false);
  expect(tickFirst.first?.tick).toBe(tick);
});

test('what is taken from the front leaves the rest where it is, however much it is', () => {
  const items = new HeldItems();
  const count = 10_000;
  for (let sequence = 1; sequence <= count; sequence += 1) items.add(held(sequence, sequence - 1));
  for (let sequence = 1; sequence <= count; sequence += 1) {
    const next = items.successorWithin(sequence - 1, Infinity);
    expect(next).toBe(items.first);
    items.remove(next as Held);
    expect(items.length).toBe(count - sequence);
  }
  expect(items.add(held(5, 4))).toBe(true);
  expect(items.takeAll()).toHaveLength(1);
  expect(items.successorWithin(4, 5)).toBeUndefined();
});

test('F6: a chain may hold 4,096 in any case, and more while the partition holds 131,072 at most', () => {
  expect(holdsTooMany(heldOfChainMax, heldOfPartitionMax + 1)).toBe(false);
  expect(holdsTooMany(heldOfChainMax + 1, heldOfPartitionMax)).toBe(false);
  expect(holdsTooMany(heldOfChainMax + 1, heldOfPartitionMax + 1)).toBe(true);
});

/** One chain under entries that come in any order; `meet` says what was seen. */
function walk(seed: number, meet: (what: string) => void): void {
  const draw = drawFrom(seed);
  const link = new Link(0, 1);
  // In every second one there is room for more holes than are kept.
  const [top, gaps] = seed % 2 === 0 ? [40 + draw(200), 12] : [2_000, 2];
  for (let step = 0; step < 400; step += 1) {
    const sequence = 1 + draw(top);
    // One in four names another predecessor than the others do.
    const before = draw(4) === 0 ? draw(sequence) : sequence - 1;
    const decision = link.decide(sequence, before);
    if (decision === 'hold') link.held.add(held(sequence, before, draw(5) > 0));
    else if (decision === 'apply') take(link, sequence, draw(5) === 0);
    drain(link, seed, meet);
    if (draw(gaps) === 0 && link.held.first !== undefined) {
      const item = link.held.all()[draw(link.held.length)]!;
      link.declareGap(item);
      take(link, item.sequence, item.tick === undefined);
      meet('gap');
    }
    drain(link, seed, meet);
    meet(decision);
  }
  if (link.holes.length === holesMax) meet('as many holes as may be');
}

function take(link: Link, sequence: number, isVoid: boolean): void {
  if (isVoid) link.acceptVoid(sequence);
  else link.accept(sequence);
}

function drain(link: Link, seed: number, meet: (what: string) => void): void {
  for (;;) {
    const expected = link.held.all().find((item) => link.decide(item.sequence, item.link) !== 'hold');
    const decision = expected === undefined ? undefined : link.decide(expected.sequence, expected.link);
    const ready = link.nextReady();
    expect(ready?.item, `seed ${seed}`).toBe(expected);
    expect(ready?.decision, `seed ${seed}`).toBe(decision);
    if (ready === undefined) return;
    meet(`held, then ${ready.decision}`);
    if (ready.decision === 'apply') take(link, ready.item.sequence, ready.item.tick === undefined);
  }
}

test('the next one is the first whose turn has come, whatever holes there are and whatever links say', () => {
  const met = new Map<string, number>();
  const meet = (what: string): unknown => met.set(what, (met.get(what) ?? 0) + 1);
  for (let seed = 1; seed <= 200; seed += 1) walk(seed, meet);
  const outcomes = ['held, then apply', 'held, then repeat', 'held, then forgotten', 'as many holes as may be'];
  const rare = ['apply', 'hold', 'repeat', 'forgotten', 'gap', ...outcomes].filter((what) => (met.get(what) ?? 0) < 20);
  expect(rare).toEqual([]);
});
