/** Requests between the library and a handler: what is held, when it is read on, who is woken. */
import { expect, test } from 'vitest';
import { RequestQueue, requestBytesHeldMax, requestsHeldMax } from './read-requests.ts';

const bytesAsTheyAre = {
  encode: (bytes: Uint8Array) => ({ finish: () => bytes }),
  decode: (bytes: Uint8Array) => bytes,
};

/** A queue on a source that gives as many requests of a size as it is asked for. */
function bench(bytes: number): {
  readonly queue: RequestQueue;
  readonly stop: AbortController;
  readonly seen: { reads: number; counted: number };
} {
  const seen = { reads: 0, counted: 0 };
  const stop = new AbortController();
  const queue = new RequestQueue({
    signal: stop.signal,
    startRead: () => {
      seen.reads += 1;
      queue.push(new Uint8Array(bytes));
    },
    counted: (requests) => {
      seen.counted += requests;
    },
  });
  return { queue, stop, seen };
}

test.each([
  ['bytes', 1_024, requestBytesHeldMax / 1_024],
  ['requests, even of empty ones', 0, requestsHeldMax],
])('so many %s wait at most, and reading goes on as they are taken', (_what, bytes, held) => {
  const { queue, seen } = bench(bytes);
  queue.start();
  expect(seen.reads).toBe(held);
  const requests = queue.of(bytesAsTheyAre);
  for (let taken = 0; taken < 3; taken += 1) expect(requests.ready()?.length).toBe(bytes);
  expect(seen.reads).toBe(held + 3);
});

test('requests are counted when nothing more is there, and a handler that waits is told of the end', async () => {
  const seen: number[] = [];
  const { signal } = new AbortController();
  const queue = new RequestQueue({
    signal,
    startRead: () => undefined,
    counted: (requests) => void seen.push(requests),
  });
  const requests = queue.of(bytesAsTheyAre);
  const all = (async () => {
    const sizes: number[] = [];
    for await (const { length } of requests) sizes.push(length);
    return sizes;
  })();
  for (const size of [3, 1, 2]) queue.push(new Uint8Array(size));
  await new Promise((resolve) => setImmediate(resolve));
  queue.end();
  expect([await all, seen]).toEqual([[3, 1, 2], [3]]);
});

test('whoever pulls gets the reason of the signal, also while it waits', async () => {
  const stop = new AbortController();
  const queue = new RequestQueue({ signal: stop.signal, startRead: () => undefined, counted: () => undefined });
  const requests = queue.of(bytesAsTheyAre);
  const next = requests[Symbol.asyncIterator]().next();
  stop.abort(new Error('over'));
  await expect(next).rejects.toThrow('over');
  expect(() => requests.ready()).toThrow('over');
});
