/** When a partition reports: alive, at a pace, soon after a step of a move, and never so that anything waits for it. */
import type { PartitionReport, ReportedStep, StepOfMove } from '@tapeline/domain';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { PartitionReports, stepToldMs } from './partition-reports.ts';

type Rig = {
  readonly clock: ManualClock;
  readonly reports: PartitionReports;
  readonly put: [number, string][];
  readonly dropped: () => number;
  /** What is durable is told by hand. */
  readonly durable: { resolve: () => void; reject: () => void }[];
  readonly answer: { with: () => Promise<void> };
  readonly stop: AbortController;
};

function setUp(): Rig {
  const clock = new ManualClock(0);
  const put: [number, string][] = [];
  const durable: Rig['durable'] = [];
  const answer = { with: async (): Promise<void> => undefined };
  const stop = new AbortController();
  let dropped = 0;
  const reports = new PartitionReports({
    clock,
    stop: stop.signal,
    logger: silentLogger,
    make: (steps) => ({ steps: steps as readonly ReportedStep[] }) as PartitionReport,
    put: async ({ steps }) => {
      put.push([clock.nowMs(), steps.map(({ step, epoch }) => `${step} ${epoch}`).join()]);
      await answer.with();
    },
    outbox: {
      durableUpTo: async () =>
        new Promise((resolve, reject) => {
          durable.push({ resolve, reject: () => reject(new Error('the partition ended')) });
        }),
    },
    dropped: () => (dropped += 1),
    failed: (error) => {
      throw error;
    },
  });
  return { clock, reports, put, dropped: () => dropped, durable, answer, stop };
}

const of = { dataset: 'd', symbol: 'S', logTimeMs: 0 };

function left(epoch: number): StepOfMove {
  return { ...of, offset: epoch, epoch, step: 'left', to: 1 };
}

function arrived(epoch: number): StepOfMove {
  return { ...of, offset: epoch, epoch, step: 'arrived', movedAtMs: 0 };
}

async function pass({ clock }: Rig, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 50) await clock.advance(50);
}

test('a partition reports soon after it is there and each 10 s, though nothing happens, until the stop', async () => {
  const rig = setUp();
  rig.reports.begin();
  await pass(rig, 35_000);
  expect(rig.put.map(([ms]) => ms)).toEqual([100, 10_000, 20_000, 30_000]);
  rig.stop.abort();
  await rig.reports.settled();
  await pass(rig, 35_000);
  expect(rig.put).toHaveLength(4);
});

test('steps that come together are one report within 250 ms; later ones say the earlier ones again', async () => {
  const rig = setUp();
  rig.reports.begin();
  await pass(rig, 1_000);
  rig.reports.note([arrived(1)]);
  rig.reports.note([arrived(2), arrived(3)]);
  await pass(rig, 1_000);
  rig.reports.note([arrived(4)]);
  await pass(rig, 1_000);
  expect(rig.put.slice(1)).toEqual([
    [1_100, 'arrived 1,arrived 2,arrived 3'],
    [2_100, 'arrived 1,arrived 2,arrived 3,arrived 4'],
  ]);
});

test('what left is told once the other partition has it, and never where that does not come', async () => {
  const rig = setUp();
  rig.reports.begin();
  await pass(rig, 1_000);
  rig.reports.note([left(5)]);
  rig.reports.note([left(7)]);
  await pass(rig, 1_000);
  expect(rig.put).toHaveLength(1);
  rig.durable[0]?.resolve();
  rig.durable[1]?.reject();
  await pass(rig, 1_000);
  expect(rig.put.slice(1)).toEqual([[2_100, 'left 5']]);
});

test('one is on its way at most, and what was due meanwhile goes out after it', async () => {
  const rig = setUp();
  let release: () => void = () => undefined;
  rig.answer.with = async () => new Promise((resolve) => (release = resolve));
  rig.reports.begin();
  await pass(rig, 1_000);
  for (let epoch = 1; epoch <= 5; epoch += 1) {
    rig.reports.note([arrived(epoch)]);
    await pass(rig, 5_000);
  }
  expect(rig.put).toEqual([[100, '']]);
  // Nobody waits for one that hangs.
  rig.answer.with = async () => undefined;
  release();
  await pass(rig, 500);
  expect(rig.put.slice(1)).toEqual([[26_100, 'arrived 1,arrived 2,arrived 3,arrived 4,arrived 5']]);
  rig.stop.abort();
  await rig.reports.settled();
});

test('a report that does not go through is dropped and counted, and the next one says what it said', async () => {
  const rig = setUp();
  rig.answer.with = async () => {
    throw new Error('control is away');
  };
  rig.reports.begin();
  rig.reports.note([arrived(1)]);
  await pass(rig, 15_000);
  expect([rig.put.length, rig.dropped()]).toEqual([2, 2]);
  rig.answer.with = async () => undefined;
  await pass(rig, 10_000);
  expect(rig.put.at(-1)).toEqual([20_000, 'arrived 1']);
  expect(rig.dropped()).toBe(2);
});

test('a step is told for ten minutes and not for ever, also one that never got through', async () => {
  const rig = setUp();
  rig.reports.begin();
  await pass(rig, 1_000);
  rig.reports.note([arrived(1)]);
  await pass(rig, 300_000);
  rig.reports.note([arrived(2)]);
  await pass(rig, 290_000);
  expect(rig.put.at(-1)?.[1]).toBe('arrived 1,arrived 2');
  await pass(rig, 20_000);
  expect(rig.put.at(-1)?.[1]).toBe('arrived 2');
  rig.answer.with = async () => {
    throw new Error('control is away');
  };
  rig.reports.note([arrived(3)]);
  await pass(rig, stepToldMs);
  rig.answer.with = async () => undefined;
  await pass(rig, 10_000);
  expect(rig.put.at(-1)?.[1]).toBe('');
});
