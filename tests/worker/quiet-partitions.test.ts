/**
 * A partition in which nobody publishes any more: what only time can settle is settled by records that the worker itself
 * appends, a bounded number of them, and then the partition is silent.
 */
import { encodeLogRecord, type LogEntryToWrite } from '@tapeline/domain';
import { Random } from '@tapeline/simulation';
import { type WorkerConfig, workerConfigDefaults } from '@tapeline/worker';
import { expect, test } from 'vitest';
import { scriptBaseSec, ScriptedPublisher } from '../../packages/domain/test-kit/scripted-publisher.ts';
import { barsTopic } from './outputs.ts';
import { type Process, WorkerRun } from './worker-run.ts';

const startMs = scriptBaseSec * 1_000;
const fold = { ...workerConfigDefaults.fold, intervals: ['1s'], profiles: ['all'] as const };
const config: WorkerConfig = { ...workerConfigDefaults, fold };

/** A worker whose log got one record, and time that is moved by hand. */
async function quietAfter(...entries: readonly LogEntryToWrite[]): Promise<{ run: WorkerRun; process: Process }> {
  const run = new WorkerRun(new Random(1), config, startMs);
  const process = run.start();
  await run.log.append('ticks', 0, encodeLogRecord(entries));
  return { run, process };
}

async function pass(run: WorkerRun, ms: number): Promise<void> {
  const untilMs = run.logClock.nowMs + ms;
  while (run.logClock.nowMs < untilMs) await run.turn(Math.min(250, untilMs - run.logClock.nowMs));
}

async function ticksEnd(run: WorkerRun): Promise<number> {
  return (await run.log.range('ticks', 0)).endOffset;
}

async function closedBars(run: WorkerRun): Promise<string[]> {
  const records = await barsTopic(run.log);
  return records.flatMap(({ bars }) => bars.map(({ interval, state }) => `${interval} ${state}`));
}

test('a tick whose predecessor was lost counts a minute later, though no other comes, and then nothing is appended', async () => {
  const a = new ScriptedPublisher('live');
  a.skip();
  const { run, process } = await quietAfter(a.block(a.trade(0, 10)));
  await pass(run, 50_000);
  expect(await closedBars(run)).toEqual([]);
  await pass(run, 30_000);
  expect(await closedBars(run)).toEqual(['1s closed']);
  expect(process.worker.status()).toMatchObject([{ problems: [{ code: 'GAP_DECLARED' }] }]);
  const end = await ticksEnd(run);
  expect(end).toBeLessThanOrEqual(40);
  await pass(run, 600_000);
  expect(await ticksEnd(run)).toBe(end);
});

test('the last bar of a replay that fell silent closes after 10 to 13 min, and then nothing is appended', async () => {
  const a = new ScriptedPublisher('replay');
  const { run } = await quietAfter(a.block(a.trade(0, 10)));
  await pass(run, 600_000);
  expect(await closedBars(run)).toEqual([]);
  await pass(run, 180_000);
  expect(await closedBars(run)).toEqual(['1s closed']);
  const end = await ticksEnd(run);
  expect(end).toBeLessThanOrEqual(310);
  await pass(run, 600_000);
  expect(await ticksEnd(run)).toBe(end);
});

/** How far the clock that the partition's `bars` tell is behind the log's, ms. */
async function behindMs(run: WorkerRun, partition: number): Promise<number> {
  const clocks = (await barsTopic(run.log, partition)).map(({ clockMs }) => clockMs);
  return run.logClock.nowMs - Math.max(...clocks);
}

test('a quiet partition beside a busy one tells a clock of the last 3 s, and nothing is appended once both rest', async () => {
  const run = new WorkerRun(new Random(1), config, startMs, 3);
  run.start();
  const [busy, halted] = [new ScriptedPublisher('live', 1), new ScriptedPublisher('live', 2)];
  await run.log.append('ticks', 1, encodeLogRecord([halted.block(halted.trade(0, 10, 1, { symbol: 'HALTED' }))]));
  let longestMs = 0;
  for (let turn = 0; turn < 240; turn += 1) {
    const trade = busy.trade(run.logClock.nowMs - startMs, 10);
    await run.log.append('ticks', 0, encodeLogRecord([busy.block(trade)]));
    await pass(run, 250);
    if (turn >= 20) longestMs = Math.max(longestMs, await behindMs(run, 1));
  }
  expect(longestMs).toBeLessThanOrEqual(3_000);
  // A minute, at one every 2 s.
  expect((await run.log.range('ticks', 1)).endOffset).toBeLessThanOrEqual(33);
  // Nobody waits for a partition that never had a record.
  expect((await run.log.range('ticks', 2)).endOffset).toBe(0);
  await pass(run, 15_000);
  const endsOf = async (): Promise<number[]> =>
    Promise.all([0, 1, 2].map(async (partition) => (await run.log.range('ticks', partition)).endOffset));
  const ends = await endsOf();
  await pass(run, 600_000);
  expect(await endsOf()).toEqual(ends);
});

test('a worker that starts tells once how far its partitions are, though nothing new comes', async () => {
  const a = new ScriptedPublisher('live');
  const { run, process } = await quietAfter(a.block(a.trade(0, 10)));
  await pass(run, 10_000);
  await run.finish(process);
  const before = (await barsTopic(run.log)).at(-1);
  const [barsEnd, ticks] = [(await run.log.range('bars', 0)).endOffset, await ticksEnd(run)];
  run.start();
  await pass(run, 600_000);
  expect(await ticksEnd(run)).toBe(ticks);
  expect((await barsTopic(run.log)).slice(barsEnd)).toEqual([{ ...before, bars: [] }]);
});
