/**
 * Partitions come and go: what a worker does when it gains one, loses one, loses a claim, and stops. Law 5: ownership is
 * for speed, so nothing here may cost a tick, and everything has an end.
 */
import { SimulatedOwnership } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { config, failureOf, LiveRun, statusOf } from './live-run.ts';
import type { Process } from './worker-run.ts';

function owned(process: Process): number[] {
  return process.worker.status().map(({ partition }) => partition);
}

async function metric(process: Process, name: string): Promise<string | undefined> {
  const lines = (await process.metrics.text()).split('\n');
  return lines.find((line) => line.startsWith(`tapeline_worker_${name}`))?.split(' ')[1];
}

test('a partition that is gained is counted, one that is lost is flushed with a snapshot, and the others go on', async () => {
  const run = new LiveRun({ snapshotIntervalMs: 1e6 }, 2);
  const process = run.start({ ownership: new SimulatedOwnership() });
  await run.trade('A', 10, 0);
  await run.trade('B', 10, 1);
  await run.pass(1_000);
  expect(process.worker.status()).toEqual([]);
  process.ownership.gain(0);
  process.ownership.gain(1);
  await run.settle(process.worker.caughtUp(), 'caught up');
  expect(process.worker.status()).toMatchObject([
    { partition: 0, state: 'running', nextOffset: 1 },
    { partition: 1, state: 'running', nextOffset: 1 },
  ]);
  process.ownership.lose(0);
  expect(owned(process)).toEqual([1]);
  await run.pass(200);
  expect((await run.store.snapshots(0))[0]).toMatchObject({ nextOffset: 1 });
  expect(await run.store.snapshots(1)).toEqual([]);
  await run.trade('A', 11, 0);
  await run.trade('B', 11, 1);
  await run.settle(process.worker.caughtUp(), 'caught up');
  expect(process.worker.totals().ticks).toBe(3);
  await run.settle(process.worker.stop(), 'stopped');
  expect(process.worker.totals()).toMatchObject({ ticks: 3 });
});

test('a partition that is lost and gained again goes on from its own snapshot, after its own end', async () => {
  const run = new LiveRun();
  const process = run.start();
  await run.trade();
  await run.settle(process.worker.caughtUp(), 'caught up');
  const release = run.store.faults.hold();
  await run.trade();
  await run.pass(200);
  process.ownership.lose(0);
  process.ownership.gain(0);
  await run.pass(200);
  expect(statusOf(process)).toMatchObject({ state: 'recovering', detail: 'what was under way ends' });
  release();
  await run.settle(process.worker.caughtUp(), 'caught up');
  expect(statusOf(process)).toMatchObject({ state: 'running', ticks: 2 });
  expect(process.worker.totals().ticks).toBe(2);
  await run.settle(process.worker.stop(), 'stopped');
});

test('one that cannot be flushed ends in its time all the same, and holds nobody up', async () => {
  const run = new LiveRun({ stopWaitMs: 1_000 }, 2);
  const process = run.start();
  await run.trade('A', 10, 0);
  await run.settle(process.worker.caughtUp(), 'caught up');
  const release = run.store.faults.hold();
  await run.trade('A', 11, 0);
  await run.pass(100);
  process.ownership.lose(0);
  await run.pass(1_100);
  expect(await metric(process, 'held_back_bytes{partition="0"}')).toBe('0');
  process.ownership.gain(0);
  release();
  await run.trade('B', 12, 1);
  await run.settle(process.worker.caughtUp(), 'caught up');
  expect(process.worker.status()).toMatchObject([
    { state: 'running', ticks: 2 },
    { state: 'running', ticks: 1 },
  ]);
  await run.settle(process.worker.stop(), 'stopped');
});

test('who loses the claim of the snapshots lets go, says so, and claims again after 1 to 5 s', async () => {
  const run = new LiveRun({ snapshotIntervalMs: 100 });
  const process = run.start();
  await run.trade();
  await run.settle(process.worker.caughtUp(), 'caught up');
  await run.pass(500);
  const claim = await run.store.claimSnapshots(0);
  await run.trade();
  await run.pass(400);
  expect(statusOf(process)).toMatchObject({
    state: 'recovering',
    detail: expect.stringContaining('another worker took its snapshots over; claimed again in'),
  });
  expect(await metric(process, 'claims_lost_total{partition="0"}')).toBe('1');
  // Whatever the other one saved is gone on from.
  await run.store.saveSnapshot({ partition: 0, nextOffset: 9, bytes: new Uint8Array(3) }, claim);
  await run.pass(500);
  expect(statusOf(process).state).toBe('recovering');
  await run.pass(4_500);
  await run.trade();
  await run.settle(process.worker.caughtUp(), 'caught up');
  expect(statusOf(process)).toMatchObject({ state: 'running', ticks: 3, problems: [{ code: 'SNAPSHOT_DAMAGED' }] });
  await run.settle(process.worker.stop(), 'stopped');
  expect((await run.store.snapshots(0))[0]?.nextOffset).toBe((await run.log.range('ticks', 0)).endOffset);
});

test('a claim that is lost is told, and where that is an answer the partition is left to the other one', async () => {
  class SilentGroup extends SimulatedOwnership {
    override noteClaimLost(partition: number): void {
      super.noteClaimLost(partition);
      this.lose(partition);
    }
  }
  const run = new LiveRun({ snapshotIntervalMs: 100 });
  const ownership = new SilentGroup([0]);
  const process = run.start({ ownership });
  await run.trade();
  await run.settle(process.worker.caughtUp(), 'caught up');
  await run.pass(500);
  const { epoch } = await run.store.claimSnapshots(0);
  await run.trade();
  await run.pass(10_000);
  expect([ownership.claimsLost, owned(process)]).toEqual([[0], []]);
  expect(await run.store.claimSnapshots(0)).toEqual({ partition: 0, epoch: epoch + 1 });
  ownership.gain(0);
  await run.settle(process.worker.caughtUp(), 'caught up');
  expect(statusOf(process)).toMatchObject({ state: 'running', ticks: 2 });
  await run.settle(process.worker.stop(), 'stopped');
});

test('a claim that is lost together with the partition is not made again', async () => {
  const run = new LiveRun({ snapshotIntervalMs: 100 });
  const process = run.start();
  await run.trade();
  await run.settle(process.worker.caughtUp(), 'caught up');
  const { epoch } = await run.store.claimSnapshots(0);
  process.ownership.lose(0);
  await run.pass(10_000);
  expect(await run.store.claimSnapshots(0)).toEqual({ partition: 0, epoch: epoch + 1 });
  expect(await metric(process, 'claims_lost_total{partition="0"}')).toBeUndefined();
});

test('a stop gives the partitions back, after the snapshots and in its time', async () => {
  const run = new LiveRun({ stopWaitMs: 1_000 });
  const process = run.start();
  await run.trade();
  await run.settle(process.worker.caughtUp(), 'caught up');
  const release = run.store.faults.hold();
  const stopped = process.worker.stop();
  await run.pass(300);
  expect(process.ownership.hasLeft).toBe(false);
  release();
  await run.settle(stopped, 'stopped');
  expect(process.ownership.hasLeft).toBe(true);
  expect(await run.store.snapshots(0)).toHaveLength(1);
  expect(statusOf(process).state).toBe('stopped');
});

test('a stop ends also when nobody takes the partitions back', async () => {
  class DeafOwnership extends SimulatedOwnership {
    override async leave(): Promise<void> {
      await new Promise<void>(() => undefined);
    }
  }
  const run = new LiveRun();
  const process = run.start({ ownership: new DeafOwnership([0]) });
  await run.settle(process.worker.caughtUp(), 'caught up');
  const beforeMs = process.clock.nowMs();
  await run.settle(process.worker.stop(), 'stopped');
  expect(process.clock.nowMs() - beforeMs).toBeLessThanOrEqual(1.1 * config.stopWaitMs + 60);
});

test('when nobody can say any more what is owned the worker fails with what to do', async () => {
  const run = new LiveRun();
  const process = run.start();
  process.ownership.fail(new Error('the group is gone'));
  expect(await failureOf(run, process)).toBe(
    'WorkerFailedError: the worker cannot go on, nobody can say which partitions are its own: the group is gone; start it again',
  );
  await run.settle(process.worker.stop(), 'stopped');
});

test('whoever spreads partitions hears of rates by the time of the log, and how far each is counted', async () => {
  const run = new LiveRun({ quietMs: 1e9 }, 2);
  // A backlog of 100 s, a tick a second: counting it at once is not a hundred ticks a second.
  for (let second = 0; second < 100; second += 1) {
    await run.trade('A', 10, 0);
    run.logClock.advanceBy(1_000);
  }
  const process = run.start();
  await run.settle(process.worker.caughtUp(), 'caught up');
  await run.pass(1_500);
  expect(process.ownership.rates.get(0)).toBeGreaterThan(0.8);
  expect(process.ownership.rates.get(0)).toBeLessThan(1.2);
  expect(process.worker.totals()).toMatchObject({ ticks: 100 });
  expect(process.worker.totals().ticksPerSecond).toBeCloseTo(process.ownership.rates.get(0) ?? 0, 5);
  await run.settle(process.worker.stop(), 'stopped');
  expect(process.ownership.positions.get(0)).toBe(100);
});

test('a partition that failed keeps the worker failed, and is not tried again while it is owned', async () => {
  const run = new LiveRun({}, 2);
  await run.trade('A', 10, 0);
  await run.trade('A', 10, 0);
  const range = run.log.range.bind(run.log);
  const process = run.start({
    log: {
      range: async (topic, partition) => (partition === 0 ? { firstOffset: 1, endOffset: 2 } : range(topic, partition)),
    },
  });
  expect(await failureOf(run, process)).toContain('partition 0 cannot go on');
  await run.trade('B', 10, 1);
  await run.pass(10_000);
  expect(process.worker.status()).toMatchObject([{ state: 'failed' }, { state: 'running', ticks: 1 }]);
  await run.settle(process.worker.stop(), 'stopped');
  expect(process.worker.status()).toMatchObject([{ state: 'failed' }, { state: 'stopped' }]);
});

test('with a store that is away a partition that is gained waits for its claim, says so, and goes on by itself', async () => {
  const run = new LiveRun();
  await run.trade();
  const process = run.start({ ownership: new SimulatedOwnership() });
  run.store.faults.break('unavailable');
  process.ownership.gain(0);
  await run.pass(20_000, 100);
  expect(statusOf(process)).toMatchObject({
    state: 'held-back',
    detail: expect.stringContaining('recovering waits'),
  });
  run.store.faults.break(undefined);
  await run.settle(process.worker.caughtUp(), 'caught up');
  expect(statusOf(process)).toMatchObject({ state: 'running', ticks: 1 });
  await run.settle(process.worker.stop(), 'stopped');
});

test('a partition that is lost while it waits for its claim ends at once, and puts nothing out', async () => {
  const run = new LiveRun();
  await run.trade();
  const process = run.start({ ownership: new SimulatedOwnership() });
  run.store.faults.break('unavailable');
  process.ownership.gain(0);
  await run.pass(500);
  process.ownership.lose(0);
  await run.pass(100);
  run.store.faults.break(undefined);
  await run.pass(10_000, 100);
  expect(process.worker.status()).toEqual([]);
  expect(await run.log.range('bars', 0)).toEqual({ firstOffset: 0, endOffset: 0 });
  await run.settle(process.worker.stop(), 'stopped');
});

test('caught up resolves for a partition that is lost meanwhile, and rejects for one that is stopped', async () => {
  const run = new LiveRun({}, 2);
  const process = run.start();
  await run.trade();
  const release = run.store.faults.hold();
  const lost = process.worker.caughtUp();
  await run.pass(200);
  process.ownership.lose(0);
  process.ownership.lose(1);
  await run.settle(lost, 'no longer ours');
  release();
  process.ownership.gain(0);
  const holdAgain = run.store.faults.hold();
  await run.trade();
  const caughtUp = process.worker.caughtUp();
  const stopped = run.settle(process.worker.stop(), 'stopped');
  await Promise.all([expect(caughtUp).rejects.toThrow('the worker was stopped'), stopped]);
  holdAgain();
});
