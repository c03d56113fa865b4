/** Partitions that a map names are shared out once the log has them, and not before. */
import { LogError } from '@tapeline/domain';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { AddedPartitions } from './added-partitions.ts';

type Rig = {
  readonly added: AddedPartitions;
  readonly clock: ManualClock;
  readonly log: { partitionCount: number; there: number; asked: number; error: LogError | undefined };
  readonly used: number[];
  readonly errors: unknown[];
};

function setUp(): Rig {
  const clock = new ManualClock(0);
  const log: Rig['log'] = { partitionCount: 4, there: 4, asked: 0, error: undefined };
  const [used, errors]: [number[], unknown[]] = [[], []];
  const added = new AddedPartitions({
    log: {
      basePartitions: 4,
      get partitionCount() {
        return log.partitionCount;
      },
      refreshPartitions: async () => {
        log.asked += 1;
        if (log.error !== undefined) throw log.error;
        return (log.partitionCount = log.there);
      },
    },
    ownership: { usePartitions: (count) => used.push(count) },
    clock,
    random: { next: () => 0.5, bits: () => 0n },
    logger: silentLogger,
    stop: new AbortController().signal,
    failed: (error) => errors.push(error),
  });
  return { added, clock, log, used, errors };
}

async function pass({ clock }: Rig, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 500) await clock.advance(500);
}

test('a map of as many partitions as the stream was made with asks nobody', async () => {
  const rig = setUp();
  rig.added.name(4);
  await pass(rig, 1_000);
  expect([rig.log.asked, rig.used]).toEqual([0, []]);
});

test('the log is asked until it has what the map names, and only then they are shared out', async () => {
  const rig = setUp();
  rig.added.name(16);
  await pass(rig, 10_000);
  expect(rig.log.asked).toBeGreaterThan(2);
  expect(rig.used).toEqual([]);
  rig.log.there = 16;
  await pass(rig, 10_000);
  expect(rig.used).toEqual([16]);
  const { asked } = rig.log;
  rig.added.name(16);
  rig.added.name(8);
  await pass(rig, 10_000);
  expect([rig.log.asked, rig.used]).toEqual([asked, [16]]);
});

test('a newer map that comes meanwhile counts too', async () => {
  const rig = setUp();
  rig.added.name(8);
  rig.log.there = 8;
  rig.added.name(16);
  await pass(rig, 5_000);
  rig.log.there = 16;
  await pass(rig, 10_000);
  await rig.added.settled();
  expect(rig.used).toEqual([8, 16]);
});

test('a log that was closed is told, and the next map asks again', async () => {
  const rig = setUp();
  rig.log.error = new LogError('LOG_CLOSED', 'closed');
  rig.added.name(8);
  await pass(rig, 1_000);
  expect([rig.errors, rig.used]).toEqual([[rig.log.error], []]);
  rig.log.error = undefined;
  rig.log.there = 9;
  rig.added.name(9);
  await pass(rig, 1_000);
  expect(rig.used).toEqual([9]);
});
