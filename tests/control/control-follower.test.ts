/** What a follower of `control` does with a log that does not answer, is replaced, or has records that are none. */
import { type ControlLog, type ControlLogRecord, LogError } from '@tapeline/domain';
import { ControlFollower, ControlReporter, encodeControl, encodeWriterReport } from '@tapeline/control';
import { ManualClock, type Logger, silentLogger } from '@tapeline/runtime';
import { SimulatedControlLog, VirtualClock } from '@tapeline/simulation';
import { expect, test } from 'vitest';
import { basePartitions, followerOf } from './coordinated-log.ts';

const random = { next: () => 0.5, bits: () => 1n };

function newLog(): SimulatedControlLog {
  return new SimulatedControlLog({ clock: new VirtualClock(1_000) });
}

async function claim(log: SimulatedControlLog, token: number): Promise<void> {
  for (const { key, bytes } of encodeControl({ kind: 'claim', token })) await log.append(key, bytes);
}

/** Whether the promise is settled after the clock has moved so far. */
async function isSettled(promise: Promise<unknown>, clock: ManualClock, ms: number): Promise<boolean> {
  let settled = false;
  const note = (): void => {
    settled = true;
  };
  void promise.then(note, note);
  await clock.advance(ms);
  return settled;
}

test('an empty log is read at once', async () => {
  const follower = followerOf(newLog(), new ManualClock());
  await follower.caughtUp();
  expect(follower.view.placement.epoch).toBe(0);
  await follower.close();
});

test('a log that does not answer is asked again until it does, and nothing is missed', async () => {
  const [log, clock] = [newLog(), new ManualClock()];
  await claim(log, 3);
  const own = log.beside();
  own.faults.break('down');
  const follower = followerOf(own, clock);
  const caughtUp = follower.caughtUp();
  expect(await isSettled(caughtUp, clock, 30_000)).toBe(false);
  await claim(log, 4);
  own.faults.break(undefined);
  await clock.advance(2_000);
  await caughtUp;
  expect(follower.view.token).toBe(4);
  await follower.close();
});

test('records that are none are passed over, counted, and told once a minute', async () => {
  const told: string[] = [];
  const logger: Logger = { ...silentLogger, error: (message: string) => void told.push(message) };
  const [log, clock] = [newLog(), new ManualClock()];
  await log.append('claim/1', Uint8Array.of(255, 255));
  await log.append('nonsense', Uint8Array.of(1));
  await log.append('map/1/1/0', new Uint8Array());
  await claim(log, 2);
  const parts = { log, basePartitions, clock, random, logger, keepsReports: false, onLost: () => undefined };
  const follower = new ControlFollower(parts);
  await follower.caughtUp();
  expect([follower.view.token, follower.counters.malformed, told.length]).toEqual([2, 3, 1]);
  await clock.advance(60_000);
  await log.append('nonsense', Uint8Array.of(1));
  await follower.caughtUp();
  expect([follower.counters.malformed, told.length]).toEqual([4, 2]);
  await follower.close();
});

test('a map of another stream, or with partitions that are not there, is counted and not in force', async () => {
  const log = newLog();
  const map = { basePartitions: 9, partitions: 9, epoch: 1, overrides: [], moves: [], epochTimes: [] };
  for (const { key, bytes } of encodeControl({ kind: 'map', token: 1, map })) await log.append(key, bytes);
  const follower = followerOf(log, new ManualClock());
  await follower.caughtUp();
  expect([follower.counters.unusable, follower.view.token, follower.view.placement.epoch]).toEqual([1, 1, 0]);
  await follower.close();
});

test('the parts of a map that do not have its checksum are no map', async () => {
  const log = newLog();
  const symbols = Array.from({ length: 9 }, (_, index) => `S${index}`);
  const overrides = symbols.map((symbol) => ({
    dataset: 'd',
    symbol,
    partition: 1,
    epoch: 1,
    standing: 'spread' as const,
  }));
  const map = { basePartitions, partitions: 4, epoch: 1, overrides, moves: [], epochTimes: [] };
  const records = encodeControl({ kind: 'map', token: 1, map }, 40);
  expect(records.length).toBeGreaterThan(1);
  for (const { key, bytes } of records)
    await log.append(
      key,
      Uint8Array.from(bytes, (byte) => (byte === 83 ? 84 : byte)),
    );
  const follower = followerOf(log, new ManualClock());
  await follower.caughtUp();
  expect([follower.counters.malformed, follower.view.token, follower.view.placement.epoch]).toEqual([1, 1, 0]);
  for (const { key, bytes } of records) await log.append(key, bytes);
  await follower.caughtUp();
  expect(follower.view.placement.epoch).toBe(1);
  await follower.close();
});

/** A log that answers its readers with an error. */
function failing(code: 'LOG_REPLACED' | 'LOG_CLOSED'): Pick<ControlLog, 'open' | 'endOffset'> {
  const fail = async (): Promise<never> => {
    throw new LogError(code, 'control was deleted');
  };
  return { open: () => ({ next: fail, close: async () => undefined }), endOffset: async () => 7 };
}

test('a log that was replaced is told to the owner once, and whoever waits hears it', async () => {
  const lost: string[] = [];
  const parts = { basePartitions, clock: new ManualClock(), random, logger: silentLogger, keepsReports: false };
  const onLost = ({ code }: LogError): void => void lost.push(code);
  const follower = new ControlFollower({ ...parts, log: failing('LOG_REPLACED'), onLost });
  await expect(follower.caughtUp()).rejects.toMatchObject({ code: 'LOG_REPLACED' });
  await follower.close();
  expect(lost).toEqual(['LOG_REPLACED']);
});

test('whoever waits when the follower is closed hears it, and its owner does not', async () => {
  const lost: string[] = [];
  const [log, clock] = [newLog(), new ManualClock()];
  const ahead = { open: () => log.open(), endOffset: async () => 7 };
  const onLost = ({ code }: LogError): void => void lost.push(code);
  const parts = { basePartitions, clock, random, logger: silentLogger, keepsReports: false, onLost };
  const follower = new ControlFollower({ ...parts, log: ahead });
  const waiting = Promise.allSettled([follower.caughtUp()]);
  await follower.close();
  expect(await waiting).toMatchObject([{ status: 'rejected', reason: { code: 'LOG_CLOSED' } }]);
  await follower.close();
  expect(lost).toEqual([]);
});

test.each(['hear', 'onChange'] as const)(
  'a %s that throws ends the following: the owner hears why, and whoever waits',
  async (which) => {
    const lost: LogError[] = [];
    const told: string[] = [];
    const logger: Logger = { ...silentLogger, error: (message: string) => void told.push(message) };
    const [log, clock] = [newLog(), new ManualClock()];
    const defect = new TypeError('a defect of the listener');
    const fail = (): never => {
      throw defect;
    };
    const onLost = (error: LogError): void => void lost.push(error);
    const parts = { basePartitions, clock, random, logger, keepsReports: false, onLost };
    const ahead = { open: () => log.open(), endOffset: async () => 7 };
    const follower = new ControlFollower({ ...parts, log: ahead, ...(which === 'hear' ? { hear: fail } : {}) });
    if (which === 'onChange') follower.onChange(fail);
    const waiting = Promise.allSettled([follower.caughtUp()]);
    await claim(log, 3);
    await clock.advance(1);
    expect(await waiting).toMatchObject([{ status: 'rejected', reason: { code: 'LOG_CLOSED', cause: defect } }]);
    expect([lost.length, lost[0]?.cause, told.length]).toEqual([1, defect, 1]);
    await follower.close();
  },
);

function reports(records: readonly ControlLogRecord[]): string[] {
  return records.map(({ key, bytes }) => `${key} ${bytes === undefined ? 'out' : bytes.length}`);
}

test('a reporter says what is new at once, repeats it every 10 s, and takes it out at the stop', async () => {
  const [log, clock] = [newLog(), new ManualClock()];
  let mapEpoch = 0;
  const report = (): ReturnType<typeof encodeWriterReport> => encodeWriterReport({ writer: 'w', mapEpoch });
  const reporter = new ControlReporter({ log, clock, random, logger: silentLogger, report });
  const follower = followerOf(log, clock);
  await clock.advance(1);
  mapEpoch = 5;
  reporter.news();
  await clock.advance(1);
  expect([...follower.reports.writers].map((kept) => kept.report.mapEpoch)).toEqual([5]);
  await clock.advance(20_000);
  expect(reports(log.records)).toEqual(['writer/w 3', 'writer/w 5', 'writer/w 5', 'writer/w 5']);
  await reporter.stop();
  await reporter.stop();
  await follower.caughtUp();
  expect(reports(log.records).at(-1)).toBe('writer/w out');
  expect([...follower.reports.writers]).toEqual([]);
  await follower.close();
});

test('a reporter over a log that takes nothing goes on, and its stop ends', async () => {
  const [log, clock] = [newLog(), new ManualClock()];
  log.faults.break('lost');
  const report = (): ReturnType<typeof encodeWriterReport> => encodeWriterReport({ writer: 'w', mapEpoch: 2 });
  const reporter = new ControlReporter({ log, clock, random, logger: silentLogger, report });
  await clock.advance(60_000);
  log.faults.break(undefined);
  await clock.advance(10_000);
  expect(reports(log.records).slice(0, 1)).toEqual(['writer/w 5']);
  const hanging = { append: () => new Promise<never>(() => undefined) };
  const stuck = new ControlReporter({ log: hanging, clock, random, logger: silentLogger, report });
  const stopped = stuck.stop();
  expect(await isSettled(stopped, clock, 2_000)).toBe(true);
  await reporter.stop();
});
