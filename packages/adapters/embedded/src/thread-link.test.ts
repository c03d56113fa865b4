/** A thread that ends takes nobody's call with it unanswered, and too many calls are refused. */
import { type Logger, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { newDirectory, rejectionOf } from '../test-kit/data-directory.ts';
import type { LogCalls } from './log-calls.ts';
import { callsMax, ThreadLink } from './thread-link.ts';

test('a call that the thread cannot do is a failure with its words, and the next call is answered', async () => {
  const link = new ThreadLink<LogCalls>('log-thread', silentLogger);
  const sweep = { cutoffMs: 0, pinnedOffsets: new Float64Array(3) };
  expect(await rejectionOf(link.call('sweep', sweep))).toMatchObject({ failure: { message: 'the log is not open' } });
  const request = { dataDir: newDirectory(), partitions: 1, logId: 'x', nowMs: 0 };
  expect(await link.call('open', request)).toMatchObject({ logId: 'x', places: [{}, {}, {}, {}] });
  await link.end();
});

test('when the thread ends, open calls and later ones fail with the remedy, and it is told', async () => {
  const errors: unknown[] = [];
  const logger: Logger = { ...silentLogger, error: (_message, fields) => errors.push(fields) };
  const link = new ThreadLink<LogCalls>('log-thread', logger);
  const open = rejectionOf(link.call('close', undefined));
  await link.end();
  expect(await open).toMatchObject({ failure: { kind: 'unavailable' } });
  expect(await rejectionOf(link.call('close', undefined))).toMatchObject({
    message: 'the log-thread does not run: it was ended; restart the process',
  });
  expect(errors).toEqual([]);
});

test('past the bound of open calls the next one is refused', async () => {
  const link = new ThreadLink<LogCalls>('log-thread', silentLogger);
  const calls = Array.from({ length: callsMax }, async () => link.call('close', undefined));
  expect(await rejectionOf(link.call('close', undefined))).toMatchObject({ failure: { kind: 'busy' } });
  await Promise.all(calls);
  await link.call('close', undefined);
  await link.end();
});
