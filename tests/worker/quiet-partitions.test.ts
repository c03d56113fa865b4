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
