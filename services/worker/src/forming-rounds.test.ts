/** How forming bars go out: the newest, to those who want them, at a pace, and never taking all the time. */
import type { Bar } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { FormingRounds } from './forming-rounds.ts';

/** A clock on which making the bars of an instrument takes time. */
class WorkingClock extends ManualClock {
  workedMs = 0;
  override monotonicMs(): number {
    return super.monotonicMs() + this.workedMs;
  }
}

function setUp(costMs: number | (() => number) = 0): {
  clock: WorkingClock;
  rounds: FormingRounds;
  wanted: Set<string>;
  published: string[];
  made: () => number;
} {
  const clock = new WorkingClock(0);
  const wanted = new Set<string>();
  const published: string[] = [];
  let made = 0;
  const rounds = new FormingRounds({
    forming: {
      publish: ([bar]) => published.push(`${clock.nowMs()} ${bar?.symbol}`),
      subscribe: () => () => undefined,
      want: () => () => undefined,
      isWanted: (_dataset, symbol) => wanted.has(symbol),
    },
    fold: {
      forming: (_dataset, symbol) => {
        made += 1;
        clock.workedMs += typeof costMs === 'number' ? costMs : costMs();
        return [{ symbol } as Bar];
      },
    },
    clock,
    stop: new AbortController().signal,
    intervalMs: 10,
    failed: (error) => {
      throw error;
    },
  });
  return { clock, rounds, wanted, published, made: () => made };
}

test('many changes of one instrument are one publication a round, of how it stands then', async () => {
  const { clock, rounds, wanted, published } = setUp();
  wanted.add('A');
  for (let turn = 0; turn < 100; turn += 1) {
    rounds.changed('d', 'A');
    await clock.advance(1);
  }
  expect(published.length).toBeGreaterThanOrEqual(9);
  expect(published.length).toBeLessThanOrEqual(11);
});

test('a change after a silence does not wait, and what does not change is not published again', async () => {
  const { clock, rounds, wanted, published } = setUp();
  wanted.add('A');
  rounds.changed('d', 'A');
  await clock.advance(10_000);
  expect(published).toEqual(['0 A']);
  rounds.changed('d', 'A');
  await clock.advance(5);
  rounds.changed('d', 'A');
  await clock.advance(10_000);
  expect(published).toEqual(['0 A', '10000 A', '10010 A']);
});

test('no bars are made for nobody', async () => {
  const { clock, rounds, made } = setUp();
  rounds.changed('d', 'A');
  await clock.advance(10_000);
  expect(made()).toBe(0);
});

test('who begins to want a quiet instrument gets its bars without a further tick', async () => {
  const { clock, rounds, wanted, published } = setUp();
  rounds.changed('d', 'A');
  await clock.advance(1_000);
  wanted.add('A');
  await clock.advance(300);
  expect(published).toHaveLength(1);
  wanted.delete('A');
  await clock.advance(300);
  wanted.add('A');
  await clock.advance(300);
  expect(published).toHaveLength(2);
});

test('a round that would take long is cut, the rest comes with the next, and the pause stretches to 250 ms', async () => {
  const { clock, rounds, wanted, made } = setUp(5);
  for (let index = 0; index < 10; index += 1) {
    wanted.add(`S${index}`);
    rounds.changed('d', `S${index}`);
  }
  await clock.advance(10);
  expect(made()).toBe(4);
  expect(rounds.pauseMs).toBe(180);
  await clock.advance(180);
  expect(made()).toBe(8);
  await clock.advance(180);
  expect(made()).toBe(10);
  const slow = setUp(100);
  slow.wanted.add('A');
  slow.rounds.changed('d', 'A');
  await slow.clock.advance(10);
  expect(slow.rounds.pauseMs).toBe(250);
});

test('one round that others interrupted is spread over the pauses that follow, so that none of them is long', async () => {
  let costMs = 0.2;
  const { clock, rounds, wanted, made } = setUp(() => costMs);
  wanted.add('A');
  for (let round = 0; round < 3; round += 1) {
    rounds.changed('d', 'A');
    await clock.advance(10);
  }
  costMs = 20;
  rounds.changed('d', 'A');
  await clock.advance(10);
  expect(made()).toBe(4);
  costMs = 0.2;
  const pauses: number[] = [];
  for (let round = 0; round < 60; round += 1) {
    pauses.push(rounds.pauseMs);
    rounds.changed('d', 'A');
    await clock.advance(Math.ceil(rounds.pauseMs));
  }
  expect(Math.max(...pauses)).toBeLessThan(30);
  // In all they are as long as what the round took asks for: nine times 20 ms, less what is left.
  const beyond = pauses.reduce((sum, pause) => sum + Math.max(0, pause - 1.8), 0);
  expect(beyond).toBeGreaterThan(150);
  expect(pauses.at(-1)).toBe(10);
});

test('of an instrument that left nothing is made any more, also of a change before it left, until it is back', async () => {
  const { clock, rounds, wanted, published, made } = setUp();
  wanted.add('A');
  wanted.add('B');
  rounds.changed('d', 'A');
  rounds.changed('d', 'B');
  rounds.drop('d', 'A');
  rounds.drop('d', 'never seen');
  await clock.advance(10_000);
  expect(published.map((text) => text.split(' ')[1])).toEqual(['B']);
  expect(made()).toBe(1);
  rounds.changed('d', 'A');
  await clock.advance(100);
  expect(published.map((text) => text.split(' ')[1])).toEqual(['B', 'A']);
});
