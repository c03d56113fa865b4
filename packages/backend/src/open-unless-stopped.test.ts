/** A start that is stopped: what must not be cut keeps it, within its bound, and nothing else does. */
import { createHealth, createMetrics, ManualClock, silentLogger, StartStoppedError } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import type { Backend, BackendParts } from './backend.ts';
import { openUnlessStopped } from './open-unless-stopped.ts';

/** A start that hangs, and has this under way. */
function hanging(works: readonly Promise<unknown>[]): {
  readonly clock: ManualClock;
  readonly stop: AbortController;
  readonly starting: Promise<unknown>;
} {
  const [clock, stop] = [new ManualClock(), new AbortController()];
  const parts = {
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
    health: createHealth(),
    random: { next: () => 0, bits: () => 0n },
    stop: stop.signal,
  };
  const open = async ({ beforeEnd }: BackendParts): Promise<Backend> => {
    for (const work of works) beforeEnd?.(work);
    return new Promise(() => undefined);
  };
  const starting = openUnlessStopped(open, parts).catch((error: unknown) => [error, clock.monotonicMs()]);
  return { clock, stop, starting };
}

const stopped = expect.any(StartStoppedError) as unknown;

test('a start that hangs ends at the stop at once', async () => {
  const { stop, starting } = hanging([]);
  stop.abort();
  expect(await starting).toEqual([stopped, 0]);
});

test.each(['ends well', 'fails'])('work that must not be cut is waited for, also if it %s', async (how) => {
  const work = new Promise<void>((resolve, reject) => {
    const end = how === 'fails' ? (): void => reject(new Error('no node')) : resolve;
    setImmediate(() => void clock.sleep(3_000).then(end));
  });
  const { clock, stop, starting } = hanging([Promise.resolve(), work]);
  stop.abort();
  await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(3_000);
  expect(await starting).toEqual([stopped, 3_000]);
});

test('work that hangs keeps the process for 5 s', async () => {
  const { clock, stop, starting } = hanging([new Promise(() => undefined)]);
  stop.abort();
  await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(5_000);
  expect(await starting).toEqual([stopped, 5_000]);
});
