/** Positions for those who watch lag: the newest of what is ours, and failures that stop nothing. */
import { createMetrics, ManualClock, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { commitPauseMs, PositionCommits, slowCommitMs } from './position-commits.ts';

type World = {
  clock: ManualClock;
  owned: number[];
  commits: [number, number][][];
  fails: boolean;
  isTaken: boolean;
  takesMs: number;
  failures: number;
};

function commitsOf(world: World): PositionCommits {
  const metrics = createMetrics({ ofProcess: false });
  const counter = metrics.counter('tapeline_group_commit_failures_total', 'x');
  return new PositionCommits({
    commit: async (positions) => {
      if (world.fails) throw new Error('the coordinator is gone');
      await world.clock.advance(world.takesMs);
      world.commits.push([...positions]);
      return world.isTaken;
    },
    monotonicMs: () => world.clock.monotonicMs(),
    owned: () => world.owned,
    failures: {
      add: () => {
        world.failures += 1;
        counter.add();
      },
    },
    logger: silentLogger,
  });
}

function newWorld(): World {
  return {
    clock: new ManualClock(),
    owned: [0, 1],
    commits: [],
    fails: false,
    isTaken: true,
    takesMs: 0,
    failures: 0,
  };
}

test('the newest position of each partition is committed once', async () => {
  const world = newWorld();
  const commits = commitsOf(world);
  commits.note(0, 5);
  commits.note(0, 9);
  commits.note(1, 0);
  await commits.flush();
  await commits.flush();
  expect(world.commits).toEqual([
    [
      [0, 9],
      [1, 0],
    ],
  ]);
});

test('positions of partitions that are not ours, or not any more, are forgotten, and so are numbers that are none', async () => {
  const world = newWorld();
  const commits = commitsOf(world);
  commits.note(7, 1);
  commits.note(0, Number.NaN);
  commits.note(0, -1);
  commits.note(1, 3);
  world.owned = [0];
  await commits.flush();
  expect(world.commits).toEqual([]);
});

test('after a commit that failed none is tried for a minute, and then what is newest goes', async () => {
  const world = newWorld();
  const commits = commitsOf(world);
  world.fails = true;
  commits.note(0, 1);
  commits.note(1, 4);
  await commits.flush();
  world.fails = false;
  commits.note(0, 2);
  await world.clock.advance(commitPauseMs - 1);
  await commits.flush();
  expect([world.failures, world.commits]).toEqual([1, []]);
  await world.clock.advance(1);
  await commits.flush();
  const [sent] = world.commits;
  expect(new Map(sent)).toEqual(
    new Map([
      [0, 2],
      [1, 4],
    ]),
  );
});

test('a commit that takes more than a second is the last one for a minute, one of a second is not', async () => {
  const world = newWorld();
  const commits = commitsOf(world);
  const tell = async (offset: number): Promise<number> => {
    commits.note(0, offset);
    await commits.flush();
    return world.commits.length;
  };
  world.takesMs = slowCommitMs;
  expect(await tell(1)).toBe(1);
  world.takesMs = slowCommitMs + 1;
  expect(await tell(2)).toBe(2);
  expect(await tell(3)).toBe(2);
  await world.clock.advance(commitPauseMs);
  expect(await tell(4)).toBe(3);
});

test('positions that are not taken now are told the next time, without a pause', async () => {
  const world = newWorld();
  const commits = commitsOf(world);
  world.isTaken = false;
  commits.note(0, 5);
  await commits.flush();
  world.isTaken = true;
  await commits.flush();
  await commits.flush();
  expect([world.failures, world.commits]).toEqual([0, [[[0, 5]], [[0, 5]]]]);
});
