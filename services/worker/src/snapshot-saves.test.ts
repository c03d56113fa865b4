/** When snapshots are saved: after the outputs that they cover, beside those after them, and one at a time. */
import { type SnapshotClaim, StoreError, type StoredSnapshot } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { patientOn } from '../test-kit/patience.ts';
import { SnapshotSaves } from './snapshot-saves.ts';

type Save = { readonly offset: number; readonly epoch: number; done: () => void; fail: (error: unknown) => void };

/** Saves that the test ends, and outputs that are durable when the test says so. */
function setUp(): {
  saves: SnapshotSaves;
  begun: Save[];
  saved: number[];
  errors: unknown[];
  clock: ManualClock;
  makeDurable: (nextOffset: number) => void;
  abandon: (error: unknown) => void;
} {
  const begun: Save[] = [];
  const saved: number[] = [];
  const errors: unknown[] = [];
  const clock = new ManualClock(0);
  let waiters: { nextOffset: number; resolve: () => void; reject: (error: unknown) => void }[] = [];
  const saves = new SnapshotSaves({
    outbox: {
      durableUpTo: (nextOffset) =>
        new Promise((resolve, reject) => {
          waiters.push({ nextOffset, resolve, reject });
        }),
    },
    store: {
      saveSnapshot: ({ nextOffset }: StoredSnapshot, { epoch }: SnapshotClaim) =>
        new Promise((done, fail) => {
          begun.push({ offset: nextOffset, epoch, done, fail });
        }),
    },
    claim: { partition: 0, epoch: 7 },
    effects: patientOn(clock),
    saved: ({ stored }) => saved.push(stored.nextOffset),
    failed: (error) => errors.push(error),
  });
  const makeDurable = (nextOffset: number): void => {
    for (const waiter of waiters) if (waiter.nextOffset <= nextOffset) waiter.resolve();
    waiters = waiters.filter((waiter) => waiter.nextOffset > nextOffset);
  };
  const abandon = (error: unknown): void => {
    for (const waiter of waiters) waiter.reject(error);
  };
  return { saves, begun, saved, errors, clock, makeDurable, abandon };
}

function snapshotAt(nextOffset: number): Parameters<SnapshotSaves['add']>[0] {
  return { stored: { partition: 0, nextOffset, bytes: new Uint8Array(1) }, retainFromOffset: 0 };
}

async function turns(): Promise<void> {
  await new Promise(setImmediate);
}

test('a snapshot is saved under the claim once all outputs before its offset are durable, and not before', async () => {
  const { saves, begun, saved, makeDurable } = setUp();
  saves.add(snapshotAt(5));
  makeDurable(4);
  await turns();
  expect(begun).toEqual([]);
  expect(saves.isBusy).toBe(true);
  makeDurable(5);
  await turns();
  expect(begun).toMatchObject([{ offset: 5, epoch: 7 }]);
  expect(saved).toEqual([]);
  begun[0]?.done();
  await saves.idle();
  expect(saved).toEqual([5]);
  expect(saves.isBusy).toBe(false);
});

test('while one is under way one waits at most, the newest, and nothing is saved twice at once', async () => {
  const { saves, begun, saved, makeDurable } = setUp();
  saves.add(snapshotAt(1));
  makeDurable(1);
  await turns();
  for (const offset of [2, 3, 4]) saves.add(snapshotAt(offset));
  makeDurable(4);
  await turns();
  expect(begun.map(({ offset }) => offset)).toEqual([1]);
  begun[0]?.done();
  await turns();
  makeDurable(4);
  await turns();
  begun[1]?.done();
  await saves.idle();
  expect(saved).toEqual([1, 4]);
});

test('a store that is away is waited for, and the same snapshot is saved again', async () => {
  const { saves, begun, saved, clock, makeDurable, errors } = setUp();
  saves.add(snapshotAt(1));
  makeDurable(1);
  await turns();
  begun[0]?.fail(new StoreError('STORE_UNAVAILABLE', 'away'));
  await turns();
  await clock.advance(10_000);
  expect(begun.map(({ offset }) => offset)).toEqual([1, 1]);
  begun[1]?.done();
  await saves.idle();
  expect([saved, errors]).toEqual([[1], []]);
});

test('a lost claim is told, and what waited is dropped', async () => {
  const { saves, begun, saved, errors, makeDurable } = setUp();
  saves.add(snapshotAt(1));
  makeDurable(1);
  await turns();
  saves.add(snapshotAt(2));
  const lost = new StoreError('CLAIM_LOST', 'another has it');
  begun[0]?.fail(lost);
  await saves.idle();
  expect([saved, errors, begun.length]).toEqual([[], [lost], 1]);
});

test('when outputs will never be durable the snapshot that covers them is not saved', async () => {
  const { saves, begun, errors, abandon } = setUp();
  saves.add(snapshotAt(1));
  await turns();
  const reason = new Error('ended');
  abandon(reason);
  await saves.idle();
  expect([begun, errors]).toEqual([[], [reason]]);
});
