/** One partition's lane: what lingers, what waits, what is told. */
import { LogError } from '@tapeline/domain';
import { createMetrics, ManualClock, silentLogger } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { ScriptedLog } from '../test-kit/scripted-log.ts';
import { IngestMetrics } from './ingest-metrics.ts';
import { Lane, type LanePart } from './lane.ts';

type Bench = {
  readonly clock: ManualClock;
  readonly log: ScriptedLog;
  readonly lane: Lane;
  readonly told: string[];
  readonly replaced: string[];
};

function bench(config: { lingerMs?: number; lingerBytes?: number; laneBytesMax?: number } = {}): Bench {
  const clock = new ManualClock(0);
  const log = new ScriptedLog(1, () => clock.nowMs());
  const metrics = new IngestMetrics(createMetrics({ ofProcess: false }), clock);
  const random = { next: () => 1, bits: () => 0n };
  const bounds = { lingerMs: 5, lingerBytes: 100, laneBytesMax: 250, ...config };
  const replaced: string[] = [];
  const onLogReplaced = ({ message }: LogError): void => void replaced.push(message);
  const lane = new Lane(0, { log, clock, random, logger: silentLogger, metrics, config: bounds, onLogReplaced });
  return { clock, log, lane, told: [], replaced };
}

function part({ told }: Bench, name: string, bytes: number = 10, isWanted: () => boolean = () => true): LanePart {
  return {
    pieces: [new Uint8Array(bytes)],
    bytes,
    isWanted,
    dropped: () => void told.push(`${name} dropped`),
    settled: ({ offset }) => void told.push(`${name} ${offset}`),
    failed: ({ code }: LogError) => void told.push(`${name} ${code}`),
  };
}

test('the first entry waits for others as long as it may linger, and all make one record', async () => {
  const b = bench();
  b.lane.add(part(b, 'a'));
  await b.clock.advance(4);
  b.lane.add(part(b, 'b'));
  expect(b.log.appends).toBe(0);
  await b.clock.advance(1);
  expect([b.log.appends, b.told]).toEqual([1, ['a 0', 'b 0']]);
});

test('a record that is full waits no longer', async () => {
  const b = bench();
  b.lane.add(part(b, 'a', 60));
  b.lane.add(part(b, 'b', 60));
  await b.clock.advance(0);
  expect(b.told).toEqual(['a 0', 'b 0']);
});

test('a record holds 1 MiB at most, and a larger entry one of its own', async () => {
  const b = bench({ laneBytesMax: 1e9 });
  for (const [name, bytes] of [
    ['a', 600_000],
    ['b', 600_000],
    ['c', 3_000_000],
    ['d', 10],
  ] as const) {
    b.lane.add(part(b, name, bytes));
  }
  await b.lane.drain();
  expect(b.told).toEqual(['a 0', 'b 1', 'c 2', 'd 3']);
});

test('there is room again once less waits than may', async () => {
  const b = bench();
  b.log.fate = () => 'wait';
  let hasRoom = false;
  for (const name of ['a', 'b', 'c']) b.lane.add(part(b, name, 100));
  void b.lane.room(() => true).then(() => (hasRoom = true));
  await Promise.resolve();
  expect(hasRoom).toBe(false);
  await b.clock.advance(5);
  expect(hasRoom).toBe(true);
  b.log.fate = () => 'land';
  b.log.letGo();
  await b.lane.drain();
});

test('who waits for room and is not wanted any more waits no longer', async () => {
  const b = bench();
  b.log.fate = () => 'wait';
  for (const name of ['a', 'b', 'c']) b.lane.add(part(b, name, 100));
  let isWanted = true;
  const room = b.lane.room(() => isWanted);
  isWanted = false;
  b.lane.recheck();
  await room;
  expect(b.told).toEqual([]);
  b.log.fate = () => 'land';
  await b.clock.advance(5);
  b.log.letGo();
  await b.lane.drain();
});

test('an entry that nobody wants any more is told that it is dropped and leaves nothing in the log', async () => {
  const b = bench();
  b.lane.add(part(b, 'a', 10, () => false));
  b.lane.add(part(b, 'b'));
  await b.clock.advance(5);
  expect([b.told, b.log.records[0]?.[0]?.bytes.length]).toEqual([['a dropped', 'b 0'], 10]);
});

test('after a failure the next try waits, longer each time, and a success forgets that', async () => {
  const b = bench({ lingerMs: 0 });
  const appendsAt: number[] = [];
  b.log.fate = (_partition, append) => {
    appendsAt.push(b.clock.monotonicMs());
    return append <= 3 ? 'lose' : 'land';
  };
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    b.lane.add(part(b, name));
    await b.clock.advance(0);
  }
  await b.clock.advance(5_000);
  expect(b.told.slice(0, 1)).toEqual(['a LOG_UNAVAILABLE']);
  // What waited meanwhile goes together, so the tries are few and spaced.
  expect(appendsAt[1]! - appendsAt[0]!).toBeGreaterThanOrEqual(40);
});

test('what a log throws that is no error of a log counts as unknown', async () => {
  const b = bench();
  b.log.append = async () => {
    throw new TypeError('a defect');
  };
  b.lane.add(part(b, 'a'));
  await b.clock.advance(5);
  expect(b.told).toEqual(['a LOG_UNAVAILABLE']);
});

test('that the log is another one is told to whoever looks after the process, other failures are not', async () => {
  const b = bench();
  b.log.fate = () => 'lose';
  b.lane.add(part(b, 'a'));
  await b.clock.advance(5);
  expect(b.replaced).toEqual([]);
  b.log.append = async () => {
    throw new LogError('LOG_REPLACED', 'it was made anew');
  };
  b.lane.add(part(b, 'b'));
  await b.clock.advance(5_000);
  expect([b.told, b.replaced]).toEqual([['a LOG_UNAVAILABLE', 'b LOG_REPLACED'], ['it was made anew']]);
});

test('a drain does not linger and ends when everything is told', async () => {
  const b = bench({ lingerMs: 1_000 });
  b.lane.add(part(b, 'a'));
  await b.clock.advance(10);
  const drained = b.lane.drain();
  await drained;
  expect(b.told).toEqual(['a 0']);
});

test('a part that grows and is not wanted any more leaves the lane at once, and its room with it', async () => {
  const b = bench({ laneBytesMax: 100 });
  b.log.fate = () => 'wait';
  let isWanted = true;
  b.lane.add(part(b, 'a', 100));
  await b.clock.advance(5);
  b.lane.add({ ...part(b, 'b', 100, () => isWanted), close: () => 100 });
  expect(b.lane.isFull).toBe(true);
  isWanted = false;
  b.lane.recheck();
  expect([b.lane.isFull, b.told]).toEqual([false, ['b dropped']]);
});

test('a part that grows counts with what it grew by, and goes as it is when its turn comes', async () => {
  const b = bench({ laneBytesMax: 100 });
  const grown = { ...part(b, 'a', 60), pieces: [new Uint8Array(7)], close: () => 7 };
  b.lane.add(grown);
  expect(b.lane.isFull).toBe(false);
  grown.bytes = 110;
  b.lane.grew(50);
  expect(b.lane.isFull).toBe(true);
  await b.clock.advance(5);
  expect([b.lane.isFull, b.told, b.log.records[0]?.[0]?.bytes.length]).toEqual([false, ['a 0'], 7]);
});
