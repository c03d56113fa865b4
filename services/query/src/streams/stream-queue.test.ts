/** The queue of one reader: order, its bound, and who is told. */
import type { RpcError } from '@tapeline/grpc';
import { expect, test } from 'vitest';
import { shuttingDown } from '../refusal.ts';
import { StreamBatch } from './stream-batch.ts';
import { StreamQueue } from './stream-queue.ts';

type Item = { readonly dataset: string; readonly instrument: string; readonly bytes: Uint8Array };

function batch(nextOffset: number, bytes: number, partition: number = 0): StreamBatch<Item> {
  return new StreamBatch([{ dataset: 'd', instrument: 'i', bytes: new Uint8Array(bytes) }], partition, nextOffset);
}

test('batches come out in their order, also past the bound of what is kept in front', () => {
  const queue = new StreamQueue<Item>({ bytesMax: 1e9, starts: [0] });
  const taken: number[] = [];
  for (let offset = 1; offset <= 5_000; offset += 1) {
    queue.offer(batch(offset, 1));
    if (offset % 3 === 0) taken.push(queue.take()?.nextOffset ?? 0);
  }
  for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next.nextOffset);
  expect(taken).toEqual(Array.from({ length: 5_000 }, (_, index) => index + 1));
  expect([queue.isEmpty, queue.bytes]).toEqual([true, 0]);
});

test('what lies before the start of a partition was read before and is left out', () => {
  const queue = new StreamQueue<Item>({ bytesMax: 1e9, starts: [7, 0] });
  for (const one of [batch(7, 1), batch(8, 1), batch(3, 1, 1)]) queue.offer(one);
  expect([queue.take()?.nextOffset, queue.take()?.nextOffset, queue.take()]).toEqual([8, 3, undefined]);
});

test('at its bound it holds, above it lets go of everything and tells once', async () => {
  const problems: RpcError[] = [];
  const queue = new StreamQueue<Item>({ bytesMax: 100, starts: [0], onProblem: (problem) => problems.push(problem) });
  queue.offer(batch(1, 60));
  queue.offer(batch(2, 40));
  expect([queue.problem, queue.bytes]).toEqual([undefined, 100]);
  queue.offer(batch(3, 1));
  expect(queue.problem).toMatchObject({ reason: 'READER_TOO_SLOW', facts: { limit: '100' } });
  queue.offer(batch(4, 1));
  queue.end(shuttingDown());
  expect([queue.bytes, queue.isEmpty, queue.take(), problems.length]).toEqual([0, true, undefined, 1]);
  await queue.wait();
});

test('a waiter wakes for what came before it waited, and once for what comes after', async () => {
  const queue = new StreamQueue<Item>({ bytesMax: 100, starts: [0] });
  queue.offer(batch(1, 1));
  await queue.wait();
  let woken = false;
  const waiting = queue.wait().then(() => (woken = true));
  await Promise.resolve();
  expect(woken).toBe(false);
  queue.wake();
  await waiting;
});
