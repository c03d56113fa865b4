/**
 * What a worker does besides counting right: it goes on where it was, or says why it cannot; it waits for store and log
 * with a bound; it is silent where nothing happens; and it tells how it is.
 */
import { decodeTapeRecord, homePartition, LogError, ownsAll } from '@tapeline/domain';
import { createHealth, createMetrics, ManualClock, silentLogger } from '@tapeline/runtime';
import { SimulatedFormingBars } from '@tapeline/simulation';
import { startWorker } from '@tapeline/worker';
import { expect, test } from 'vitest';
import { config, failureOf, fold, LiveRun, startMs, statusOf } from './live-run.ts';
import { barsTopic, recordsOf, storedTexts } from './outputs.ts';

test('a bar of a quiet partition closes by the log, and then the partition is silent for ever', async () => {
  const run = new LiveRun();
  run.start();
  await run.trade();
  await run.pass(70_000, 200);
  const bars = (await barsTopic(run.log)).flatMap((record) => record.bars);
  expect(bars.map(({ interval, state }) => `${interval} ${state}`)).toEqual(['1s closed', '1m closed']);
  const ends = await Promise.all((['ticks', 'bars', 'tape'] as const).map((topic) => run.log.range(topic, 0)));
  // The log is asked for its time once at the start, once for each bar, and once more where its clock was behind.
  expect(ends[0]?.endOffset).toBeLessThanOrEqual(8);
  await run.pass(600_000, 2_000);
  expect(await Promise.all((['ticks', 'bars', 'tape'] as const).map((topic) => run.log.range(topic, 0)))).toEqual(ends);
});

test('readers hear of the clock once in a second in which records come, with or without bars', async () => {
  const run = new LiveRun({ quietMs: 1e9 });
  const process = run.start();
  for (let second = 0; second < 5; second += 1) {
    await run.trade();
    await run.pass(400);
    await run.put({ kind: 'time' });
    await run.pass(600);
  }
  await run.finish(process);
  const topic = await barsTopic(run.log);
  const clockOnly = topic.filter(({ bars }) => bars.length === 0);
  expect(clockOnly.length).toBeGreaterThan(0);
  const seconds = clockOnly.map(({ clockMs }) => Math.floor(clockMs / 1_000));
  expect(new Set(seconds).size).toBe(seconds.length);
  expect(new Set(topic.map(({ clockMs }) => Math.floor(clockMs / 1_000))).size).toBe(5);
});

test('a chunk of the tape ends by the clock of its first tick, also where only Time records move the clock', async () => {
  const run = new LiveRun();
  const process = run.start();
  await run.trade();
  run.logClock.advanceBy(4_999);
  await run.trade();
  run.logClock.advanceBy(1);
  await run.put({ kind: 'time' });
  await run.trade();
  await run.finish(process);
  const chunks = await run.store.tape({ dataset: 'test', symbol: 'S', order: 'number', limit: 10 });
  expect(chunks.map(({ firstNumber, lastNumber }) => [firstNumber, lastNumber])).toEqual([
    [1, 2],
    [3, 3],
  ]);
});

test('an instrument whose home is another partition is listed as pinned to the one that has it', async () => {
  const run = new LiveRun({}, 2);
  const process = run.start();
  const symbols = ['A', 'B', 'C', 'D', 'E'];
  for (const symbol of symbols) await run.trade(symbol, 10, 1);
  await run.finish(process);
  const pins = (await run.store.instruments({ limit: 10 })).map(({ symbol, pin }) => [symbol, pin]);
  expect(pins).toEqual(symbols.map((symbol) => [symbol, homePartition('test', symbol, 2) === 1 ? undefined : 1]));
  expect(new Set(pins.map(([, pin]) => pin))).toEqual(new Set([undefined, 1]));
});

test('an instrument that was decided to live elsewhere stops the partition that has it, which names both and the remedy', async () => {
  const run = new LiveRun({}, 2);
  const process = run.start();
  await run.store.enterPins([{ dataset: 'test', symbol: 'A', partition: 0 }]);
  await run.trade('A', 10, 1);
  await run.pass(5_000);
  expect(process.worker.status()[1]).toMatchObject({
    state: 'failed',
    detail: expect.stringMatching(
      /A in test in partition 1, and by the store it lives in partition 0.*take its pin out/,
    ),
  });
  expect(await run.store.instruments({ limit: 10 })).toEqual([]);
});

test('what stands in the topic of the tape stands in the store too', async () => {
  const run = new LiveRun();
  const process = run.start();
  for (let count = 0; count < 50; count += 1) {
    await run.trade(`S${count % 3}`);
    await run.turn();
    const { endOffset } = await run.log.range('tape', 0);
    const inTopic = endOffset === 0 ? [] : await recordsOf(run.log, 'tape');
    const { segments } = await storedTexts(run.store);
    const stored = segments.reduce((sum, { ticks }) => sum + ticks.length, 0);
    const told = inTopic.flatMap(({ bytes }) => decodeTapeRecord(bytes).segments);
    expect(told.reduce((sum, { ticks }) => sum + ticks.length, 0)).toBeLessThanOrEqual(stored);
  }
  await run.finish(process);
});

test('with a store that is away outputs wait up to the bound, reading stops, health says so, and it catches up by itself', async () => {
  const run = new LiveRun({ heldBackBytesMax: 3_000, quietMs: 1e9, stepBytesMax: 1 });
  const process = run.start();
  await run.trade();
  await run.settle(process.worker.caughtUp(), 'caught up');
  run.store.faults.break('unavailable');
  for (let count = 0; count < 300; count += 1) {
    run.logClock.advanceBy(1_000);
    await run.trade();
  }
  await run.pass(20_000);
  const held = statusOf(process);
  expect(held).toMatchObject({ state: 'held-back', detail: expect.stringContaining('does not answer') });
  expect(held.ticks).toBeLessThan(100);
  expect(held.lagRecords).toBeGreaterThan(200);
  run.store.faults.break(undefined);
  await run.settle(process.worker.caughtUp(), 'caught up');
  expect(statusOf(process)).toMatchObject({ state: 'running', ticks: 301 });
  await run.settle(process.worker.stop(), 'stopped');
});

test('with a full log the store has the bars before their topic has them, and the topic gets them all', async () => {
  const run = new LiveRun();
  const process = run.start();
  await run.trade();
  await run.settle(process.worker.caughtUp(), 'caught up');
  for (let second = 0; second < 10; second += 1) {
    await run.trade();
    run.logClock.advanceBy(1_000);
  }
  run.log.faults.break('full');
  await run.pass(2_000);
  expect(statusOf(process).state).toBe('held-back');
  expect(run.store.judged.bars().length).toBeGreaterThan(0);
  expect(await run.log.range('bars', 0)).toMatchObject({ endOffset: 1 });
  run.log.faults.break(undefined);
  await run.finish(process);
  const told = new Set((await barsTopic(run.log)).flatMap(({ bars }) => bars.map(({ startSec }) => startSec)));
  expect(told.size).toBeGreaterThan(5);
});

test('a stop ends in its time with a store that is away, and the next worker puts out what was left', async () => {
  const run = new LiveRun();
  const process = run.start();
  run.store.faults.break('unavailable');
  await run.trade();
  await run.pass(1_000);
  const beforeMs = process.clock.nowMs();
  await run.settle(process.worker.stop(), 'stopped');
  expect(process.clock.nowMs() - beforeMs).toBeLessThanOrEqual(config.stopWaitMs + 100);
  run.store.faults.break(undefined);
  await run.finish(run.start());
  expect((await storedTexts(run.store)).chunks).toHaveLength(1);
});

test('a stop saves a snapshot, from which the next worker reads nothing again that it need not', async () => {
  const run = new LiveRun();
  const first = run.start();
  for (let second = 0; second < 30; second += 1) {
    await run.trade();
    await run.pass(1_000);
  }
  await run.settle(first.worker.stop(), 'stopped');
  const [snapshot] = await run.store.snapshots(0);
  expect(snapshot?.nextOffset).toBe((await run.log.range('ticks', 0)).endOffset);
  const { endOffset } = await run.log.range('bars', 0);
  const second = run.start();
  await run.settle(second.worker.caughtUp(), 'caught up');
  // But for the mark of a start.
  expect(await run.log.range('bars', 0)).toMatchObject({ endOffset: endOffset + 1 });
  expect(statusOf(second)).toMatchObject({ state: 'running', ticks: 30 });
  await run.settle(second.worker.stop(), 'stopped');
  // Nothing changed, so nothing was saved.
  expect((await run.store.snapshots(0))[0]?.nextOffset).toBe(snapshot?.nextOffset);
});

test('while a snapshot is on its way to the store bars go on, and what is due meanwhile goes into the next one', async () => {
  const run = new LiveRun({ snapshotIntervalMs: 100, quietMs: 1e9 });
  const save = run.store.saveSnapshot.bind(run.store);
  const begun: number[] = [];
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  run.store.saveSnapshot = async (snapshot, claim) => {
    begun.push(snapshot.nextOffset);
    await held;
    await save(snapshot, claim);
  };
  const process = run.start();
  for (let second = 0; second < 10; second += 1) {
    await run.trade();
    await run.pass(1_000);
  }
  expect(begun).toEqual([1]);
  expect(statusOf(process)).toMatchObject({ state: 'running', nextOffset: 10, lagRecords: 0 });
  expect(run.store.judged.bars().length).toBeGreaterThan(5);
  release();
  await run.pass(500);
  expect(begun).toEqual([1, 10]);
  await run.finish(process);
  expect((await run.store.snapshots(0)).map(({ nextOffset }) => nextOffset)).toEqual([10, 1]);
});

test('a damaged snapshot is told and the older one used; with both damaged the log is counted from its beginning', async () => {
  for (const damagedSnapshots of [1, 2]) {
    const run = new LiveRun({ snapshotIntervalMs: 500 });
    const first = run.start();
    for (let second = 0; second < 5; second += 1) {
      await run.trade();
      await run.pass(1_000);
    }
    await run.settle(first.worker.stop(), 'stopped');
    const second = run.start({ damagedSnapshots });
    await run.settle(second.worker.caughtUp(), 'caught up');
    const { problems, ticks } = statusOf(second);
    expect(problems.map(({ code }) => code)).toEqual(
      Array.from({ length: damagedSnapshots }, () => 'SNAPSHOT_DAMAGED'),
    );
    expect(ticks).toBe(5);
    await run.settle(second.worker.stop(), 'stopped');
  }
});

test('with another configuration the log is counted anew, and it is told why', async () => {
  const run = new LiveRun();
  await run.trade();
  await run.finish(run.start());
  const second = run.start({ config: { fold: { ...fold, intervals: ['5m'] } } });
  await run.settle(second.worker.caughtUp(), 'caught up');
  expect(statusOf(second).problems).toMatchObject([{ code: 'SNAPSHOT_OF_OTHER_CONFIG' }]);
  await run.settle(second.worker.stop(), 'stopped');
});

test('no snapshot and a log that does not begin at 0: the partition stops for good and says what to do', async () => {
  const run = new LiveRun();
  await run.trade();
  await run.trade();
  const process = run.start({ log: { range: async () => ({ firstOffset: 1, endOffset: 2 }) } });
  expect(await failureOf(run, process)).toBe(
    'WorkerFailedError: partition 0 cannot go on: there is no snapshot and the log keeps records from 1 on, not from 0; ' +
      'bring back the store or the log from a backup, or begin with an empty data directory ' +
      '(with Kafka and Cassandra: another stream and keyspace)',
  );
  expect(statusOf(process).state).toBe('failed');
  await expect(run.settle(process.worker.caughtUp(), 'caught up')).rejects.toThrow(/cannot go on/);
  await run.settle(process.worker.stop(), 'stopped');
});

test('a snapshot whose retained records the log let go of is passed over, and without another one the partition stops', async () => {
  const run = new LiveRun();
  for (let second = 0; second < 5; second += 1) {
    await run.trade();
    run.logClock.advanceBy(1_000);
  }
  await run.finish(run.start());
  const process = run.start({ log: { range: async () => ({ firstOffset: 3, endOffset: 5 }) } });
  expect(await failureOf(run, process)).toContain(
    'none of 1 snapshots can be used and the log keeps records from 3 on',
  );
  expect(statusOf(process).problems).toMatchObject([{ code: 'SNAPSHOT_BELOW_RETENTION' }]);
});

test('a log that ends before the snapshot is not the log that was counted: the partition stops for good', async () => {
  const run = new LiveRun();
  for (let count = 0; count < 5; count += 1) await run.trade();
  await run.finish(run.start());
  const process = run.start({ log: { range: async () => ({ firstOffset: 0, endOffset: 3 }) } });
  expect(await failureOf(run, process)).toContain('its snapshot is of offset 5 and the log ends at 3');
});

test.each([
  ['OFFSET_BELOW_RETENTION', 'the log deleted records before they were counted'],
  ['OFFSET_BEYOND_END', 'the log lost records that were counted'],
] as const)('a reader that answers %s ends the partition with what to do', async (code, remedy) => {
  const run = new LiveRun();
  const next = async (): Promise<never> => {
    throw new LogError(code, 'the facts');
  };
  const process = run.start({ log: { open: () => ({ next, close: async () => undefined }) } });
  expect(await failureOf(run, process)).toContain(`the facts; ${remedy}`);
  await run.settle(process.worker.stop(), 'stopped');
});

test('a log that is away for a while is read on where reading stopped', async () => {
  const run = new LiveRun();
  const process = run.start();
  await run.trade();
  await run.pass(100);
  run.log.faults.break('unavailable');
  await run.pass(3_000);
  run.log.faults.break(undefined);
  await run.trade();
  await run.finish(process);
  expect(statusOf(process).ticks).toBe(2);
});

test('forming bars of what is wanted come within the pause, and nothing of them is stored', async () => {
  const run = new LiveRun();
  const process = run.start();
  process.forming.want('test', 'A');
  await run.trade('A', 10);
  await run.trade('B', 20);
  await run.trade('A', 11);
  await run.pass(100);
  const published = process.forming.published.flat();
  expect(new Set(published.map(({ symbol }) => symbol))).toEqual(new Set(['A']));
  expect(published.at(-1)).toMatchObject({ state: 'forming', close: 11 });
  expect(run.store.judged.bars()).toEqual([]);
  await run.settle(process.worker.stop(), 'stopped');
});

test('retention is held back for the older of the two snapshots that are kept', async () => {
  const run = new LiveRun({ snapshotIntervalMs: 400, fold: { ...fold, horizonMs: 2_000 } });
  const pins: number[] = [];
  const process = run.start({ log: { pin: (_topic, _partition, offset) => void pins.push(offset) } });
  for (let second = 0; second < 20; second += 1) {
    await run.trade();
    await run.pass(1_000);
  }
  await run.finish(process);
  expect(pins[0]).toBe(0);
  expect(pins.at(-1)).toBeGreaterThan(5);
  expect(pins.at(-1)).toBeLessThan((await run.log.range('ticks', 0)).endOffset);
  expect(pins).toEqual(pins.toSorted((left, right) => left - right));
});

test('numbers and health: what was counted, how far, and ready once the log is counted', async () => {
  const run = new LiveRun();
  await run.trade();
  const clock = new ManualClock(startMs);
  const metrics = createMetrics({ ofProcess: false });
  const health = createHealth();
  const { log, store } = run;
  const forming = new SimulatedFormingBars();
  const calm = { ...config, quietMs: 1e9 };
  const [ownership, logger] = [ownsAll(1), silentLogger];
  const worker = startWorker({ log, store, forming, ownership, clock, logger, metrics, health, config: calm });
  expect(health.report()).toMatchObject({ ready: false, parts: [{ part: 'worker', state: 'starting' }] });
  for (let turn = 0; turn < 200; turn += 1) await clock.advance(20);
  await worker.caughtUp();
  expect(health.report()).toMatchObject({ ready: true, parts: [{ detail: '1 partitions are counted' }] });
  const text = await metrics.text();
  expect(text).toContain('tapeline_worker_ticks_total{partition="0"} 1\n');
  expect(text).toContain('tapeline_worker_lag_records{partition="0"} 0\n');
  expect(text).toMatch(/tapeline_worker_step_seconds_count [1-9]/);
  expect(text).not.toContain('symbol');
  await worker.stop();
  await worker.stop();
  expect(worker.status()[0]).toMatchObject({ state: 'stopped', ticks: 1, nextOffset: 1 });
  await expect(worker.caughtUp()).rejects.toThrow('stopped');
});

test('a record that is none is counted by code, kept for status, and stops nothing', async () => {
  const run = new LiveRun();
  const process = run.start();
  await run.log.append('ticks', 0, Uint8Array.of(255, 255, 255));
  await run.trade();
  await run.finish(process);
  expect(statusOf(process)).toMatchObject({ ticks: 1, problems: [{ code: 'RECORD_MALFORMED', offset: 0 }] });
});
