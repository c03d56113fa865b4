/** Items of one go share a group, groups follow one another, and past the bound an item is refused. */
import { expect, test } from 'vitest';
import { rejectionOf } from '../test-kit/data-directory.ts';
import { GroupQueue } from './group-queue.ts';

type Commit = { readonly items: readonly number[]; finish(error?: Error): void };

/** A queue whose commits end when the test says so. */
function queueOf(limits: { bytesMax?: number; groupBytesMax?: number; groupItemsMax?: number } = {}): {
  queue: GroupQueue<number, string>;
  commits: Commit[];
} {
  const commits: Commit[] = [];
  const queue = new GroupQueue<number, string>({
    commit: async (items) =>
      new Promise((resolve, reject) => {
        const finish = (error?: Error): void => {
          if (error === undefined) resolve(items.map((item) => `done ${item}`));
          else reject(error);
        };
        commits.push({ items, finish });
      }),
    refusal: (waitingBytes) => new Error(`${waitingBytes} wait`),
    bytesMax: 100,
    groupBytesMax: 1_000,
    groupItemsMax: 1_000,
    ...limits,
  });
  return { queue, commits };
}

async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

test('what is added in one go is one group, and what comes during a commit is the next', async () => {
  const { queue, commits } = queueOf();
  const first = [queue.add(1, 1), queue.add(2, 1)];
  await turn();
  const second = [queue.add(3, 1), queue.add(4, 1)];
  await turn();
  expect(commits.map(({ items }) => items)).toEqual([[1, 2]]);
  commits[0]?.finish();
  expect(await Promise.all(first)).toEqual(['done 1', 'done 2']);
  await turn();
  expect(commits.map(({ items }) => items)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  commits[1]?.finish();
  expect(await Promise.all(second)).toEqual(['done 3', 'done 4']);
});

test('a group ends at its bytes and at its items, but has one item always', async () => {
  const { queue, commits } = queueOf({ bytesMax: 10_000, groupBytesMax: 10, groupItemsMax: 3 });
  const added = [50, 4, 6, 1, 1, 1, 1].map(async (bytes, item) => queue.add(item, bytes));
  const settled = queue.settled();
  for (let group = 0; group < 4; group += 1) {
    await turn();
    commits[group]?.finish();
  }
  await Promise.all([settled, ...added]);
  expect(commits.map(({ items }) => items)).toEqual([[0], [1, 2], [3, 4, 5], [6]]);
});

test('past the bound an item is refused at once, and taken again when there is room', async () => {
  const { queue, commits } = queueOf();
  const first = queue.add(1, 1);
  await turn();
  const waiting = [queue.add(2, 60), queue.add(3, 40)];
  expect(queue.waitingBytes).toBe(100);
  expect(await rejectionOf(queue.add(4, 1))).toMatchObject({ message: '100 wait' });
  commits[0]?.finish();
  await first;
  await turn();
  const later = queue.add(5, 100);
  commits[1]?.finish();
  await Promise.all(waiting);
  await turn();
  commits[2]?.finish();
  expect(await later).toBe('done 5');
});

test('an item that is larger than the bound is taken when nothing waits', async () => {
  const { queue, commits } = queueOf();
  const large = queue.add(1, 1_000);
  await turn();
  commits[0]?.finish();
  expect(await large).toBe('done 1');
});

test('a commit that fails is the failure of its items alone', async () => {
  const { queue, commits } = queueOf();
  const first = rejectionOf(queue.add(1, 1));
  await turn();
  const second = queue.add(2, 1);
  commits[0]?.finish(new Error('no'));
  expect(await first).toMatchObject({ message: 'no' });
  await turn();
  commits[1]?.finish();
  expect(await second).toBe('done 2');
  await queue.settled();
});
