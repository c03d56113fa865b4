/** When a round of several files has to be sent before the next tick joins it. */
import { AggressorSide, Tape, TickKind } from '@tapeline/domain';
import type { RecordedTick, RecordingCursor } from '@tapeline/recordings';
import { beforeEach, expect, test } from 'vitest';
import { ReplayRound } from './replay-round.ts';
import { type ReplayedInstrument, ReplaySource, type SharedInstrument } from './replay-source.ts';

const attributes = {
  kind: TickKind.trade,
  venue: '',
  tape: Tape.unknown,
  conditions: [],
  side: AggressorSide.unknown,
  flags: 0,
};
const terms = { priceExponent: -2, sizeExponent: 0, calendar: '24/7', currency: 'USD', tickSize: 1 };

let line = 0;
let round: ReplayRound;
let shared: SharedInstrument;
let left: ReplaySource;
let right: ReplaySource;

beforeEach(() => {
  round = new ReplayRound();
  shared = ReplayRound.meet();
  [left, right] = [source(), source()];
});

function source(): ReplaySource {
  return new ReplaySource({} as RecordingCursor, 'd', 1n, undefined);
}

function tickAt(eventSec: number): RecordedTick {
  line += 1;
  return { kind: TickKind.trade, line, symbol: 'A', eventSec, eventNano: 0, price: 1, size: 1, attributes };
}

/** Whether the round had to be sent before the tick of a file; adds the tick. */
async function add(to: ReplaySource, sec: number, of: SharedInstrument = shared): Promise<boolean> {
  const tick = tickAt(sec);
  const instrument: ReplayedInstrument = { terms, shared: of, link: 0, sec: 0 };
  const mustSend = round.mustSendBefore(to, tick, instrument);
  if (mustSend) await round.send();
  round.add(to, tick, instrument);
  return mustSend;
}

async function answers(steps: readonly (readonly [ReplaySource, number])[]): Promise<boolean[]> {
  const all: boolean[] = [];
  for (const [to, sec] of steps) all.push(await add(to, sec));
  return all;
}

test('one file alone goes on until a batch is full', async () => {
  expect(await answers([1, 2, 3, 500].map((sec) => [left, sec] as const))).toEqual([false, false, false, false]);
  for (let count = 4; count < 2_000; count += 1) expect(await add(left, 500)).toBe(false);
  expect(await add(left, 500)).toBe(true);
  expect(left.waiting).toBe(1);
});

test('two files of an instrument are in one round only within a second', async () => {
  expect(
    await answers([
      [left, 1],
      [right, 1],
      [left, 1],
      [left, 2],
      [right, 2],
      [right, 3],
    ]),
  ).toEqual([false, false, false, true, false, true]);
});

test('a file that comes later to an instrument sends what another holds of an earlier second', async () => {
  expect(
    await answers([
      [left, 1],
      [left, 2],
      [right, 5],
    ]),
  ).toEqual([false, false, true]);
});

test('a tick that goes back in time needs no sending', async () => {
  expect(
    await answers([
      [left, 5],
      [right, 3],
      [right, 5],
    ]),
  ).toEqual([false, false, false]);
});

test('files of different instruments do not wait for each other', async () => {
  const other = ReplayRound.meet();
  expect(await add(left, 1)).toBe(false);
  expect(await add(right, 7, other)).toBe(false);
  expect(await add(left, 9)).toBe(false);
});

test('event times of a send lie within fifty days', async () => {
  expect(
    await answers([
      [left, 0],
      [left, 50 * 86_400],
      [left, 50 * 86_400 + 1],
    ]),
  ).toEqual([false, false, true]);
});

test('a round of many files has 20,000 ticks at most', async () => {
  const sources = Array.from({ length: 11 }, source);
  let sent = 0;
  for (let count = 0; count < 1_900; count += 1) {
    for (const each of sources) if (await add(each, 1, ReplayRound.meet())) sent += 1;
  }
  expect(sent).toBe(1);
});
