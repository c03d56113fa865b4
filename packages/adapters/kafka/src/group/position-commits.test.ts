/** Positions for those who watch lag: the newest of what is ours, and failures that stop nothing. */
import { createMetrics, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { PositionCommits } from './position-commits.ts';

type World = { owned: number[]; commits: [number, number][][]; fails: boolean; failures: number };

function commitsOf(world: World): PositionCommits {
  const metrics = createMetrics({ ofProcess: false });
  const counter = metrics.counter('tapeline_group_commit_failures_total', 'x');
  return new PositionCommits({
    commit: async (positions) => {
      if (world.fails) throw new Error('the coordinator is gone');
      world.commits.push([...positions]);
    },
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
  return { owned: [0, 1], commits: [], fails: false, failures: 0 };
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

test('a commit that fails is counted and stops nothing', async () => {
  const world = newWorld();
  const commits = commitsOf(world);
  world.fails = true;
  commits.note(0, 1);
  await commits.flush();
  world.fails = false;
  commits.note(0, 2);
  await commits.flush();
  expect([world.failures, world.commits]).toEqual([1, [[[0, 2]]]]);
});
