/** The bounded writer over units by hand: bounds, retries, splits, and what becomes of each error. */
import { StoreError } from '@tapeline/domain';
import { createMetrics, ManualClock, type Metrics, type RandomSource } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { type Answer, clientTimeout, HandUnit, noHost, nodeError } from '../test-kit/hand-units.ts';
import { storeMetrics } from './store-metrics.ts';
import { windowLimits } from './write-window.ts';
import { writeLimits, Writer } from './writer.ts';

const half: RandomSource = { next: () => 0.5, bits: () => 0n };

type Rig = { readonly writer: Writer; readonly clock: ManualClock; readonly metrics: Metrics };

function rig(diagnose: () => Promise<StoreError | undefined> = async () => undefined): Rig {
  const clock = new ManualClock(0);
  const metrics = createMetrics({ ofProcess: false });
  const parts = { clock, random: half, metrics: storeMetrics(metrics), retryForMs: 5_000, diagnose };
  return { writer: new Writer(parts), clock, metrics };
}

/** Lets time pass until the promise settles; bounded. */
async function settle<Value>(clock: ManualClock, promise: Promise<Value>): Promise<Value | Error> {
  let done = false;
  const outcome = promise.then(
    (value) => value,
    (error: unknown) => error as Error,
  );
  void outcome.then(() => (done = true));
  for (let step = 0; step < 200 && !done; step += 1) await clock.advance(100);
  expect(done).toBe(true);
  return outcome;
}

/** Fails so many times, then goes through. */
function failing(times: number, error: () => Error, sent: number[][] = []): Answer {
  let left = times;
  return async (rows) => {
    sent.push([...rows]);
    left -= 1;
    if (left >= 0) throw error();
  };
}

const passing: readonly (readonly [string, () => Error])[] = [
  ['write_timeout', () => nodeError('writeTimeout')],
  ['overloaded', () => nodeError('overloaded')],
  ['unavailable', () => nodeError('unavailableException')],
  ['bootstrapping', () => nodeError('isBootstrapping')],
  ['write_failure', () => nodeError('writeFailure')],
  ['server_error', () => nodeError('serverError')],
  ['client_timeout', clientTimeout],
  ['no_host', noHost],
  // A node that starts refuses logins until it has read its roles.
  ['unauthorized', () => nodeError('unauthorized', 'no MODIFY permission')],
  ['bad_credentials', () => noHost({ a: nodeError('badCredentials'), b: nodeError('badCredentials') })],
];

for (const [code, error] of passing) {
  test(`${code} is tried again with the same rows until it goes through`, async () => {
    const { writer, clock, metrics } = rig();
    const sent: number[][] = [];
    const written = writer.write('writing', [new HandUnit([1], failing(3, error, sent))]);
    expect(await settle(clock, written)).toBeUndefined();
    expect(sent).toEqual([[1], [1], [1], [1]]);
    expect(await metrics.text()).toContain(`tapeline_store_failures_total{code="${code}"} 3`);
  });

  test(`${code} that does not end rejects with STORE_UNAVAILABLE after some seconds, not before`, async () => {
    const { writer, clock } = rig();
    const written = writer.write('writing bars', [new HandUnit([1], failing(Infinity, error))]);
    const failed = await settle(clock, written);
    expect(failed).toBeInstanceOf(StoreError);
    expect(failed).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((failed as Error).message).toMatch(/^writing bars: Cassandra does not take it/);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(5_000);
    expect(clock.monotonicMs()).toBeLessThan(8_000);
  });
}

test('a batch that is refused is split until its rows go through', async () => {
  const { writer, clock, metrics } = rig();
  const sent: number[][] = [];
  const tooLarge: Answer = async (rows) => {
    if (rows.length > 2) throw nodeError('invalid', 'Batch too large');
    sent.push([...rows]);
  };
  expect(await settle(clock, writer.write('writing', [new HandUnit([1, 2, 3, 4, 5, 6, 7], tooLarge)]))).toBeUndefined();
  expect(sent.flat().sort((left, right) => left - right)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(await metrics.text()).toContain('tapeline_store_batches_split_total 3');
});

test('a write that fails twice for its size alone goes through in halves', async () => {
  const { writer, clock } = rig();
  const sent: number[][] = [];
  const answer: Answer = async (rows) => {
    if (rows.length > 1) throw nodeError('writeFailure');
    sent.push([...rows]);
  };
  expect(await settle(clock, writer.write('writing', [new HandUnit([1, 2], answer)]))).toBeUndefined();
  expect(sent).toEqual([[1], [2]]);
});

test('one row that is refused rejects with STORE_UNFIT at once, in the words of whoever can tell why', async () => {
  const refused: Answer = async () => {
    throw nodeError('invalid', 'Undefined column name volume');
  };
  const plain = rig();
  const failed = await settle(plain.clock, plain.writer.write('writing bars', [new HandUnit([1], refused)]));
  expect(failed).toMatchObject({ code: 'STORE_UNFIT' });
  expect((failed as Error).message).toContain('Undefined column name volume');
  const told = rig(async () => new StoreError('STORE_UNFIT', 'column bars.volume is missing'));
  const named = await settle(told.clock, told.writer.write('writing bars', [new HandUnit([1], refused)]));
  expect(named).toMatchObject({ code: 'STORE_UNFIT', message: 'column bars.volume is missing' });
});

test('a row beyond what a node takes at once is STORE_UNFIT, and names the setting', async () => {
  const { writer, clock } = rig();
  const answer: Answer = async () => {
    throw nodeError('invalid', 'Rejected an oversized mutation (56057/49152) for keyspace: k');
  };
  const failed = await settle(clock, writer.write('writing', [new HandUnit([1], answer)]));
  expect(failed).toMatchObject({ code: 'STORE_UNFIT', message: expect.stringContaining('max_mutation_size') });
});

test('what a login may not do any more is told with user, password and grants', async () => {
  const { writer, clock } = rig();
  const answer: Answer = async () => {
    throw nodeError('unauthorized', 'no MODIFY permission');
  };
  const failed = await settle(clock, writer.write('writing', [new HandUnit([1], answer)]));
  expect(String(failed)).toMatch(
    /our login \(unauthorized: no MODIFY permission\).* user, password and SELECT and MODIFY/,
  );
});

test('full disks are STORE_FULL', async () => {
  const { writer, clock } = rig();
  const answer: Answer = async () => {
    throw nodeError('invalid', 'Write request failed because disk usage exceeds failure threshold');
  };
  const failed = await settle(clock, writer.write('writing', [new HandUnit([1], answer)]));
  expect(failed).toMatchObject({ code: 'STORE_FULL' });
});

test('a defect of ours is thrown on as it is', async () => {
  const { writer, clock } = rig();
  const defect = new TypeError('not a bigint');
  const answer: Answer = async () => {
    throw defect;
  };
  expect(await settle(clock, writer.write('writing', [new HandUnit([1], answer)]))).toBe(defect);
});

test('no more than the window is under way, it grows with success and is halved once by many timeouts', async () => {
  const { writer, clock } = rig();
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const answer: Answer = async () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  const units = Array.from({ length: 5_000 }, (_, number) => new HandUnit([number], answer));
  const written = writer.write('writing', units);
  expect(waiting).toHaveLength(windowLimits.start);
  for (const one of waiting.splice(0)) one.reject(clientTimeout());
  await clock.advance(1_000);
  expect(waiting).toHaveLength(windowLimits.start / 2);
  let most = 0;
  for (let round = 0; round < 2_000 && waiting.length > 0; round += 1) {
    most = Math.max(most, waiting.length);
    for (const one of waiting.splice(0)) one.resolve();
    await clock.advance(10);
  }
  await written;
  expect(most).toBeGreaterThan(windowLimits.start / 2);
  expect(most).toBeLessThanOrEqual(windowLimits.max);
});

test('past its bytes a call is refused at once and nothing of it is sent; a single call may be larger', async () => {
  const { writer } = rig();
  const release: (() => void)[] = [];
  const held: Answer = async () => new Promise((resolve) => release.push(resolve));
  const large = writer.write('writing', [new HandUnit([1], held, writeLimits.waitingBytesMax + 1)]);
  let sent = 0;
  const counted: Answer = async () => void (sent += 1);
  await expect(writer.write('writing bars', [new HandUnit([2], counted)])).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: `writing bars: ${writeLimits.waitingBytesMax + 1} bytes wait to be written already, of ${writeLimits.waitingBytesMax} at most; write it again later`,
  });
  expect(sent).toBe(0);
  for (const go of release) go();
  await large;
  await writer.write('writing', [new HandUnit([2], counted)]);
  expect(sent).toBe(1);
});

test('once a call has failed its waiting units are not sent', async () => {
  const { writer, clock } = rig();
  let sent = 0;
  const answer: Answer = async () => {
    sent += 1;
    throw nodeError('syntaxError');
  };
  const units = Array.from({ length: 1_000 }, (_, number) => new HandUnit([number], answer));
  expect(await settle(clock, writer.write('writing', units))).toMatchObject({ code: 'STORE_UNFIT' });
  expect(sent).toBeLessThanOrEqual(windowLimits.start * 2);
  await writer.settled();
});
