/**
 * How partitions recover beside each other and beside a log that is not quite there: two at once in the order of their
 * partitions, none kept waiting by one whose log is away, and no end of the log believed at first sight.
 */
import { LogError, type OffsetRange, type Store } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { LiveRun, statusOf } from './live-run.ts';
import type { Process } from './worker-run.ts';

/** A run with a snapshot in each partition. */
async function withSnapshots(partitions: number): Promise<LiveRun> {
  const run = new LiveRun({ quietMs: 1e9 }, partitions);
  for (let partition = 0; partition < partitions; partition += 1) await run.trade(`S${partition}`, 10, partition);
  await run.finish(run.start());
  return run;
}

/** Has reads of snapshots wait until they are let through. */
function gate(store: Store): { readonly asked: number[]; readonly let: (partition: number) => void } {
  const asked: number[] = [];
  const open = new Map<number, () => void>();
  const read = store.snapshots.bind(store);
  store.snapshots = async (partition) => {
    asked.push(partition);
    await new Promise<void>((resolve) => {
      open.set(partition, resolve);
    });
    return read(partition);
  };
  return { asked, let: (partition) => open.get(partition)?.() };
}

async function waitingOf(process: Process): Promise<number> {
  const line = (await process.metrics.text())
    .split('\n')
    .find((one) => one.startsWith('tapeline_worker_recoveries_wait'));
  return Number(line?.split(' ')[1]);
}

function detailsOf(process: Process): string[] {
  return process.worker.status().map(({ detail }) => detail);
}

test('two partitions recover at once, the others wait in the order of their numbers, and say so', async () => {
  const run = await withSnapshots(5);
  const reads = gate(run.store);
  const process = run.start();
  await run.pass(200);
  expect(reads.asked).toEqual([0, 1]);
  expect(await waitingOf(process)).toBe(3);
  const waits = 'waits for its turn, 2 partitions recover at once';
  expect(detailsOf(process)).toEqual(['looks for a snapshot', 'looks for a snapshot', waits, waits, waits]);
  reads.let(1);
  await run.pass(200);
  expect(reads.asked).toEqual([0, 1, 2]);
  reads.let(0);
  reads.let(2);
  await run.pass(200);
  expect(reads.asked).toEqual([0, 1, 2, 3, 4]);
  expect(await waitingOf(process)).toBe(0);
  reads.let(3);
  reads.let(4);
  await run.finish(process);
});

test('partitions whose log is away give their turn up, and recover when it is back', async () => {
  const run = await withSnapshots(4);
  let isAway = true;
  const range = run.log.range.bind(run.log);
  const process = run.start({
    log: {
      range: async (topic, partition): Promise<OffsetRange> => {
        if (isAway && partition < 2) throw new LogError('LOG_UNAVAILABLE', 'its leader is away');
        return range(topic, partition);
      },
    },
  });
  await run.pass(3_000);
  expect(process.worker.status()).toMatchObject([
    { state: 'held-back', detail: 'recovering waits: its leader is away' },
    { state: 'held-back' },
    { state: 'running', ticks: 1 },
    { state: 'running', ticks: 1 },
  ]);
  isAway = false;
  await run.finish(process);
  expect(process.worker.status().map(({ ticks }) => ticks)).toEqual([1, 1, 1, 1]);
});

test('a log that ends before the snapshot is looked at twice before it is taken for another one', async () => {
  const run = await withSnapshots(1);
  const range = run.log.range.bind(run.log);
  let looks = 0;
  const lagging = run.start({
    log: {
      range: async (topic, partition) => {
        looks += 1;
        return looks === 1 ? { firstOffset: 0, endOffset: 0 } : range(topic, partition);
      },
    },
  });
  await run.trade('S0');
  await run.finish(lagging);
  expect(statusOf(lagging)).toMatchObject({ ticks: 2, problems: [] });
});

test('a partition has caught up when it reached the end at which a second look found the log', async () => {
  const run = new LiveRun({ quietMs: 1e9 });
  for (let count = 0; count < 3; count += 1) await run.trade();
  const range = run.log.range.bind(run.log);
  let looks = 0;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const process = run.start({
    log: {
      range: async (topic, partition) => {
        looks += 1;
        // Whether the log is there; then the answer of a leader that lags; the next one takes its time.
        if (looks <= 2) return { firstOffset: 0, endOffset: 1 };
        await held;
        return range(topic, partition);
      },
    },
  });
  await run.pass(500);
  expect(statusOf(process)).toMatchObject({ state: 'recovering', ticks: 3 });
  release();
  await run.pass(200);
  expect(statusOf(process)).toMatchObject({ state: 'running', ticks: 3 });
  await run.settle(process.worker.stop(), 'stopped');
});
