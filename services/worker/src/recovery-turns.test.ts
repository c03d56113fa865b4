/** Who recovers when: so many at once, the others in the order of their partitions. */
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { PartitionEndedError } from './partition-ended-error.ts';
import { recoveriesMax, RecoveryTurns, turnMsMax } from './recovery-turns.ts';

/** Partitions that want a turn, each with its own stop. */
class Queue {
  readonly told: number[] = [];
  readonly begun: number[] = [];
  readonly waited: number[] = [];
  readonly ended: number[] = [];
  readonly ends = new Map<number, () => void>();
  readonly stops = new Map<number, AbortController>();
  readonly clock = new ManualClock(0);
  readonly #turns = new RecoveryTurns(this.clock, (waiting) => this.told.push(waiting));

  async want(...partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) {
      const stop = new AbortController();
      this.stops.set(partition, stop);
      this.#turns
        .take(partition, stop.signal, () => this.waited.push(partition))
        .then(
          ({ end }) => {
            this.begun.push(partition);
            this.ends.set(partition, end);
          },
          (error: unknown) => {
            if (error instanceof PartitionEndedError) this.ended.push(partition);
          },
        );
    }
    await this.turn();
  }

  async turn(): Promise<void> {
    await new Promise(setImmediate);
  }
}

test('two begin at once; of those that wait the lowest partition is next, whenever it came', async () => {
  const queue = new Queue();
  await queue.want(9, 4, 8, 3, 7);
  expect(recoveriesMax).toBe(2);
  expect([queue.begun, queue.waited, queue.told]).toEqual([
    [9, 4],
    [8, 3, 7],
    [1, 2, 3],
  ]);
  queue.ends.get(9)?.();
  queue.ends.get(9)?.();
  await queue.want(1);
  expect(queue.begun).toEqual([9, 4, 3]);
  queue.ends.get(4)?.();
  queue.ends.get(3)?.();
  await queue.turn();
  expect(queue.begun).toEqual([9, 4, 3, 1, 7]);
  for (const end of queue.ends.values()) end();
  await queue.turn();
  expect(queue.begun.at(-1)).toBe(8);
  expect(queue.told.at(-1)).toBe(0);
});

test('a partition that ends gives its turn up, and one that waits leaves the queue', async () => {
  const queue = new Queue();
  await queue.want(0, 1, 2, 3);
  queue.stops.get(2)?.abort();
  await queue.turn();
  expect([queue.ended, queue.told.at(-1)]).toEqual([[2], 1]);
  queue.stops.get(0)?.abort();
  await queue.turn();
  expect(queue.begun).toEqual([0, 1, 3]);
  // A turn that is over does not end twice.
  queue.ends.get(0)?.();
  await queue.want(4);
  expect(queue.begun).toEqual([0, 1, 3]);
});

test('a turn that comes as its partition ends goes on to the next', async () => {
  const queue = new Queue();
  await queue.want(0, 1, 2, 3);
  queue.ends.get(0)?.();
  queue.stops.get(2)?.abort();
  await queue.turn();
  expect(queue.begun).toContain(3);
});

test('a turn that hangs ends at its bound, and the next one begins', async () => {
  const queue = new Queue();
  await queue.want(0, 1, 2);
  await queue.clock.advance(turnMsMax - 1);
  expect(queue.begun).toEqual([0, 1]);
  queue.ends.get(1)?.();
  await queue.want(3);
  expect(queue.begun).toEqual([0, 1, 2]);
  await queue.clock.advance(1);
  await queue.turn();
  expect(queue.begun).toEqual([0, 1, 2, 3]);
  // Nothing sleeps for turns that are over.
  expect(queue.clock.sleeping).toBe(2);
});
