/** When silence ends a worker: only while brokers answer, only after long enough, sooner where nothing is answered at all. */
import { expect, test } from 'vitest';
import { type GroupStanding, GroupWatch } from './group-watch.ts';

type World = { nowMs: number; contactMs: number; answeredMs: number; answers: boolean; asked: number };

function worldAt(facts: Partial<World> = {}): World {
  return { nowMs: 0, contactMs: 0, answeredMs: 0, answers: true, asked: 0, ...facts };
}

function watchOf(world: World): GroupWatch {
  return new GroupWatch({
    hangMs: 300,
    cutOffMs: 3_000,
    askEveryMs: 100,
    monotonicMs: () => world.nowMs,
    contactMs: () => world.contactMs,
    answeredMs: () => world.answeredMs,
    answers: async () => {
      world.asked += 1;
      return world.answers;
    },
  });
}

type End = { readonly atMs: number; readonly standing: GroupStanding } | undefined;

/** Looks every 25 ms; `each` comes before a look. */
async function lookUntil(watch: GroupWatch, world: World, untilMs: number, each = (): void => undefined): Promise<End> {
  for (; world.nowMs <= untilMs; world.nowMs += 25) {
    each();
    const standing = await watch.look();
    if (standing !== 'goes on') return { atMs: world.nowMs, standing };
  }
  return undefined;
}

test('a group that speaks is never asked about', async () => {
  const world = worldAt();
  const speaks = (): void => void (world.contactMs = world.nowMs - 75);
  expect(await lookUntil(watchOf(world), world, 5_000, speaks)).toBeUndefined();
  expect(world.asked).toBe(0);
});

test('silence while brokers answer is a hang once it lasted, and brokers are asked now and then', async () => {
  const world = worldAt();
  expect(await lookUntil(watchOf(world), world, 5_000)).toEqual({ atMs: 400, standing: 'hangs' });
  expect(world.asked).toBe(4);
});

test('who is answered and never confirmed is cut off, and only after the longer bound', async () => {
  const world = worldAt();
  const isAnswered = (): void => void (world.answeredMs = world.nowMs);
  expect(await lookUntil(watchOf(world), world, 9_000, isAnswered)).toEqual({ atMs: 3_100, standing: 'is cut off' });
});

test('a hang counts from the last answer', async () => {
  const world = worldAt();
  const isAnswered = (): void => void (world.answeredMs = Math.min(world.nowMs, 1_000));
  expect(await lookUntil(watchOf(world), world, 9_000, isAnswered)).toEqual({ atMs: 1_300, standing: 'hangs' });
});

test.each([
  ['a hang', 0, 300],
  ['being cut off', Infinity, 3_000],
])(
  'silence of everybody is not %s, and the time counts from when brokers answer again',
  async (_, answeredMs, boundMs) => {
    const world = worldAt({ answeredMs, answers: false });
    const watch = watchOf(world);
    expect(await lookUntil(watch, world, 10_000)).toBeUndefined();
    world.answers = true;
    const end = await lookUntil(watch, world, 20_000);
    expect(end?.atMs).toBeGreaterThanOrEqual(10_000 + boundMs);
    expect(end?.atMs).toBeLessThanOrEqual(10_200 + boundMs);
  },
);

test('a sign of life in between starts the time anew', async () => {
  const world = worldAt();
  const watch = watchOf(world);
  expect(await lookUntil(watch, world, 250)).toBeUndefined();
  world.contactMs = 250;
  expect((await lookUntil(watch, world, 5_000))?.atMs).toBeGreaterThanOrEqual(550);
});
