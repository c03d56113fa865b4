/** A worker on the topic `control`: it follows the map, its reports are read there, and it says when it can follow no more. */
import { decodeControl } from '@tapeline/control';
import { LogError } from '@tapeline/domain';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { SimulatedControlLog } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { type JoinedControl, joinControl } from '../../services/worker/src/join-control.ts';
import { appendRecord } from '../control/written-records.ts';
import { LiveRun } from './live-run.ts';

const random = { next: () => 0.5, bits: () => 0n };

function joined(run: LiveRun, log: SimulatedControlLog): JoinedControl {
  const clock = new ManualClock(run.logClock.nowMs);
  return joinControl({ control: log, basePartitions: 2, worker: 'host:9461', clock, random, logger: silentLogger });
}

test('partitions of a map that a coordinator wrote are used, and the reports are those of the topic', async () => {
  const run = new LiveRun({}, 2);
  const log = new SimulatedControlLog({ clock: run.logClock });
  const control = joined(run, log.beside());
  const process = run.start({ control });
  await run.trade('A', 10, 0);
  await run.pass(1_000);
  await run.log.addPartitions(3);
  await appendRecord(log, { kind: 'claim', token: 1 });
  const map = { basePartitions: 2, partitions: 3, epoch: 1, overrides: [], moves: [], epochTimes: [] };
  await appendRecord(log, { kind: 'map', token: 1, map });
  await run.pass(1_000);
  expect(process.ownership.partitionsInUse).toBe(3);
  process.ownership.gain(2);
  await run.pass(12_000, 100);
  const newest = new Map(log.records.map(({ key, bytes }) => [key, bytes]));
  const reports = ['partition/0', 'partition/1', 'partition/2'].map((key) =>
    decodeControl(key, newest.get(key) ?? new Uint8Array(0)),
  );
  expect(reports).toMatchObject([
    { kind: 'partition', report: { partition: 0, worker: 'host:9461' } },
    { kind: 'partition', report: { partition: 1, nextOffset: 0, lagMs: 0 } },
    { kind: 'partition', report: { partition: 2, nextOffset: 0, lagMs: 0 } },
  ]);
  const [first] = reports;
  expect(first?.kind === 'partition' && (first.report.rates.ticks.get('test', 'A') ?? 0)).toBeGreaterThan(0.5);
  await run.finish(process);
  await control.leave();
});

test('of many instruments a report names some, and all stand in a record of their own, once as long as nothing changes', async () => {
  const run = new LiveRun({}, 2);
  const log = new SimulatedControlLog({ clock: run.logClock });
  const control = joined(run, log.beside());
  const process = run.start({ control });
  for (let index = 0; index < 200; index += 1) await run.trade(`S${index}`, 10, 0);
  await run.pass(25_000, 100);
  const ratesIn = (key: string): (number | undefined)[] =>
    log.records.flatMap((record) => {
      const entry = record.key === key && record.bytes !== undefined ? decodeControl(key, record.bytes) : undefined;
      if (entry?.kind === 'partition') return [entry.report.rates.ticks.size];
      return entry?.kind === 'rates' ? [entry.rates.ticks.size] : [];
    });
  // All of them are in the first partition; the other one has nothing to tell.
  expect(['rates/0', 'rates/1'].map(ratesIn)).toEqual([[200], []]);
  expect(ratesIn('partition/0').at(-1)).toBe(64);
  expect(ratesIn('partition/0').length).toBeGreaterThan(1);
  await run.finish(process);
  await control.leave();
});

test('a control that was replaced ends the process with what to do, and leaving it does not', async () => {
  const run = new LiveRun({}, 2);
  const log = new SimulatedControlLog({ clock: run.logClock });
  const left = joined(run, log.beside());
  await left.leave();
  const next = async (): Promise<never> => {
    throw new LogError('LOG_REPLACED', 'control was made anew');
  };
  const replaced = Object.assign(log.beside(), { open: () => ({ next, close: async () => undefined }) });
  const control = joined(run, replaced);
  await expect(control.lost).rejects.toThrow(
    'the worker cannot follow its maps any more: control was made anew; start it again',
  );
  let isLost = false;
  left.lost.catch(() => (isLost = true));
  await new Promise(setImmediate);
  expect(isLost).toBe(false);
  await control.leave();
});
