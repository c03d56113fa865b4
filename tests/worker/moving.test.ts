/**
 * One instrument that moves between two partitions of one worker and back: what readers, callers of forming bars and whoever places
 * instruments are told, and what the metrics say. It needs a fold that says which instruments came and went.
 */
import { decodeTapeRecord, encodeLogRecord, homePartition, type PartitionReport } from '@tapeline/domain';
import type { WorkerControl } from '@tapeline/worker';
import { wireOutput } from '@tapeline/wire';
import { expect, test } from 'vitest';
import { LiveRun, startMs } from './live-run.ts';
import { recordsOf } from './outputs.ts';
import type { Process } from './worker-run.ts';

const symbol =
  Array.from({ length: 20 }, (_, at) => `S${at}`).find((name) => homePartition('test', name, 2) === 0) ?? '';

async function metric(process: Process, name: string): Promise<number> {
  const lines = (await process.metrics.text()).split('\n').filter((line) => line.startsWith(`tapeline_worker_${name}`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

class MovingRun extends LiveRun {
  /** A trade that goes to that partition by a map of this epoch. */
  async tradeAt(partition: number, mapEpoch: number): Promise<void> {
    this.publisher.mapEpoch = mapEpoch;
    const block = this.publisher.block(this.publisher.trade(this.logClock.nowMs - startMs, 10, 1, { symbol }));
    await this.log.append('ticks', partition, encodeLogRecord([block]));
  }

  async move(epoch: number, fromEpoch: number, from: number, to: number): Promise<void> {
    const move = { kind: 'move', dataset: 'test', symbol, epoch, fromEpoch, to } as const;
    await this.log.append('ticks', from, encodeLogRecord([move]));
  }
}

/** What the records of both topics say of comings and goings, of each topic; they must be the same. */
async function told(run: LiveRun, partition: number): Promise<{ left: number[]; came: number[] }> {
  const of = ({
    departures,
    arrivals,
  }: wireOutput.BarRecord | wireOutput.TapeRecord): { left: number[]; came: number[] } => ({
    left: departures.map(({ epoch, toPartition }) => 10 * epoch + toPartition),
    came: arrivals.map(({ epoch }) => epoch),
  });
  const joined = (all: readonly { left: number[]; came: number[] }[]): { left: number[]; came: number[] } => ({
    left: all.flatMap(({ left }) => left),
    came: all.flatMap(({ came }) => came),
  });
  const bars = await recordsOf(run.log, 'bars', partition);
  const tape = await recordsOf(run.log, 'tape', partition);
  const byBars = joined(bars.map(({ bytes }) => of(wireOutput.BarRecord.decode(bytes))));
  expect(joined(tape.map(({ bytes }) => of(wireOutput.TapeRecord.decode(bytes))))).toEqual(byBars);
  return byBars;
}

test('there and back: one tape, forming bars from where it is, and everybody is told', async () => {
  const run = new MovingRun({ quietMs: 1e9 }, 2);
  const reports: PartitionReport[] = [];
  const control: WorkerControl = {
    worker: 'w',
    followPartitions: () => () => undefined,
    report: async (report) => reports.push(report),
  };
  const process = run.start({ control });
  process.forming.want('test', symbol);
  const serving = (): boolean[] => [0, 1].map((at) => process.worker.servesForming(at, 'test', symbol));
  let heard = 0;
  /** The partitions of which forming bars came since the last call. */
  const published = (): number[] => {
    const bars = process.forming.published.slice(heard).flat();
    heard = process.forming.published.length;
    return [...new Set(bars.map(({ position }) => position.partition))];
  };

  await run.tradeAt(0, 0);
  await run.pass(300);
  expect([serving(), published()]).toEqual([[true, false], [0]]);

  await run.move(1, 0, 0, 1);
  await run.tradeAt(1, 1);
  await run.tradeAt(0, 0);
  await run.pass(300);
  expect(serving()).toEqual([false, true]);
  published();
  await run.tradeAt(1, 1);
  await run.pass(300);
  expect(published()).toEqual([1]);

  await run.move(2, 1, 1, 0);
  await run.tradeAt(0, 2);
  await run.pass(300);
  expect([serving(), await metric(process, 'own_instruments')]).toEqual([[true, false], 1]);

  const steps = (partition: number): string[] =>
    (reports.filter((report) => report.partition === partition).at(-1)?.steps ?? []).map(
      ({ step, epoch }) => `${step} ${epoch}`,
    );
  expect([steps(0), steps(1)]).toEqual([
    ['left 1', 'arrived 2'],
    ['arrived 1', 'left 2'],
  ]);
  await run.finish(process);

  expect(await told(run, 0)).toEqual({ left: [11], came: [2] });
  expect(await told(run, 1)).toEqual({ left: [20], came: [1] });
  const chunks = await run.store.tape({ dataset: 'test', symbol, order: 'number', limit: 99 });
  // Each stay has chunks of its own.
  expect(chunks.map(({ firstNumber, lastNumber }) => [firstNumber, lastNumber])).toEqual([
    [1, 1],
    [2, 4],
    [5, 5],
  ]);
  expect(chunks.flatMap(({ bytes }) => decodeTapeRecord(bytes).segments.map(({ position }) => position.epoch))).toEqual(
    [0, 1, 1, 1, 2],
  );
  expect(await run.store.instruments({ limit: 9 })).toMatchObject([{ symbol }]);
  expect(await metric(process, 'moves_total{event="left"}')).toBe(2);
  expect(
    (await metric(process, 'moves_total{event="came"}')) + (await metric(process, 'moves_total{event="cameBack"}')),
  ).toBe(2);
  expect(await metric(process, 'emissions_total{kind="handover"}')).toBe(2);
  expect(await metric(process, 'emission_bytes_total{kind="handover"}')).toBeGreaterThan(100);
  expect(await metric(process, 'shipped_trade_bytes_total')).toBeGreaterThan(0);
  expect(await metric(process, 'move_pause_seconds_count')).toBe(2);
  expect(await metric(process, 'order_violations_total')).toBe(0);
});

test('who takes a partition over tells of what came before: its predecessor may have ended between the snapshot and the report', async () => {
  const run = new MovingRun({ quietMs: 1e9 }, 2);
  const reports: PartitionReport[] = [];
  const controlOf = (report: WorkerControl['report']): WorkerControl => {
    return { worker: 'w', followPartitions: () => () => undefined, report };
  };
  const first = run.start({ control: controlOf(() => Promise.reject(new Error('it does not come to that'))) });
  await run.tradeAt(0, 0);
  await run.move(1, 0, 0, 1);
  await run.tradeAt(1, 1);
  await run.pass(300);
  await run.finish(first);
  const second = run.start({ control: controlOf(async (report) => reports.push(report)) });
  await run.pass(300);
  await run.finish(second);
  const ofPartition = (partition: number): unknown => reports.findLast((report) => report.partition === partition);
  expect(ofPartition(0)).toMatchObject({ steps: [] });
  expect(ofPartition(1)).toMatchObject({ steps: [{ dataset: 'test', symbol, epoch: 1, step: 'arrived' }] });
  expect(await metric(second, 'move_pause_seconds_count')).toBe(0);
});

test('what leaves before its first tick is listed where that comes', async () => {
  const run = new MovingRun({ quietMs: 1e9 }, 2);
  const process = run.start();
  await run.store.enterPins([{ dataset: 'test', symbol, partition: 0 }]);
  await run.move(1, 0, 0, 1);
  await run.tradeAt(1, 1);
  await run.pass(300);
  await run.finish(process);
  expect(process.worker.status().map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  expect(await run.store.instruments({ limit: 9 })).toMatchObject([{ symbol, pin: 0 }]);
});
