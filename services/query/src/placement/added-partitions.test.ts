/** Partitions that are added: every topic learns of them once the log has them, whatever comes first. */
import { LogError } from '@tapeline/domain';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { ScriptedPlacement } from '../../test-kit/scripted-placement.ts';
import { AddedPartitions } from './added-partitions.ts';

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

class CountingLog {
  partitionCount: number;
  there: number;
  problem: LogError | undefined;

  constructor(there: number) {
    this.partitionCount = there;
    this.there = there;
  }

  async refreshPartitions(): Promise<number> {
    if (this.problem !== undefined) throw this.problem;
    return (this.partitionCount = this.there);
  }
}

function followed(log: CountingLog): {
  control: ScriptedPlacement;
  clock: ManualClock;
  grown: number[];
  added: AddedPartitions;
} {
  const [control, clock, grown] = [new ScriptedPlacement(2), new ManualClock(), [] as number[]];
  const hubs = [
    { grow: (count: number) => void grown.push(count) },
    { grow: (count: number) => void grown.push(-count) },
  ];
  const random = { next: () => 1, bits: () => 0n };
  return {
    control,
    clock,
    grown,
    added: new AddedPartitions({ log, control, hubs, clock, random, logger: silentLogger }),
  };
}

test('a map that names more has the log asked and both topics grown, as often as it comes', async () => {
  const log = new CountingLog(2);
  const { control, grown, added } = followed(log);
  await turns();
  log.there = 9;
  control.put({ partitions: 4 });
  control.put({ partitions: 4 });
  await turns();
  control.put({ partitions: 8 });
  await turns();
  expect(grown).toEqual([2, -2, 4, -4, 8, -8]);
  await added.stop();
});

test('a map that is ahead of the log, or a log that does not answer, is asked again until it has them', async () => {
  const log = new CountingLog(2);
  const { control, clock, grown, added } = followed(log);
  await turns();
  log.problem = new LogError('LOG_UNAVAILABLE', 'gone');
  control.put({ partitions: 3 });
  await turns();
  log.problem = undefined;
  await clock.advance(10_000);
  await turns();
  expect(grown).toEqual([2, -2]);
  log.there = 3;
  await clock.advance(10_000);
  await turns();
  expect(grown).toEqual([2, -2, 3, -3]);
  await added.stop();
  control.put({ partitions: 4 });
  log.there = 4;
  await turns();
  expect(grown).toHaveLength(4);
});
