/** A start waits for servers, topics and tables as long as it was told, says for what, and hears a stop. */
import { LogError } from '@tapeline/domain';
import { createHealth, createMetrics, ManualClock, silentLogger, systemRandom } from '@tapeline/runtime';
import { beforeEach, expect, test } from 'vitest';
import { type Backend, BackendError, type BackendParts } from './backend.ts';
import { waitForServers } from './wait-for-servers.ts';

let clock: ManualClock;
let parts: BackendParts;
let warned: string[];
let tries: number;

beforeEach(() => {
  clock = new ManualClock();
  warned = [];
  tries = 0;
  const logger = {
    ...silentLogger,
    warn: (_: string, fields?: { reason?: unknown }) => warned.push(String(fields?.reason)),
  };
  const metrics = createMetrics({ ofProcess: false });
  parts = { clock, random: { ...systemRandom, next: () => 0.5 }, logger, metrics, health: createHealth() };
});

/** Fails so often, with these one after the other, then opens. */
function opening(...errors: readonly Error[]): () => Promise<Backend> {
  return async () => {
    const error = errors[tries];
    tries += 1;
    if (error !== undefined) throw error;
    return { place: 'there' } as Backend;
  };
}

/** Waits while time goes on. */
async function wait(open: () => Promise<Backend>, waitMs: number, own: BackendParts = parts): Promise<string> {
  let answer: string | undefined;
  const done = waitForServers(open, waitMs, own).then(
    ({ place }) => (answer = place),
    (error: Error) => (answer = error.message),
  );
  for (let step = 0; step < 1_000 && answer === undefined; step += 1) await clock.advance(100);
  return done;
}

const away = new BackendError('no broker answers');
const missing = new BackendError('topics are missing');

test('what comes while it waits is opened', async () => {
  expect(await wait(opening(away, away, missing), 60_000)).toBe('there');
  expect(tries).toBe(4);
});

test('it says for what it waits, once for each reason', async () => {
  const open = opening(away, away, missing, missing);
  const seen = new Set<string>();
  parts.health.onChange(({ parts: [part] }) => seen.add(`${part?.state} ${part?.detail}`));
  await wait(open, 60_000);
  expect(warned).toEqual(['no broker answers', 'topics are missing']);
  expect([...seen]).toEqual(['starting waits: no broker answers', 'starting waits: topics are missing']);
});

test('after the time the last problem is told', async () => {
  const never = opening(...Array.from({ length: 1_000 }, () => away));
  expect(await wait(never, 10_000)).toBe('no broker answers');
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(10_000);
  expect(clock.monotonicMs()).toBeLessThan(14_000);
  expect(tries).toBeLessThan(50);
});

test('without time it does not wait', async () => {
  expect(await wait(opening(away), 0)).toBe('no broker answers');
  expect(tries).toBe(1);
});

test('a replaced log is not waited for, and neither is a defect', async () => {
  expect(await wait(opening(new LogError('LOG_REPLACED', 'another topic')), 60_000)).toBe('another topic');
  tries = 0;
  expect(await wait(opening(new TypeError('a defect')), 60_000)).toBe('a defect');
  expect([tries, warned]).toEqual([1, []]);
});

test('a stop ends the wait', async () => {
  const stopping = new AbortController();
  const never = opening(...Array.from({ length: 1_000 }, () => away));
  setTimeout(() => stopping.abort(), 5);
  expect(await wait(never, 3_600_000, { ...parts, stop: stopping.signal })).toBe('no broker answers');
});
