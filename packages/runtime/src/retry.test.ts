/** What is tried again, how often, and what ends it. */
import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { retry, type RetryConfig } from './retry.ts';

class PassingError extends Error {}

function setup(extra: Partial<RetryConfig> = {}): { readonly config: RetryConfig; readonly clock: ManualClock } {
  const clock = new ManualClock();
  const random = { next: () => 0.5, bits: () => 0n };
  const retryIf = (error: unknown): boolean => error instanceof PassingError;
  return { clock, config: { attemptsMax: 4, firstMs: 100, maxMs: 1_000, retryIf, clock, random, ...extra } };
}

/** What a promise rejected with, caught at once so that no rejection is ever unhandled. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('an error that passes is tried again after a growing wait, and the value comes out', async () => {
  const told: string[] = [];
  const { clock, config } = setup({
    onRetry: (error, attempt, waitMs) => told.push(`${String(error)} ${attempt} ${waitMs}`),
  });
  const value = retry(async (attempt) => {
    if (attempt < 3) throw new PassingError(`at ${clock.nowMs()}`);
    return `at ${clock.nowMs()}`;
  }, config);
  await clock.advance(1_000);
  expect(await value).toBe('at 150');
  expect(told).toEqual(['Error: at 0 1 50', 'Error: at 50 2 100']);
});

test('at the bound the last error comes out', async () => {
  const { clock, config } = setup();
  let attempts = 0;
  const failed = errorOf(
    retry(async () => {
      attempts += 1;
      throw new PassingError(`try ${attempts}`);
    }, config),
  );
  await clock.advance(10_000);
  expect(await failed).toEqual(new PassingError('try 4'));
  expect(attempts).toBe(4);
});

test('an error that cannot pass is not tried again', async () => {
  const { config } = setup();
  let attempts = 0;
  const failed = retry(async () => {
    attempts += 1;
    throw new RangeError('wrong');
  }, config);
  await expect(failed).rejects.toThrow('wrong');
  expect(attempts).toBe(1);
});

test('a stop during the wait ends the tries with the last error', async () => {
  const stop = new AbortController();
  const { clock, config } = setup({ signal: stop.signal });
  let attempts = 0;
  const failed = errorOf(
    retry(async () => {
      attempts += 1;
      throw new PassingError('cut');
    }, config),
  );
  await clock.advance(1);
  stop.abort();
  expect(await failed).toEqual(new PassingError('cut'));
  expect(attempts).toBe(1);
});

test('no attempt at all is refused', async () => {
  await expect(retry(async () => 1, setup({ attemptsMax: 0 }).config)).rejects.toThrow(
    'attemptsMax is 0; give 1 or more',
  );
});
