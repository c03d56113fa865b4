/** What was acknowledged outlives the process, however that ends. */
import { once } from 'node:events';
import type { LogRecordInput, TickLog } from '@tapeline/domain';
import { systemClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { appendingPartitions, barBeforeSnapshot } from '../test-kit/appending-process.ts';
import { startAppending } from '../test-kit/child-process.ts';
import { newDirectory, openIn, rejectionOf } from '../test-kit/data-directory.ts';
import { numberedRecord, numberOfRecord } from '../test-kit/numbered-record.ts';
import type { Embedded } from './index.ts';

const rounds = 20;
/** About how long a process takes until it appends, ms. */
const openingMs = 400;

/** A number from 0 up to 1 by a seed, as xorshift32 gives it. */
function chanceOf(seed: number): number {
  let state = Math.imul(seed, 0x9e37_79b9) | 1;
  for (let turn = 0; turn < 3; turn += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return (state >>> 0) / 2 ** 32;
}

async function readAll(log: TickLog, partition: number): Promise<LogRecordInput[]> {
  const { endOffset } = await log.range('ticks', partition);
  const reader = log.open('ticks', partition, 0);
  const records: LogRecordInput[] = [];
  while (records.length < endOffset) records.push(...((await reader.next()) ?? []));
  await reader.close();
  return records;
}

/** Checks everything that the lines promise, and that nothing is torn or missing between. */
async function check({ log, store }: Embedded, lines: readonly string[]): Promise<void> {
  const records = await Promise.all(
    Array.from({ length: appendingPartitions }, async (_, partition) => readAll(log, partition)),
  );
  for (const list of records) {
    expect(list.map(({ offset }) => offset)).toEqual(Array.from(list.keys()));
    for (const { bytes } of list) numberOfRecord(bytes);
  }
  let snapshot = 0;
  for (const line of lines) {
    const [kind, first, second, third] = line.split(' ');
    if (kind === 's') snapshot = Math.max(snapshot, Number(first));
    if (kind !== 'a') continue;
    const record = records[Number(first)]?.[Number(second)];
    expect(record === undefined ? `lost: ${line}` : numberOfRecord(record.bytes)).toBe(Number(third));
  }
  const [newest] = await store.snapshots(0);
  expect(newest?.nextOffset ?? 0).toBeGreaterThanOrEqual(snapshot);
  if (newest === undefined) return;
  expect(newest.bytes).toEqual(numberedRecord(newest.nextOffset));
  const { dataset, symbol, interval, profile } = barBeforeSnapshot(1);
  const [bar] = await store.bars({ dataset, symbol, interval, profile, newestFirst: false, limit: 1 });
  expect(bar?.revision).toBeGreaterThanOrEqual(newest.nextOffset);
}

test(
  `killed at ${rounds} random points, every acknowledged record is there, dense and whole`,
  { timeout: 240_000 },
  async () => {
    const dataDir = newDirectory();
    const seed = Number(process.env['TAPELINE_SEED'] ?? Date.now() % 1_000_000);
    const promised: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const child = startAppending(dataDir);
      // Every fourth dies while it opens the directory, or soon after.
      const isEarly = round % 4 === 3;
      const linesBefore = isEarly ? 0 : 1 + Math.floor(chanceOf(seed + round) * 1_500);
      if (isEarly) await systemClock.sleep(chanceOf(seed + round) * openingMs);
      await child.waitForLines(linesBefore);
      child.process.kill('SIGKILL');
      await child.ended;
      promised.push(...child.lines());
      expect(child.lines().length, `seed ${seed}, round ${round}: ${child.lines().at(-1)}`).toBeGreaterThanOrEqual(
        linesBefore,
      );
      const opened = await openIn(dataDir, { partitions: appendingPartitions });
      await check(opened, promised);
      await opened.close();
    }
    expect(promised.filter((line) => line.startsWith('error'))).toEqual([]);
    // A record that is not there would have been noticed.
    const last = await openIn(dataDir, { partitions: appendingPartitions });
    await expect(check(last, ['a 0 100000000 5'])).rejects.toThrow('lost: a 0 100000000 5');
    console.log(
      `crash test: seed ${seed}, ${promised.length} acknowledgements in ${rounds} rounds (TAPELINE_SEED replays)`,
    );
  },
);

test('a process that is stopped keeps the directory and goes on where it was', { timeout: 60_000 }, async () => {
  const dataDir = newDirectory();
  const child = startAppending(dataDir);
  await child.waitForLines(200);
  child.process.kill('SIGSTOP');
  const refusal = await rejectionOf(openIn(dataDir, { partitions: appendingPartitions }));
  expect(refusal).toMatchObject({ code: 'DATA_DIR_LOCKED' });
  const before = child.lines().length;
  child.process.kill('SIGCONT');
  await child.waitForLines(before + 500);
  child.process.kill('SIGKILL');
  await child.ended;
  await check(await openIn(dataDir, { partitions: appendingPartitions }), child.lines());
});

test(
  'a directory is taken over from a process that was killed, and from nobody who lives',
  { timeout: 60_000 },
  async () => {
    const dataDir = newDirectory();
    const first = startAppending(dataDir);
    await first.waitForLines(1);
    const second = startAppending(dataDir);
    await second.ended;
    const [refusal] = second.lines();
    expect(refusal).toContain('error DATA_DIR_LOCKED');
    expect(refusal).toContain(`in use by process ${first.process.pid}`);
    expect(refusal).toContain('stop that process, or choose another directory');
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');
    const third = startAppending(dataDir);
    await third.waitForLines(1);
    expect(third.lines()[0]).toMatch(/^[as] /u);
  },
);
