/**
 * What every log must do when partitions are added to it. In: a way to make a log that is new. Out: tests of `refreshPartitions` and
 * of the seam `PartitionAdmin`. A partition is used only after somebody asked for it, and nothing that was there changes.
 */
import { topicNames } from '@tapeline/domain';
import { expect, test } from 'vitest';
import { readTo, refused, type StartLog, suitePartitions, take } from './log-under-test.ts';

const grown = suitePartitions + 2;

/** Tests of a log that grows. */
export function growth(start: StartLog): void {
  test('partitions that were added are there once they are asked for, in every topic', async () => {
    const { log, partitions } = await start();
    expect([log.basePartitions, log.partitionCount]).toEqual([suitePartitions, suitePartitions]);
    expect(await log.refreshPartitions()).toBe(suitePartitions);
    expect(await partitions.addPartitions(grown)).toBe(grown);
    await refused('PARTITION_UNKNOWN', async () => log.append('ticks', suitePartitions, Uint8Array.of(1)));
    expect(await log.refreshPartitions()).toBe(grown);
    expect([log.basePartitions, log.partitionCount]).toEqual([suitePartitions, grown]);
    for (const topic of topicNames) {
      for (let partition = suitePartitions; partition < grown; partition += 1) {
        expect(await log.range(topic, partition)).toEqual({ firstOffset: 0, endOffset: 0 });
        expect((await log.append(topic, partition, Uint8Array.of(partition))).offset).toBe(0);
      }
    }
    expect((await readTo(log, 'tape', grown - 1, 0, 1)).map(({ bytes }) => [...bytes])).toEqual([[grown - 1]]);
    await refused('PARTITION_UNKNOWN', async () => log.append('ticks', grown, Uint8Array.of(1)));
  });

  test('what was there stays where it is, and who reads or waits notices nothing', async () => {
    const { log, partitions } = await start();
    for (let partition = 0; partition < suitePartitions; partition += 1) {
      await log.append('bars', partition, Uint8Array.of(10 + partition));
    }
    const reader = log.open('bars', 1, 1);
    const next = take(reader, 1);
    await partitions.addPartitions(grown);
    await log.refreshPartitions();
    const appends = [1, suitePartitions].map(async (partition) => log.append('bars', partition, Uint8Array.of(7)));
    expect((await Promise.all(appends)).map(({ offset }) => offset)).toEqual([1, 0]);
    expect((await next).map(({ offset, bytes }) => [offset, bytes[0]])).toEqual([[1, 7]]);
    await reader.close();
    for (let partition = 0; partition < suitePartitions; partition += 1) {
      expect((await readTo(log, 'bars', partition, 0, 1))[0]?.bytes).toEqual(Uint8Array.of(10 + partition));
    }
  });

  test('asking again, for fewer or by several at once changes nothing, and what cannot be is refused', async () => {
    const { log, partitions } = await start();
    await Promise.all([partitions.addPartitions(grown), partitions.addPartitions(grown - 1)]);
    expect(await partitions.addPartitions(grown)).toBe(grown);
    expect(await partitions.addPartitions(1)).toBe(grown);
    for (const count of [0, -1, 1.5, Number.NaN, 2_000_000]) {
      await refused('PARTITIONS_REFUSED', async () => partitions.addPartitions(count));
    }
    expect(await log.refreshPartitions()).toBe(grown);
  });

  test('after a restart the base is what it was, and what was added is found with its records', async () => {
    const { log, partitions, reopen } = await start();
    await partitions.addPartitions(grown);
    await log.refreshPartitions();
    await log.append('ticks', grown - 1, Uint8Array.of(5));
    const again = await reopen();
    expect([again.basePartitions, again.partitionCount]).toEqual([suitePartitions, suitePartitions]);
    await refused('PARTITION_UNKNOWN', async () => again.range('ticks', grown - 1));
    expect(await again.refreshPartitions()).toBe(grown);
    expect(await again.range('ticks', grown - 1)).toEqual({ firstOffset: 0, endOffset: 1 });
    expect((await again.append('ticks', grown - 1, Uint8Array.of(6))).offset).toBe(1);
    expect((await readTo(again, 'ticks', grown - 1, 0, 2)).map(({ bytes }) => bytes[0])).toEqual([5, 6]);
  });
}
