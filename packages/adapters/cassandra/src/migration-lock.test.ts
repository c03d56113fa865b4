/** The lock on migrations over a row by hand: lost answers, a holder that is gone or shall stop, the bounds of waiting. */
import { ManualClock, silentLogger, StartStoppedError } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { clientTimeout, nodeError } from '../test-kit/hand-units.ts';
import { lockStatements, withMigrationLock } from './migration-lock.ts';
import type { Row, Session, Value } from './session.ts';

/** The table of the lock: one row, whose writes may lose their answers. */
class LockRow {
  readonly clock = new ManualClock();
  owner: string | undefined;
  endMs = 0;
  /** Of the next statements: `lost` is done without an answer, `refused` is neither done nor answered, `late` takes 1 s. */
  readonly faults: ('lost' | 'refused' | 'late' | undefined)[] = [];
  readonly stopping = new AbortController();
  beforeEnd: Promise<unknown> | undefined;
  statements = 0;

  readonly session = {
    keyspace: 'hand',
    execute: async (statement: string, values: readonly Value[]) => this.#execute(statement, values),
  } as Session;

  async #execute(statement: string, values: readonly Value[]): Promise<readonly Row[]> {
    this.statements += 1;
    const fault = this.faults.shift();
    if (fault === 'late') await this.clock.sleep(1_000);
    if (fault === 'refused') throw nodeError('writeTimeout');
    const row = this.#decide(statement, String(values.at(-1)));
    if (fault === 'lost') throw clientTimeout();
    return [row];
  }

  #decide(statement: string, owner: string): Row {
    const held = this.clock.monotonicMs() < this.endMs ? this.owner : undefined;
    const isFit = statement === lockStatements.take ? held === undefined : held === owner;
    if (!isFit) return { '[applied]': false, ...(held === undefined ? {} : { owner: held }) };
    this.owner = statement === lockStatements.free ? undefined : owner;
    this.endMs = this.clock.monotonicMs() + Number(/USING TTL (\d+)/.exec(statement)?.[1]) * 1_000;
    return { '[applied]': true };
  }

  /** Runs `work` under the lock while time passes. */
  async run<Result>(work: Parameters<typeof withMigrationLock<Result>>[2]): Promise<Result> {
    const state = { isOver: false };
    const over = (): void => void (state.isOver = true);
    const { clock, stopping } = this;
    const beforeEnd = (running: Promise<unknown>): void => void (this.beforeEnd = running);
    const parts = { clock, logger: silentLogger, stop: stopping.signal, beforeEnd };
    const running = withMigrationLock(this.session, parts, work);
    running.then(over, over);
    for (let steps = 0; steps < 2_000 && !state.isOver; steps += 1) await clock.advance(250);
    return running;
  }
}

test.each([[['lost']], [['refused']], [['lost', 'lost', 'refused', 'lost']]] as const)(
  'a yes to the lock whose answer is %s is ours, without a wait for its end',
  async (faults) => {
    const row = new LockRow();
    row.faults.push(...faults);
    expect(await row.run(async () => [row.owner === undefined, row.clock.monotonicMs()])).toEqual([
      false,
      faults.length * 250,
    ]);
    expect(row.owner).toBeUndefined();
  },
);

test('a renewal and a return whose answers are lost are asked for again', async () => {
  const row = new LockRow();
  await row.run(async (lock) => {
    row.faults.push('lost', 'refused', undefined, 'lost', 'refused');
    await lock.renew();
    expect(row.endMs).toBeGreaterThan(60_000);
  });
  expect([row.owner, row.faults]).toEqual([undefined, []]);
});

test('a lock that cannot be given back is left to its end, and what was done under it stands', async () => {
  const row = new LockRow();
  const done = await row.run(async () => {
    row.faults.push(...Array.from({ length: 100 }, () => 'refused' as const));
    return 'done';
  });
  expect([done, row.statements, row.owner === undefined]).toEqual(['done', 9, false]);
});

test('a lock of somebody who is gone is waited for until it ends; one that is held on to is told after two minutes', async () => {
  const row = new LockRow();
  [row.owner, row.endMs] = ['another', 60_000];
  expect(await row.run(async () => row.clock.monotonicMs())).toBe(60_000);
  [row.owner, row.endMs] = ['another', Infinity];
  await expect(row.run(async () => undefined)).rejects.toMatchObject({
    code: 'STORE_UNFIT',
    message: expect.stringContaining('has been held by another process for 120 s'),
  });
});

test('a holder that lost its lock hears it at the next renewal, and takes nothing from the new one', async () => {
  const row = new LockRow();
  const working = row.run(async (lock) => {
    row.owner = 'another';
    await lock.renew();
  });
  await expect(working).rejects.toMatchObject({ code: 'STORE_UNFIT' });
  expect(row.owner).toBe('another');
});

test('a lock whose holder shall stop goes back when the statement under way has ended, and the process is told to wait for that', async () => {
  const row = new LockRow();
  const working = row.run(async (lock) => {
    await lock.renew();
    row.stopping.abort();
    await row.clock.sleep(7_000);
    expect(row.owner).toBeDefined();
    await lock.renew();
  });
  await expect(working).rejects.toThrow(StartStoppedError);
  expect([row.owner, row.statements, row.clock.monotonicMs()]).toEqual([undefined, 3, 7_000]);
  await expect(row.beforeEnd).rejects.toThrow(StartStoppedError);
});

test.each(['late', 'lost'] as const)(
  'a lock whose taking is answered %s, after the stop, goes back at once, and no work is begun',
  async (fault) => {
    const row = new LockRow();
    row.faults.push(fault);
    void row.clock.sleep(100).then(() => row.stopping.abort());
    await expect(row.run(() => Promise.reject(new Error('begun')))).rejects.toThrow(StartStoppedError);
    expect([row.owner, row.statements]).toEqual([undefined, 2]);
  },
);

test('a stop ends the wait for the lock, and it is not taken any more', async () => {
  const row = new LockRow();
  [row.owner, row.endMs] = ['another', 10_000];
  void row.clock.sleep(1_000).then(() => row.stopping.abort());
  await expect(row.run(async () => undefined)).rejects.toThrow(StartStoppedError);
  expect([row.owner, row.clock.monotonicMs()]).toEqual(['another', 1_000]);
});

test('what no wait mends is told at once', async () => {
  const row = new LockRow();
  const session = { ...row.session, execute: async () => Promise.reject(nodeError('unauthorized')) };
  const parts = { clock: row.clock, logger: silentLogger };
  await expect(withMigrationLock(session, parts, async () => undefined)).rejects.toThrow('as a node says it');
  expect(row.clock.sleeping).toBe(0);
});
