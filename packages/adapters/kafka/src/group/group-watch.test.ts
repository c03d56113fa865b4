/** When silence is a hang: only while brokers answer, and only after long enough. */
import { expect, test } from 'vitest';
import { GroupWatch } from './group-watch.ts';

type World = { nowMs: number; contactMs: number; answers: boolean; asked: number };

function watchOf(world: World): GroupWatch {
  return new GroupWatch({
    silenceMs: 300,
    askEveryMs: 100,
    monotonicMs: () => world.nowMs,
    contactMs: () => world.contactMs,
    answers: async () => {
      world.asked += 1;
      return world.answers;
    },
  });
}

async function lookUntil(watch: GroupWatch, world: World, untilMs: number): Promise<number | undefined> {
  for (; world.nowMs <= untilMs; world.nowMs += 25) if (await watch.look()) return world.nowMs;
  return undefined;
}

test('a group that speaks is never asked about', async () => {
  const world = { nowMs: 0, contactMs: 0, answers: true, asked: 0 };
  const watch = watchOf(world);
  for (; world.nowMs < 5_000; world.nowMs += 25) {
    world.contactMs = world.nowMs - 75;
    expect(await watch.look()).toBe(false);
  }
  expect(world.asked).toBe(0);
});

test('silence while brokers answer is a hang once it lasted, and brokers are asked now and then', async () => {
  const world = { nowMs: 0, contactMs: 0, answers: true, asked: 0 };
  expect(await lookUntil(watchOf(world), world, 5_000)).toBe(400);
  expect(world.asked).toBe(4);
});

test('silence of everybody is no hang, and the time counts from when brokers answer again', async () => {
  const world = { nowMs: 0, contactMs: 0, answers: false, asked: 0 };
  const watch = watchOf(world);
  expect(await lookUntil(watch, world, 10_000)).toBeUndefined();
  world.answers = true;
  const foundMs = await lookUntil(watch, world, 20_000);
  expect(foundMs).toBeGreaterThanOrEqual(10_300);
  expect(foundMs).toBeLessThanOrEqual(10_500);
});

test('a sign of life in between starts the time anew', async () => {
  const world = { nowMs: 0, contactMs: 0, answers: true, asked: 0 };
  const watch = watchOf(world);
  expect(await lookUntil(watch, world, 250)).toBeUndefined();
  world.contactMs = 250;
  expect(await lookUntil(watch, world, 5_000)).toBeGreaterThanOrEqual(550);
});
