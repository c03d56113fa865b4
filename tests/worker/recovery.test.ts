/**
 * From where a worker goes on, or why it does not: the log has to be the one that was counted, snapshots of other versions
 * are passed over, and a rolling upgrade with two fold versions side by side mixes nothing.
 */
import { foldVersion, LogError, PartitionFold, type SnapshotChoice } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { barText } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { recover, type Recovered } from '../../services/worker/src/recovery.ts';
import { decodeWorkerSnapshot, encodeWorkerSnapshot } from '../../services/worker/test-kit/whole-snapshot.ts';
import { otherClose, storeOfFoldVersion, versionOf } from './fold-version.ts';
import { failureOf, fold, LiveRun, statusOf } from './live-run.ts';
import { recordsOf } from './outputs.ts';

const anew = 'or begin with an empty data directory (with Kafka and Cassandra: another stream and keyspace)';

test('a log that was made anew is not counted on: the partition stops for good and says what to do', async () => {
  const run = new LiveRun();
  await run.trade();
  await run.finish(run.start());
  const process = run.start({ log: { identity: async () => 'another' } });
  expect(await failureOf(run, process)).toBe(
    'WorkerFailedError: partition 0 cannot go on: its snapshot is of log simulated and this is log another, so the log ' +
      `was deleted or made anew since it was counted; bring that log back, ${anew}`,
  );
  // Though the new log has all the offsets that the old one had.
  expect(await run.log.range('ticks', 0)).toEqual({ firstOffset: 0, endOffset: 1 });
});

test('a log that is replaced while it is read ends the partition with what to do', async () => {
  const run = new LiveRun();
  const next = async (): Promise<never> => {
    throw new LogError('LOG_REPLACED', 'topic ticks was made anew');
  };
  const process = run.start({ log: { open: () => ({ next, close: async () => undefined }) } });
  expect(await failureOf(run, process)).toBe(
    'WorkerFailedError: partition 0 cannot go on: topic ticks was made anew; what was counted so far is of the log before: ' +
      `bring that log back, ${anew}`,
  );
  expect(statusOf(process).state).toBe('failed');
  await run.settle(process.worker.stop(), 'stopped');
});

test('a log that is replaced while outputs are appended ends the partition too', async () => {
  const run = new LiveRun({ quietMs: 1e9 });
  const append = async (): Promise<never> => {
    throw new LogError('LOG_REPLACED', 'topic bars was made anew');
  };
  const process = run.start({ log: { append } });
  await run.trade();
  expect(await failureOf(run, process)).toContain('topic bars was made anew; what was counted so far');
});

test('a snapshot of version 1, which names no log, is gone on from, and the next one names it', async () => {
  const run = new LiveRun();
  await run.trade();
  await run.finish(run.start());
  const [stored] = await run.store.snapshots(0);
  const snapshot = decodeWorkerSnapshot(stored?.bytes ?? new Uint8Array(0), 0);
  if (stored === undefined || 'code' in snapshot) throw new RangeError('there is no snapshot');
  const { logIdentity, ...old } = snapshot;
  expect(logIdentity).toBe('simulated');
  const claim = await run.store.claimSnapshots(0);
  await run.store.saveSnapshot({ ...stored, bytes: encodeWorkerSnapshot(old) }, claim);
  await run.trade();
  const process = run.start();
  await run.finish(process);
  expect(statusOf(process)).toMatchObject({ ticks: 2, problems: [] });
  const [newest] = await run.store.snapshots(0);
  expect(decodeWorkerSnapshot(newest?.bytes ?? new Uint8Array(0), 0)).toMatchObject({ logIdentity: 'simulated' });
});

test('a snapshot from before instruments had homes is gone on from; of another number of them it is passed over', async () => {
  const run = new LiveRun({ quietMs: 1e9 }, 3);
  for (let count = 0; count < 4; count += 1) await run.trade(`S${count}`, 10, 1);
  const records = await recordsOf(run.log, 'ticks', 1);
  for (const basePartitions of [undefined, 2]) {
    const settings = { ...fold, partition: 1, ...(basePartitions === undefined ? {} : { basePartitions }) };
    const before = PartitionFold.start(settings);
    before.step(records);
    const names = { partition: 1, nextOffset: 4, logIdentity: 'simulated' };
    const bytes = encodeWorkerSnapshot({ ...names, fold: before.snapshot(), openChunks: [] });
    await run.store.saveSnapshot({ partition: 1, nextOffset: 4, bytes }, await run.store.claimSnapshots(1));
    const process = run.start();
    await run.settle(process.worker.caughtUp(), 'caught up');
    const [, status] = process.worker.status();
    expect(status?.ticks).toBe(4);
    expect(status?.problems.map(({ code }) => code)).toEqual(
      basePartitions === undefined ? [] : ['SNAPSHOT_OF_OTHER_CONFIG'],
    );
    // What it went on from was not put out again.
    expect((await run.log.range('tape', 1)).endOffset > 1).toBe(basePartitions !== undefined);
    process.view.kill();
  }
});

test('the older snapshot is read only where the newer one cannot be used', async () => {
  const run = new LiveRun({ quietMs: 1e9 });
  for (let count = 0; count < 2; count += 1) {
    await run.trade();
    await run.finish(run.start());
  }
  const read: (number | undefined)[] = [];
  const recoverFrom = async (damaged: number): Promise<Recovered> =>
    recover({
      log: run.log,
      store: Object.assign(run.store.reopened(), {
        snapshots: async (partition: number, choice: SnapshotChoice) => {
          expect(choice.limit).toBe(1);
          read.push(choice.after);
          const found = await run.store.snapshots(partition, choice);
          return found.map((snapshot) =>
            read.length <= damaged ? { ...snapshot, bytes: new Uint8Array(9) } : snapshot,
          );
        },
      }),
      fold: { ...fold, partition: 0, basePartitions: 1 },
      clock: new ManualClock(0),
      stop: new AbortController().signal,
      tell: ({ code }) => expect(code).toBe('SNAPSHOT_DAMAGED'),
    });
  expect((await recoverFrom(0)).fold.nextOffset).toBe(2);
  expect(read.splice(0)).toEqual([undefined]);
  expect((await recoverFrom(1)).fold.nextOffset).toBe(1);
  expect(read.splice(0)).toEqual([undefined, 2]);
  expect((await recoverFrom(2)).fold.nextOffset).toBe(0);
  expect(read).toEqual([undefined, 2]);
});

test('a large snapshot is recovered from in slices, and a stop ends it between two', async () => {
  const run = new LiveRun({ quietMs: 1e9 });
  for (let instrument = 0; instrument < 800; instrument += 1) await run.trade(`S${instrument}`);
  await run.finish(run.start());
  const stop = new AbortController();
  // Each look at it is as long as a slice.
  let nowMs = 0;
  const clock = Object.assign(new ManualClock(0), { monotonicMs: () => (nowMs += 5) });
  const [log, store, tell] = [run.log, run.store, (): void => undefined];
  let turns = 0;
  const recovered = async (turn: () => void): Promise<number> => {
    turns = 0;
    let isOver = false;
    const next = (): void => {
      turns += 1;
      turn();
      if (!isOver) setImmediate(next);
    };
    setImmediate(next);
    try {
      const settings = { ...fold, partition: 0, basePartitions: 1 };
      return (await recover({ log, store, fold: settings, clock, stop: stop.signal, tell })).fold.nextOffset;
    } finally {
      isOver = true;
    }
  };
  expect(await recovered(() => undefined)).toBe(800);
  expect(turns).toBeGreaterThanOrEqual(2);
  await expect(recovered(() => stop.abort())).rejects.toThrow('ended while it recovered');
});

test('a rolling upgrade: two fold versions side by side write on, and the rows are those of the newer one alone', async () => {
  const run = new LiveRun({ snapshotIntervalMs: 200, quietMs: 1e9 });
  const upgraded = storeOfFoldVersion(run.store, foldVersion, foldVersion + 1);
  let old = run.start();
  let newer = run.start({ store: upgraded });
  for (let second = 0; second < 40; second += 1) {
    await run.trade('A', 10 + (second % 7));
    await run.pass(1_000);
    if (second % 10 === 4) {
      old.view.kill();
      old = run.start();
    }
    if (second % 10 === 9) {
      newer.view.kill();
      newer = run.start({ store: upgraded });
    }
  }
  await run.finish(newer);
  const passedOver = statusOf(newer).problems.length;
  await run.finish(old);
  // Each passes the other's snapshots over, and tells.
  const text = await old.metrics.text();
  expect(passedOver + statusOf(old).problems.length).toBeGreaterThan(0);
  expect(statusOf(old).problems.map(({ code }) => code)).toContain('SNAPSHOT_OF_OTHER_VERSION');
  expect(text).toContain('tapeline_worker_notices_total{code="SNAPSHOT_OF_OTHER_VERSION"}');
  const rows = run.store.judged.bars();
  expect(new Set(rows.map((bar) => bar.foldVersion))).toEqual(new Set([foldVersion + 1]));
  expect(run.store.judged.violations).toEqual([]);
  const calm = new LiveRun({ quietMs: 1e9 });
  await calm.append(await recordsOf(run.log, 'ticks'));
  await calm.finish(calm.start());
  const expected = calm.store.judged
    .bars()
    .map((bar) => barText({ ...bar, foldVersion: foldVersion + 1, close: otherClose(bar) }));
  expect(rows.map(barText).toSorted()).toEqual(expected.toSorted());
  expect((await run.store.snapshots(0)).map(versionOf)).toContain(foldVersion);
});

test('recovery has its numbers: how long it took, what a restart reads again, and how much retention leaves', async () => {
  const run = new LiveRun({ snapshotIntervalMs: 100, quietMs: 1e9, fold: { ...fold, horizonMs: 5_000 } });
  const first = run.start();
  for (let second = 0; second < 20; second += 1) {
    await run.trade();
    await run.pass(1_000);
  }
  await run.pass(2_000);
  const numberOf = async (name: string): Promise<number> => {
    const line = (await first.metrics.text()).split('\n').find((one) => one.startsWith(`tapeline_worker_${name}{`));
    return Number(line?.split(' ')[1]);
  };
  expect(await numberOf('restart_records')).toBeGreaterThan(2);
  expect(await numberOf('restart_records')).toBeLessThan(15);
  expect(await numberOf('retention_headroom_records')).toBeGreaterThan(5);
  expect(await numberOf('replay_records')).toBe(0);
  expect(await numberOf('recovery_seconds')).toBeGreaterThanOrEqual(await numberOf('replay_seconds'));
  first.view.kill();
  const second = run.start();
  await run.settle(second.worker.caughtUp(), 'caught up');
  expect(await second.metrics.text()).toMatch(/tapeline_worker_replay_seconds\{partition="0"\} [\d.]+\n/);
  await run.settle(second.worker.stop(), 'stopped');
});
