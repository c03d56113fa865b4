/** What followers hear of joins, signs of life and an end. */
import { expect, test } from 'vitest';
import { WorkerShare } from './worker-share.ts';

function shareAt(clock: { nowMs: number }, faults: unknown[] = []): { share: WorkerShare; heard: string[] } {
  const share = new WorkerShare({
    monotonicMs: () => clock.nowMs,
    onFault: (fault) => faults.push(fault),
  });
  const heard: string[] = [];
  share.follow((partitions) => heard.push(partitions.join()));
  return { share, heard };
}

test('a follower hears at once and at each change, ascending, and not what did not change', () => {
  const { share, heard } = shareAt({ nowMs: 0 });
  share.joined([10, 2]);
  share.joined([2, 10]);
  share.joined([2]);
  expect(heard).toEqual(['', '2,10', '2']);
});

test('who stopped following hears nothing more', () => {
  const { share } = shareAt({ nowMs: 0 });
  const heard: string[] = [];
  const stop = share.follow((partitions) => heard.push(partitions.join()));
  stop();
  share.joined([1]);
  expect(heard).toEqual(['']);
});

test('a sign of life tells followers nothing, and is when the group last confirmed us', () => {
  const clock = { nowMs: 0 };
  const { share, heard } = shareAt(clock);
  share.joined([1, 2]);
  clock.nowMs = 500;
  expect(share.contactMs).toBe(0);
  share.alive(7);
  expect(heard).toEqual(['', '1,2']);
  expect([share.generation, share.contactMs]).toEqual([7, 500]);
});

test('what another one took over is not ours until the group speaks again', () => {
  const { share, heard } = shareAt({ nowMs: 0 });
  share.joined([1, 2]);
  share.takenOver(2);
  share.takenOver(2);
  expect(share.owned).toEqual([1]);
  share.alive(7);
  share.takenOver(1);
  share.joined([1]);
  expect(heard).toEqual(['', '1,2', '1', '1,2', '2', '1']);
});

test('who has nothing was given it in no generation', () => {
  const { share } = shareAt({ nowMs: 0 });
  share.joined([]);
  share.alive(7);
  expect(share.generation).toBe(0);
});

test('the generation is the one that the coordinator named, and one more after a join until it names it', () => {
  const { share } = shareAt({ nowMs: 0 });
  share.joined([1]);
  share.alive(40);
  share.joined([1]);
  expect(share.generation).toBe(41);
});

test('after the end nothing brings partitions back', () => {
  const { share, heard } = shareAt({ nowMs: 0 });
  share.joined([1]);
  share.left();
  share.joined([1]);
  share.alive(3);
  expect(heard).toEqual(['', '1', '']);
});

test('a listener that throws is reported, and the others hear all the same', () => {
  const faults: unknown[] = [];
  const { share } = shareAt({ nowMs: 0 }, faults);
  share.follow((partitions) => {
    if (partitions.length > 0) throw new Error('no');
  });
  const heard: string[] = [];
  share.follow((partitions) => heard.push(partitions.join()));
  share.joined([1]);
  expect(faults).toEqual([new Error('no')]);
  expect(heard).toEqual(['', '1']);
});
