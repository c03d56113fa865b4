/**
 * Instruments whose ticks come to another partition than the one that has them: workers send them on, wait for nobody but the
 * log, repeat harmlessly after a crash, and tell what happened. And partitions that are added while a worker runs.
 */
import { encodeLogRecord, homePartition, LogError, type LogEntryToWrite, type PartitionReport } from '@tapeline/domain';
import type { WorkerControl } from '@tapeline/worker';
import { expect, test } from 'vitest';
import { ScriptedPublisher } from '../../packages/domain/test-kit/scripted-publisher.ts';
import { LiveRun, startMs } from './live-run.ts';
import { recordsOf, storedTexts } from './outputs.ts';
import type { Process } from './worker-run.ts';

/** A symbol of the dataset `test` whose home is that one of two partitions; others with a higher `place`. */
function symbolAt(home: number, place = 0): string {
  const symbols = Array.from({ length: 60 }, (_, at) => `S${at}`);
  const symbol = symbols.filter((name) => homePartition('test', name, 2) === home)[place];
  if (symbol === undefined) throw new RangeError(`there is no symbol ${place} at ${home}`);
  return symbol;
}

/** Pinned to the other partition than home: `a` lives in 1, `b` in 0. */
const [a, b] = [symbolAt(0), symbolAt(1)];

/** A run of two partitions, with a publisher whose ingest does not know of pins. */
class StrayRun extends LiveRun {
  async appendTo(partition: number, ...entries: readonly LogEntryToWrite[]): Promise<void> {
    await this.log.append('ticks', partition, encodeLogRecord(entries));
  }

  /** Says in both logs where the two are. */
  async settlePins(): Promise<void> {
    for (const [symbol, partition] of [
      [a, 1],
      [b, 0],
    ] as const) {
      for (const at of [0, 1]) await this.appendTo(at, { kind: 'origin', dataset: 'test', symbol, partition });
    }
  }

  /** A trade of each that goes to its home, by a writer without a map. */
  async strays(): Promise<void> {
    const ms = this.logClock.nowMs - startMs;
    const block = (symbol: string): LogEntryToWrite =>
      this.publisher.block(this.publisher.trade(ms, 10, 1, { symbol }));
    await this.appendTo(0, block(a));
    await this.appendTo(1, block(b));
  }
}

async function numbers(run: LiveRun): Promise<string[]> {
  const { segments } = await storedTexts(run.store);
  return segments.flatMap(({ symbol, position, ticks }) =>
    ticks.map(({ number }) => `${symbol} ${number} of ${position.partition}`),
  );
}

function expected(count: number): string[] {
  return Array.from({ length: count }, (_, at) => at + 1)
    .flatMap((number) => [`${a} ${number} of 1`, `${b} ${number} of 0`])
    .toSorted();
}

async function metric(process: Process, name: string): Promise<number> {
  const lines = (await process.metrics.text()).split('\n').filter((line) => line.startsWith(`tapeline_worker_${name}`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test('two partitions of one worker that send to each other, each with room for one step alone, do not wait in a circle', async () => {
  const run = new StrayRun({ heldBackBytesMax: 1, stepBytesMax: 1, quietMs: 1e9 }, 2);
  await run.settlePins();
  const process = run.start();
  for (let count = 0; count < 60; count += 1) {
    await run.strays();
    if (count % 7 === 0) await run.pass(200);
  }
  await run.pass(2_000);
  expect(await metric(process, 'own_instruments{partition="0"}')).toBe(1);
  await run.finish(process);
  expect((await numbers(run)).toSorted()).toEqual(expected(60));
  expect(await metric(process, 'emissions_total{kind="forward"}')).toBe(120);
  expect(await metric(process, 'emission_bytes_total{kind="forward"}')).toBeGreaterThan(120 * 20);
  expect(await metric(process, 'moves_total{event="strayForwarded"}')).toBe(120);
  expect(await metric(process, 'order_violations_total')).toBe(0);
  const listed = await run.store.instruments({ limit: 9 });
  expect(new Map(listed.map(({ symbol, pin }) => [symbol, pin]))).toEqual(
    new Map([
      [a, 1],
      [b, 0],
    ]),
  );
});

test('a partition whose log takes nothing is told by who sends to it, whose other outputs go on; nothing is lost or counted twice', async () => {
  const run = new StrayRun({ snapshotIntervalMs: 100 }, 2);
  await run.settlePins();
  let isFull = true;
  const append: typeof run.log.append = async (topic, partition, bytes) => {
    if (isFull && topic === 'ticks' && partition === 1) throw new LogError('LOG_FULL', 'no space for partition 1');
    return run.log.append(topic, partition, bytes);
  };
  const process = run.start({ log: { append } });
  await run.settle(process.worker.caughtUp(), 'caught up');
  for (let count = 0; count < 20; count += 1) {
    await run.strays();
    await run.pass(300);
  }
  const [first, second] = process.worker.status();
  expect(first).toMatchObject({
    state: 'held-back',
    detail: expect.stringMatching(
      /ticks of partition 1 waits: no space.*; \d+ of 8388608 bytes wait for it, counting goes on/,
    ),
  });
  // What comes to it from the other one is counted and put out meanwhile.
  expect((await numbers(run)).filter((line) => line.startsWith(`${b} `)).length).toBeGreaterThan(15);
  expect(await metric(process, 'emissions_waiting_bytes{partition="0"}')).toBeGreaterThan(15 * 160);
  expect(await metric(process, 'emissions_waiting_seconds{partition="0"}')).toBeGreaterThan(4);
  expect(await metric(process, 'emissions_waiting_bytes{partition="1"}')).toBe(0);
  expect(second?.state).toBe('running');
  // O2: no snapshot covers what is not there yet.
  const strayFrom = 2;
  expect(first?.nextOffset).toBe(strayFrom);
  expect((await run.store.snapshots(0)).every(({ nextOffset }) => nextOffset <= strayFrom)).toBe(true);
  isFull = false;
  await run.pass(12_000);
  await run.finish(process);
  expect((await numbers(run)).toSorted()).toEqual(expected(20));
});

test('after a crash behind a snapshot the same is sent once more and counted once; what is read again sends nothing', async () => {
  const run = new StrayRun({ snapshotIntervalMs: 1e9, quietMs: 1e9 }, 2);
  await run.settlePins();
  const first = run.start();
  for (let count = 0; count < 5; count += 1) await run.strays();
  await run.settle(first.worker.caughtUp(), 'caught up');
  await run.pass(500);
  expect(await metric(first, 'emissions_total')).toBe(10);
  first.view.kill();
  const second = run.start();
  await run.settle(second.worker.caughtUp(), 'caught up');
  await run.finish(second);
  // It began from nothing, so everything went out twice: equal bytes, known by the chain.
  expect(await metric(second, 'emissions_total')).toBe(10);
  expect((await numbers(run)).toSorted()).toEqual(expected(5));
  const sent = (await recordsOf(run.log, 'ticks', 1)).map(({ bytes }) => Buffer.from(bytes).toString('hex'));
  expect(sent.length - new Set(sent).size).toBeGreaterThanOrEqual(5);
  const third = run.start();
  await run.finish(third);
  expect(await metric(third, 'emissions_total')).toBe(0);
  expect((await numbers(run)).toSorted()).toEqual(expected(5));
});

test('in a partition in which nothing else comes a parked entry goes home after 10 to 13 s, and then nothing is appended', async () => {
  const run = new StrayRun({}, 2);
  const process = run.start();
  const publisher = new ScriptedPublisher('live', 2);
  publisher.mapEpoch = 3;
  const block = publisher.block(publisher.trade(run.logClock.nowMs - startMs, 10, 1, { symbol: b }));
  await run.appendTo(0, block);
  await run.pass(9_000, 100);
  expect(await metric(process, 'parked_entries{partition="0"}')).toBe(1);
  expect(await metric(process, 'parked_bytes{partition="0"}')).toBeGreaterThan(0);
  expect((await run.log.range('ticks', 1)).endOffset).toBe(0);
  await run.pass(4_000, 100);
  expect(await metric(process, 'moves_total{event="sentHomeForAge"}')).toBe(1);
  expect(await metric(process, 'parked_entries')).toBe(0);
  await run.pass(60_000, 500);
  expect(await numbers(run)).toEqual([`${b} 1 of 1`]);
  const end = async (): Promise<number[]> =>
    Promise.all([0, 1].map(async (partition) => (await run.log.range('ticks', partition)).endOffset));
  const before = await end();
  expect(before[0]).toBeLessThanOrEqual(12);
  await run.pass(600_000, 2_000);
  expect(await end()).toEqual(before);
});

/** A control that is moved by hand. */
class HandControl implements WorkerControl {
  readonly worker = 'worker-0:9461';
  readonly reports: { readonly atMs: number; readonly report: PartitionReport }[] = [];
  readonly #run: LiveRun;
  #hear: (partitions: number) => void = () => undefined;
  isFollowed = false;

  constructor(run: LiveRun) {
    this.#run = run;
  }

  followPartitions(hear: (partitions: number) => void): () => void {
    this.#hear = hear;
    this.isFollowed = true;
    return () => {
      this.isFollowed = false;
    };
  }

  map(partitions: number): void {
    this.#hear(partitions);
  }

  async report(report: PartitionReport): Promise<void> {
    this.reports.push({ atMs: this.#run.logClock.nowMs, report });
  }

  of(partition: number): PartitionReport[] {
    return this.reports.map(({ report }) => report).filter((report) => report.partition === partition);
  }
}

test('each partition reports that it lives, what it carries and how far it is, each 10 s', async () => {
  const run = new StrayRun({ quietMs: 1e9 }, 2);
  const control = new HandControl(run);
  const process = run.start({ control });
  await run.pass(1_000);
  expect(control.of(1)).toMatchObject([
    { worker: 'worker-0:9461', nextOffset: 0, lagMs: 0, rates: { logTimeMs: 0, forgottenTicks: 0 }, steps: [] },
  ]);
  for (let count = 0; count < 100; count += 1) {
    await run.trade(a, 10, 0);
    await run.pass(200);
  }
  const last = control.of(0).at(-1);
  expect(control.of(0).length).toBeGreaterThanOrEqual(3);
  expect(control.of(1).length).toBe(control.of(0).length);
  expect(last).toMatchObject({ declaredGaps: 0, orderViolations: 0, strays: 0, parkedEntries: 0, parkedBytes: 0 });
  expect(last?.lagMs).toBeLessThan(1_000);
  // 5 a second for 20 s, of which half would be left after 30 s.
  expect(last?.rates.ticks.get('test', a)).toBeGreaterThan(50);
  expect(last?.rates.ticks.get('test', a)).toBeLessThanOrEqual(100);
  expect(new Set(control.reports.map(({ report }) => report.form)).size).toBe(1);
  await run.finish(process);
  expect(control.isFollowed).toBe(false);
  const { length } = control.reports;
  await run.pass(30_000, 200);
  expect(control.reports.length).toBe(length);
});

test('a control that answers nothing or fails holds nothing up, not even the stop', async () => {
  const run = new StrayRun({ quietMs: 1e9 }, 2);
  const control = new HandControl(run);
  const process = run.start({ control });
  let calls = 0;
  control.report = async () => {
    calls += 1;
    if (calls % 2 === 0) await new Promise(() => undefined);
    throw new LogError('LOG_UNAVAILABLE', 'control is away');
  };
  await run.trade(a, 10, 0);
  await run.pass(35_000, 200);
  expect(process.worker.status()).toMatchObject([{ state: 'running', ticks: 1 }, { state: 'running' }]);
  expect(await metric(process, 'reports_dropped_total')).toBeGreaterThan(0);
  const beforeMs = process.clock.nowMs();
  await run.finish(process);
  expect(process.clock.nowMs() - beforeMs).toBeLessThan(1_000);
});

test('partitions that a map adds are shared out once the log has them, and a new one lives though nothing comes', async () => {
  const run = new StrayRun({}, 2);
  const control = new HandControl(run);
  const process = run.start({ control });
  await run.pass(1_000);
  control.map(4);
  await run.pass(2_000);
  expect(process.ownership.partitionsInUse).toBe(0);
  await run.log.addPartitions(4);
  await run.pass(6_000);
  expect(process.ownership.partitionsInUse).toBe(4);
  process.ownership.gain(3);
  await run.pass(12_000, 200);
  expect(process.worker.status().at(-1)).toMatchObject({ partition: 3, state: 'running', nextOffset: 0 });
  expect(control.of(3).length).toBeGreaterThanOrEqual(2);
  expect(control.of(3)[0]).toMatchObject({ nextOffset: 0, lagMs: 0 });
  // Homes are those of the beginning: an instrument of two partitions is not pinned because there are four.
  await run.trade(a, 10, 0);
  await run.finish(process);
  expect(await run.store.instruments({ limit: 9 })).toMatchObject([{ symbol: a }]);
  expect((await run.store.instruments({ limit: 9 }))[0]?.pin).toBeUndefined();
});
