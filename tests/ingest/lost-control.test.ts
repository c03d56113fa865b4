/**
 * Logs that another took the place of. In: an ingest that follows maps, `control` or the log of ticks replaced. Out: a start that fails
 * with its line, and nothing taken; a log that others of the process asked is used by the newest map.
 */
import { homePartition, LogError, Placement } from '@tapeline/domain';
import { createHealth, createMetrics, readOptions, silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import {
  SimulatedControlLog,
  SimulatedFormingBars,
  SimulatedLog,
  SimulatedStore,
  VirtualClock,
} from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { ingestProcessOptions } from '../../services/ingest/src/process-options.ts';
import { serveIngest } from '../../services/ingest/src/run-ingest.ts';
import { appendMap, movedIn } from '../control/written-records.ts';
import { open, publish, pumped, type Rig, rows, startMs, startRig, trade } from './ingest-rig.ts';

const partitions = 2;
const terms = { priceExponent: -9, sizeExponent: 0, calendar: '24/7', currency: '', tickSize: 0 };

type Started = { readonly rig: Rig; readonly control: SimulatedControlLog; readonly replaced: string[] };

/** An ingest on a `control`, whose readers fail as `reads` says. */
function start(reads: () => LogError | undefined = () => undefined): Started {
  const control = new SimulatedControlLog({ clock: new VirtualClock(startMs) });
  const own = control.beside();
  const log = new Proxy(own, {
    get: (target, name: keyof SimulatedControlLog) => {
      const problem = reads();
      if (name === 'endOffset' && problem !== undefined) return async () => Promise.reject(problem);
      if (name === 'open' && problem !== undefined) {
        return () => ({ next: async () => Promise.reject(problem), close: async () => undefined });
      }
      const value = target[name];
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
  const replaced: string[] = [];
  const onLogReplaced = ({ code }: LogError): void => void replaced.push(code);
  return { rig: startRig({}, partitions, { control: { log, writer: 'w' }, onLogReplaced }), control, replaced };
}

/** Puts a map in force that has AAA in the last of so many partitions. */
async function moveToLast(control: SimulatedControlLog, count: number): Promise<void> {
  await appendMap(control, movedIn(Placement.atHome(partitions), 'AAA', count - 1, count));
}

async function refusedWith({ rig }: Started): Promise<readonly unknown[]> {
  const { error, acks } = await publish(rig, [open(), rows([trade(1, 0)])]);
  return [error?.reason, error?.facts['code'], acks.length];
}

test('an ingest that lost control while it started is not ready: it says how it ended, and takes nothing', async () => {
  const problem = new LogError('LOG_REPLACED', 'control is another one than at the start');
  const started = start(() => problem);
  const ready = Promise.allSettled([started.rig.ingest.ready()]);
  await started.rig.clock.advance(5_000);
  expect(await ready).toEqual([{ status: 'rejected', reason: problem }]);
  await expect(started.rig.ingest.ready()).rejects.toBe(problem);
  expect(started.replaced).toEqual(['LOG_REPLACED']);
  expect(await refusedWith(started)).toEqual(['LOG_UNAVAILABLE', 'LOG_REPLACED', 0]);
  await pumped(started.rig.clock, started.rig.ingest.stop());
});

test('a process that lost control while it started ends with the line of that, and was never ready', async () => {
  const line = readOptions(ingestProcessOptions, ['--grpc-port', '0'], {});
  if (line.kind !== 'read') throw new Error(JSON.stringify(line));
  const clock = new VirtualClock(startMs);
  const problem = new LogError('LOG_REPLACED', 'control is another one than at the start');
  const control = new SimulatedControlLog({ clock });
  control.endOffset = async () => Promise.reject(problem);
  control.open = () => ({ next: async () => Promise.reject(problem), close: async () => undefined });
  const log = new SimulatedLog({ clock, partitions });
  const health = createHealth();
  const told: string[] = [];
  health.onChange(({ parts }) => void told.push(...parts.map(({ state }) => state)));
  const backend = {
    kind: 'servers' as const,
    log,
    control,
    partitions: log,
    store: new SimulatedStore(),
    forming: new SimulatedFormingBars(),
    place: 'here',
    limits: [],
    joinWorkers: async () => Promise.reject(new Error('not asked')),
    close: async () => undefined,
  };
  const parts = { clock: systemClock, random: systemRandom, logger: silentLogger, health };
  const metrics = createMetrics({ ofProcess: false });
  const { signal: stop } = new AbortController();
  await expect(serveIngest({ ...parts, metrics, backend, stop }, line.values)).rejects.toBe(problem);
  expect(told).not.toContain('ready');
  expect(health.report().parts).toEqual([
    { part: 'ingest', state: 'failed', detail: `takes nothing any more: ${problem.message}` },
  ]);
});

test('a start that is given up while control does not answer ends without an error', async () => {
  const { rig } = start(() => new LogError('LOG_UNAVAILABLE', 'no answer'));
  const ready = rig.ingest.ready();
  await rig.clock.advance(1_000);
  await pumped(rig.clock, rig.ingest.stop());
  await expect(ready).resolves.toBeUndefined();
});

test('the newest map is used though the answer did not come, where others found its partitions meanwhile', async () => {
  const { rig, control } = start();
  await rig.ingest.ready();
  rig.known.set('AAA', terms);
  rig.log.grow(4);
  rig.log.refreshPartitions = async () => {
    // Another part of the process asked at the same time, and got the answer.
    rig.log.partitionCount = 4;
    throw new LogError('LOG_UNAVAILABLE', 'the answer did not come');
  };
  await moveToLast(control, 4);
  await rig.clock.advance(100);
  const { error } = await publish(rig, [open(), rows([trade(1, 0)])]);
  expect([error, rig.log.records[3]?.length]).toEqual([undefined, 1]);
  await pumped(rig.clock, rig.ingest.stop());
});

test('a log of ticks that was replaced is not asked for ever: everything is refused, and the owner hears of it', async () => {
  const started = start();
  const { rig, control, replaced } = started;
  await rig.ingest.ready();
  rig.known.set('AAA', terms);
  let asked = 0;
  rig.log.refreshPartitions = async () => {
    asked += 1;
    throw new LogError('LOG_REPLACED', 'the log of ticks is another one than at the start');
  };
  await moveToLast(control, 4);
  await rig.clock.advance(60_000);
  expect([asked, replaced]).toEqual([1, ['LOG_REPLACED']]);
  expect(await refusedWith(started)).toEqual(['LOG_UNAVAILABLE', 'LOG_REPLACED', 0]);
  expect(rig.log.records[homePartition('test', 'AAA', partitions)]).toEqual([]);
  await pumped(rig.clock, rig.ingest.stop());
});

test('a log of ticks that was replaced while ingest started fails the start, which does not wait for its partitions', async () => {
  const control = new SimulatedControlLog({ clock: new VirtualClock(startMs) });
  await moveToLast(control, 4);
  const problem = new LogError('LOG_REPLACED', 'the log of ticks is another one than at the start');
  const { ingest, log, clock } = startRig({}, partitions, { control: { log: control, writer: 'w' } });
  log.refreshPartitions = async () => Promise.reject(problem);
  const ready = Promise.allSettled([ingest.ready()]);
  await clock.advance(1_000);
  expect(await ready).toEqual([{ status: 'rejected', reason: problem }]);
  await pumped(clock, ingest.stop());
});
