/** The queue of keys: each to one worker at a time, none lost, edits first. */
import { ManualClock } from '@tapeline/runtime';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WorkQueue } from './work-queue.ts';

const never = new AbortController().signal;

/** What can be taken now, one after the other. */
async function drained(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const key = await queue.take(never);
    if (key !== undefined) {
      keys.push(key);
      queue.done(key);
    }
  }
  return keys;
}

test('a key added many times is worked on once', async () => {
  const queue = new WorkQueue({ clock: new ManualClock() });
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
  expect(await drained(queue)).toEqual(['a', 'b']);
});

test('a key added while it is worked on comes again when that is done, and not before', async () => {
  const queue = new WorkQueue({ clock: new ManualClock() });
  queue.add('a');
  expect(await queue.take(never)).toBe('a');
  queue.add('a');
  queue.add('a');
  expect(queue.depth).toBe(0);
  queue.done('a');
  expect(await drained(queue)).toEqual(['a']);
});

test('an edit goes before resyncs, and takes a key out of their lane', async () => {
  const queue = new WorkQueue({ clock: new ManualClock() });
  for (const key of ['r1', 'r2', 'r3']) queue.add(key, 'resync');
  queue.add('e1');
  queue.add('r3', 'edit');
  expect(await drained(queue)).toEqual(['e1', 'r3', 'r1', 'r2']);
});

test('a resync does not wait for ever behind edits: one of ten is of its lane', async () => {
  const queue = new WorkQueue({ clock: new ManualClock() });
  queue.add('old', 'resync');
  for (let edit = 0; edit < 30; edit += 1) queue.add(`edit-${edit}`);
  expect((await drained(queue)).indexOf('old')).toBe(9);
});

test('a key wanted later comes when its time has come, and at once if it is edited before', async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock });
  queue.addAfter('later', 500);
  queue.addAfter('sooner', 100);
  queue.addAfter('edited', 60_000);
  queue.add('edited');
  expect(await drained(queue)).toEqual(['edited']);
  await clock.advance(99);
  expect(queue.depth).toBe(0);
  await clock.advance(1);
  expect(await drained(queue)).toEqual(['sooner']);
  await clock.advance(400);
  expect(await drained(queue)).toEqual(['later']);
  await clock.advance(120_000);
  expect(queue.depth).toBe(0);
});

test('a key that failed waits longer each time, at least as long as the server asked, and is forgiven by a success', async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock });
  expect(queue.addAfterFailure('a')).toBe(5);
  expect(queue.addAfterFailure('a')).toBe(10);
  expect(queue.addAfterFailure('b', 3_000)).toBe(3_000);
  expect(queue.failures('a')).toBe(2);
  queue.forget('a');
  expect(queue.addAfterFailure('a')).toBe(5);
  await clock.advance(5);
  expect(await drained(queue)).toEqual(['a']);
});

test('a full queue refuses a new key, says so, and still takes keys that it has', async () => {
  let refused = 0;
  const observer = {
    added: () => undefined,
    depth: () => undefined,
    taken: () => undefined,
    done: () => undefined,
    retried: () => undefined,
    refused: () => {
      refused += 1;
    },
  };
  const queue = new WorkQueue({ clock: new ManualClock(), keysMax: 3, observer });
  expect([queue.add('a'), queue.add('b'), queue.addAfter('c', 10)]).toEqual([true, true, true]);
  expect([queue.add('d'), queue.addAfter('d', 10)]).toEqual([false, false]);
  expect([queue.add('a'), queue.add('c')]).toEqual([true, true]);
  expect(refused).toBe(2);
  expect(await drained(queue)).toEqual(['a', 'b', 'c']);
});

test('a worker that waits is let go by its stop, and the others wait on', async () => {
  const queue = new WorkQueue({ clock: new ManualClock() });
  const stop = new AbortController();
  const stopped = queue.take(stop.signal);
  const waiting = queue.take(never);
  stop.abort();
  expect(await stopped).toBeUndefined();
  queue.add('a');
  expect(await waiting).toBe('a');
});

test('ages of work and of waiting are told while they last', async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock });
  queue.add('a');
  queue.add('b');
  await queue.take(never);
  await clock.advance(700);
  expect([queue.longestWorkMs(), queue.standstillMs(), queue.unfinishedWorkMs()]).toEqual([700, 700, 700]);
  queue.done('a');
  expect(queue.longestWorkMs()).toBe(0);
  expect(() => queue.done('a')).toThrow(RangeError);
});

test('whatever workers and adders do, no key is worked on twice at once and every adding is followed by work', async () => {
  const operation = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), key: fc.integer({ min: 0, max: 5 }), resync: fc.boolean() }),
    fc.record({
      kind: fc.constant('after' as const),
      key: fc.integer({ min: 0, max: 5 }),
      ms: fc.integer({ min: 0, max: 50 }),
    }),
    fc.record({ kind: fc.constant('fail' as const), key: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 60 }) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { maxLength: 60 }),
      fc.integer({ min: 1, max: 3 }),
      async (operations, workers) => {
        const clock = new ManualClock();
        const queue = new WorkQueue({ clock });
        const stop = new AbortController();
        const atWork = new Set<string>();
        const addedAt = new Map<string, number>();
        const beganAt = new Map<string, number>();
        let step = 0;
        const work = async (): Promise<void> => {
          for (let key = await queue.take(stop.signal); key !== undefined; key = await queue.take(stop.signal)) {
            expect(atWork.has(key)).toBe(false);
            atWork.add(key);
            beganAt.set(key, step);
            await clock.sleep(7, stop.signal);
            atWork.delete(key);
            queue.done(key);
          }
        };
        const working = Array.from({ length: workers }, work);
        for (const operation of operations) {
          step += 1;
          if (operation.kind === 'pass') await clock.advance(operation.ms);
          else {
            const key = String(operation.key);
            addedAt.set(key, step);
            if (operation.kind === 'add') queue.add(key, operation.resync ? 'resync' : 'edit');
            else if (operation.kind === 'after') queue.addAfter(key, operation.ms);
            else queue.addAfterFailure(key);
          }
        }
        step += 1;
        await clock.advance(2_000_000);
        for (const [key, at] of addedAt) expect(beganAt.get(key) ?? -1).toBeGreaterThanOrEqual(at);
        expect([queue.depth, queue.working]).toEqual([0, 0]);
        stop.abort();
        await Promise.all(working);
      },
    ),
    { numRuns: 60 },
  );
});
