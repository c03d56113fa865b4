/** What goes to other partitions: after everything else of its steps, in order, one in flight a target, none waiting for another. */
import { LogError, type Store, type Emission } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { expect, test } from 'vitest';
import { patientOn } from '../test-kit/patience.ts';
import { barAt } from '../test-kit/sample-bar.ts';
import { sampleInstrument, sampleSegment } from '../test-kit/sample-tape.ts';
import { Outbox } from './outbox.ts';

type Rig = {
  readonly outbox: Outbox;
  readonly clock: ManualClock;
  readonly done: string[];
  readonly sent: string[];
  /** Appends to `ticks` that are under way, by target; the most at once of each. */
  readonly most: Map<number, number>;
  /** What an append to a partition of `ticks` throws. */
  readonly fail: Map<number, Error>;
  readonly waits: string[];
  /** What is said of it. */
  readonly told: string[];
  readonly errors: unknown[];
  /** Partitions that the log knows, and that it finds when it is asked. */
  readonly known: { now: number; found: number };
};

function setUp(bytesMax = 1e6): Rig {
  const [done, sent, waits, told]: [string[], string[], string[], string[]] = [[], [], [], []];
  const [most, under] = [new Map<number, number>(), new Map<number, number>()];
  const fail = new Map<number, Error>();
  const errors: unknown[] = [];
  const known = { now: 8, found: 8 };
  const clock = new ManualClock(0);
  const effect = async (what: string): Promise<void> => {
    await clock.sleep(1);
    done.push(what);
  };
  const outbox = new Outbox({
    log: {
      basePartitions: 8,
      get partitionCount() {
        return known.now;
      },
      refreshPartitions: async () => (known.now = known.found),
      append: async (topic: string, partition: number, bytes: Uint8Array) => {
        if (topic === 'ticks') {
          const now = (under.get(partition) ?? 0) + 1;
          under.set(partition, now);
          most.set(partition, Math.max(now, most.get(partition) ?? 0));
          await clock.sleep(1);
          under.set(partition, now - 1);
          const error = fail.get(partition);
          if (error !== undefined) throw error;
          done.push(`${partition}: ${bytes.join()}`);
        } else await effect(topic);
        return { offset: 0, appendTimeMs: 0 };
      },
    } as unknown as ConstructorParameters<typeof Outbox>[0]['log'],
    store: {
      writeBars: () => effect('store bars'),
      writeTape: () => effect('store tape'),
      writeInstruments: () => effect('store instruments'),
    } as unknown as Store,
    partition: 0,
    latenessLiveMs: 0,
    bytesMax,
    windowMs: 2_000,
    effects: patientOn(clock, (what, error) => {
      waits.push(what);
      told.push(error.message);
    }),
    clock,
    from: { clockMs: 0, nextOffset: 0 },
    sent: (record) => sent.push(record.join()),
    failed: (error) => errors.push(error),
  });
  return { outbox, clock, done, sent, most, fail, waits, told, errors, known };
}

function emission(to: number, ...values: number[]): Emission {
  const records = (): readonly Uint8Array[] => values.map((value) => Uint8Array.of(value));
  return { offset: 0, to, bytes: values.length, isAhead: false, isBehindAhead: false, records, pieces: records };
}

/** Trades that go ahead because of the record at `offset`; a slice of work stands before each of its records. */
function ahead(offset: number, to: number, ...values: number[]): Emission {
  const pieces = function* (): Generator<Uint8Array | undefined> {
    for (const value of values) {
      yield undefined;
      yield Uint8Array.of(value);
    }
  };
  return { ...emission(to, ...values), offset, isAhead: true, pieces };
}

/** A step of one record that ends at `nextOffset` and sends this on. */
function step({ outbox }: Rig, nextOffset: number, emissions: readonly Emission[]): void {
  outbox.addStep([sampleInstrument], [barAt(nextOffset)], { clockMs: 1, nextOffset });
  outbox.addEmissions(emissions.map((one) => ({ ...one, offset: one.isAhead ? one.offset : nextOffset - 1 })));
  outbox.addTape([], [sampleSegment], { clockMs: 1, nextOffset });
}

test('O6, O2: others get theirs after store and topics, and only then the step is durable', async () => {
  const rig = setUp();
  let durableAt: number | undefined;
  void rig.outbox.durableUpTo(1).then(() => (durableAt = rig.done.length));
  rig.outbox.addQuarantine([Uint8Array.of(0)]);
  step(rig, 1, [emission(3, 1, 2), emission(4, 9)]);
  for (let ms = 0; ms < 20; ms += 1) await rig.clock.advance(1);
  expect(rig.done.slice(0, 5).toSorted()).toEqual(['bars', 'quarantine', 'store bars', 'store instruments', 'tape']);
  expect(rig.done.slice(5).toSorted()).toEqual(['3: 1', '3: 2', '4: 9']);
  expect([durableAt, rig.outbox.durableOffset, rig.outbox.bytes]).toEqual([8, 1, 0]);
  expect(rig.sent.toSorted()).toEqual(['1', '2', '9']);
});

test('O1: of several steps a target gets them in their order, one at a time, and targets beside each other', async () => {
  const rig = setUp();
  for (let nextOffset = 1; nextOffset <= 20; nextOffset += 1) {
    step(rig, nextOffset, [emission(3, nextOffset, 100 + nextOffset), emission(5, nextOffset)]);
    if (nextOffset % 3 === 0) await rig.clock.advance(2);
  }
  for (let ms = 0; ms < 200; ms += 1) await rig.clock.advance(1);
  const of = (target: number): string[] => rig.done.filter((what) => what.startsWith(`${target}: `));
  const steps = Array.from({ length: 20 }, (_, at) => at + 1);
  expect(of(3)).toEqual(steps.flatMap((at) => [`3: ${at}`, `3: ${100 + at}`]));
  expect(of(5)).toEqual(steps.map((at) => `5: ${at}`));
  expect([...rig.most]).toEqual([
    [3, 1],
    [5, 1],
  ]);
  expect(rig.outbox.durableOffset).toBe(20);
});

test('O2: a target that takes nothing holds no output of a later step and no other target back, and nothing behind it is durable', async () => {
  const rig = setUp();
  rig.fail.set(3, new LogError('LOG_FULL', 'no space'));
  step(rig, 1, []);
  step(rig, 2, [emission(3, 1), emission(3, 2), emission(4, 7)]);
  await rig.clock.advance(50);
  step(rig, 3, [emission(3, 3), emission(4, 8)]);
  let isDurable = false;
  void rig.outbox.durableUpTo(2).then(() => (isDurable = true));
  for (let turn = 0; turn < 20; turn += 1) await rig.clock.advance(1_000);
  expect(rig.done.filter((what) => /^\d/.test(what))).toEqual(['4: 7', '4: 8']);
  expect(rig.done.filter((what) => what === 'tape')).toHaveLength(2);
  expect(new Set(rig.waits)).toEqual(new Set(['appending to ticks of partition 3']));
  expect([rig.outbox.durableOffset, isDurable]).toEqual([1, false]);
  expect(rig.outbox.forOthers.bytes).toBe(rig.outbox.bytes);
  expect(rig.outbox.forOthers.waitMs).toBeGreaterThan(19_000);
  rig.fail.clear();
  for (let turn = 0; turn < 20; turn += 1) await rig.clock.advance(1_000);
  expect(rig.done.filter((what) => /^\d/.test(what))).toEqual(['4: 7', '4: 8', '3: 1', '3: 2', '3: 3']);
  expect([rig.outbox.durableOffset, isDurable, rig.errors]).toEqual([3, true, []]);
  expect([rig.outbox.bytes, rig.outbox.forOthers]).toEqual([0, { bytes: 0, waitMs: 0 }]);
});

test('half of the bound for one target holds all up and is told as such; what it takes lets the next step in', async () => {
  const rig = setUp(20_000);
  rig.fail.set(3, new LogError('LOG_FULL', 'no space'));
  step(rig, 1, [{ ...emission(3, 1), bytes: 6_000 }]);
  for (let turn = 0; turn < 20; turn += 1) await rig.clock.advance(1_000);
  let hasRoom = false;
  const room = async (): Promise<void> => rig.outbox.room().then(() => void (hasRoom = true));
  await room();
  expect([hasRoom, rig.told.at(-1)]).toEqual([true, 'no space; 6160 of 10000 bytes wait for it, counting goes on']);
  hasRoom = false;
  step(rig, 2, [{ ...emission(3, 2), bytes: 6_000 }]);
  for (let turn = 0; turn < 20; turn += 1) await rig.clock.advance(1_000);
  void room();
  for (let turn = 0; turn < 20; turn += 1) await rig.clock.advance(1_000);
  expect([hasRoom, rig.told.at(-1)]).toEqual([
    false,
    'no space; 12320 of 10000 bytes wait for it, that is the bound, so nothing more is counted until it takes them',
  ]);
  rig.fail.clear();
  for (let turn = 0; turn < 10; turn += 1) await rig.clock.advance(1_000);
  expect([hasRoom, rig.outbox.bytes, rig.outbox.durableOffset]).toEqual([true, 0, 2]);
});

test('what was not sent when the outputs were dropped is never durable, and is not begun', async () => {
  const rig = setUp();
  step(rig, 1, [emission(3, 1), emission(3, 2)]);
  await rig.clock.advance(1);
  rig.outbox.drop(new Error('lost'));
  for (let ms = 0; ms < 20; ms += 1) await rig.clock.advance(1);
  await rig.outbox.idle();
  expect(rig.done).toContain('tape');
  expect(rig.sent).toEqual([]);
  expect(rig.outbox.durableOffset).toBe(0);
  await expect(rig.outbox.durableUpTo(1)).rejects.toThrow('lost');
});

test('a partition that was added a moment ago is looked for until the log has it', async () => {
  const rig = setUp();
  step(rig, 1, [emission(9, 1)]);
  for (let turn = 0; turn < 5; turn += 1) await rig.clock.advance(1_000);
  expect([rig.outbox.durableOffset, rig.waits.length > 0]).toEqual([0, true]);
  rig.known.found = 12;
  for (let turn = 0; turn < 20; turn += 1) await rig.clock.advance(1_000);
  expect([rig.outbox.durableOffset, rig.done.at(-1), rig.errors]).toEqual([1, '9: 1', []]);
});

test('a record that no log can take ends the outbox', async () => {
  const rig = setUp();
  const error = new LogError('RECORD_TOO_LARGE', 'too large');
  rig.fail.set(3, error);
  const told = rig.outbox.durableUpTo(1).then(
    () => 'durable',
    (reason: unknown) => reason,
  );
  step(rig, 1, [emission(3, 1)]);
  for (let ms = 0; ms < 20; ms += 1) await rig.clock.advance(1);
  expect(await told).toBe(error);
  expect(rig.errors).toEqual([error]);
});

test('what waits for others counts for the bound by what it says', () => {
  const { outbox } = setUp();
  const before = outbox.bytes;
  outbox.addEmissions([{ ...emission(3, 1), bytes: 70_000 }]);
  expect(outbox.bytes - before).toBeGreaterThanOrEqual(70_000);
  expect(outbox.bytes - before).toBeLessThan(71_000);
});

test('what waits for others says nothing of how much store and topics take in a time', async () => {
  const rig = setUp(1e8);
  let hasRoom = false;
  step(rig, 1, [{ ...emission(3, 1), bytes: 1_000_000 }]);
  void rig.outbox.room().then(() => (hasRoom = true));
  await Promise.resolve();
  await Promise.resolve();
  expect([hasRoom, rig.done]).toEqual([true, []]);
  for (let ms = 0; ms < 20; ms += 1) await rig.clock.advance(1);
  // The step's few rows took a few ms, as they would without the million bytes: more than at the beginning would be too much.
  rig.outbox.addTape([], [{ ...sampleSegment, bytes: new Uint8Array(1_000_000) }], { clockMs: 1, nextOffset: 2 });
  hasRoom = false;
  void rig.outbox.room().then(() => (hasRoom = true));
  await Promise.resolve();
  await Promise.resolve();
  expect(hasRoom).toBe(false);
});

test('trades that go ahead hold nothing up but what says so, and their record is durable with the last of them', async () => {
  const rig = setUp();
  rig.fail.set(3, new LogError('LOG_UNAVAILABLE', 'no leader'));
  let isPrepared = false;
  void rig.outbox.durableUpTo(1).then(() => (isPrepared = true));
  step(rig, 1, [ahead(0, 3, 30, 31)]);
  for (let ms = 0; ms < 20; ms += 1) await rig.clock.advance(1);
  step(rig, 2, [emission(4, 40)]);
  for (let ms = 0; ms < 20; ms += 1) await rig.clock.advance(1);
  expect(rig.done.filter((what) => what === 'store bars' || /^\d/.test(what))).toEqual([
    'store bars',
    'store bars',
    '4: 40',
  ]);
  step(rig, 3, [{ ...emission(4, 41), isBehindAhead: true }]);
  step(rig, 3, [{ ...emission(3, 32), isBehindAhead: true }]);
  for (let turn = 0; turn < 10; turn += 1) await rig.clock.advance(10_000);
  expect(rig.done.filter((what) => /^\d/.test(what))).toEqual(['4: 40', '4: 41']);
  expect([rig.outbox.durableOffset, isPrepared, rig.errors]).toEqual([0, false, []]);
  rig.fail.clear();
  for (let turn = 0; turn < 10; turn += 1) await rig.clock.advance(10_000);
  expect(rig.done.filter((what) => /^\d/.test(what))).toEqual(['4: 40', '4: 41', '3: 30', '3: 31', '3: 32']);
  expect([rig.outbox.durableOffset, isPrepared, rig.outbox.bytes, rig.errors]).toEqual([3, true, 0, []]);
});

test('the first record whose trades are not there bounds what is durable, whichever target is slower', async () => {
  const rig = setUp();
  rig.fail.set(3, new LogError('LOG_UNAVAILABLE', 'no leader'));
  step(rig, 6, [ahead(4, 3, 30), ahead(5, 4, 40)]);
  for (let ms = 0; ms < 20; ms += 1) await rig.clock.advance(1);
  expect([rig.outbox.durableOffset, rig.done.at(-1)]).toEqual([4, '4: 40']);
  const idle = rig.outbox.idle();
  rig.fail.clear();
  for (let turn = 0; turn < 10; turn += 1) await rig.clock.advance(10_000);
  await idle;
  expect(rig.outbox.durableOffset).toBe(6);
});

test('an outbox that ended sends no instrument whose trades did not all go ahead', async () => {
  const rig = setUp();
  rig.fail.set(3, new LogError('LOG_UNAVAILABLE', 'no leader'));
  step(rig, 1, [ahead(0, 3, 30, 31)]);
  step(rig, 2, [{ ...emission(3, 32), isBehindAhead: true }]);
  for (let ms = 0; ms < 20; ms += 1) await rig.clock.advance(1);
  rig.outbox.drop(new Error('the claim was lost'));
  rig.fail.clear();
  for (let turn = 0; turn < 10; turn += 1) await rig.clock.advance(10_000);
  await rig.outbox.idle();
  expect(rig.done.filter((what) => /^\d/.test(what))).toEqual(['3: 30']);
  expect(rig.outbox.durableOffset).toBe(0);
});

/** Trades that go ahead, whose gathering takes as long as `isGathered` is false. */
function gatheredLater(offset: number, to: number, value: number): { emission: Emission; isGathered: boolean } {
  const later = {
    isGathered: false,
    emission: {
      ...ahead(offset, to, value),
      pieces: function* (): Generator<Uint8Array | undefined> {
        while (!later.isGathered) yield undefined;
        yield Uint8Array.of(value);
      },
    },
  };
  return later;
}

test('a target gets what is in order while trades for it are gathered, but no instrument before those of its record or earlier', async () => {
  const rig = setUp();
  const appended = (): string[] => rig.done.filter((what) => /^\d/.test(what));
  const [first, later] = [gatheredLater(0, 3, 30), gatheredLater(2, 3, 34)];
  step(rig, 1, [first.emission]);
  step(rig, 2, [emission(3, 31), { ...emission(3, 32), isBehindAhead: true }, emission(3, 33)]);
  step(rig, 3, [later.emission, { ...emission(3, 35), isBehindAhead: true }]);
  for (let ms = 0; ms < 20; ms += 1) await rig.clock.advance(1);
  expect([appended(), rig.outbox.durableOffset]).toEqual([['3: 31'], 0]);
  first.isGathered = true;
  for (let ms = 0; ms < 20; ms += 1) await rig.clock.advance(1);
  expect([appended(), rig.outbox.durableOffset]).toEqual([['3: 31', '3: 30', '3: 32', '3: 33'], 2]);
  later.isGathered = true;
  for (let ms = 0; ms < 20; ms += 1) await rig.clock.advance(1);
  expect([appended().slice(-2), rig.outbox.durableOffset, rig.outbox.bytes]).toEqual([['3: 34', '3: 35'], 3, 0]);
});

test('trades that go ahead leave three quarters of the time to others, until a departure waits for them; one that nobody prepared does not rest', async () => {
  const rig = setUp();
  const goes = 8;
  const inGoes = (offset: number, value: number): Emission => ({
    ...ahead(offset, 3, value),
    pieces: function* () {
      for (let go = 0; go < goes; go += 1) yield undefined;
      yield Uint8Array.of(value);
    },
  });
  const there: Record<string, number> = {};
  let nowMs = 0;
  const pass = async (ms: number): Promise<void> => {
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 1) {
      await rig.clock.advance(1);
      for (const what of rig.done) if (/^\d/.test(what)) there[what] ??= nowMs;
    }
  };
  step(rig, 1, [inGoes(0, 30)]);
  step(rig, 2, [{ ...inGoes(1, 31), isAhead: false }]);
  await pass(200);
  expect(there['3: 31']).toBeLessThan(20);
  // A go is some 5 ms.
  expect(there['3: 30']).toBeGreaterThanOrEqual(goes * 15);
  expect(there['3: 30']).toBeLessThan(goes * 15 + 20);
  step(rig, 3, [inGoes(2, 32)]);
  step(rig, 4, [{ ...emission(3, 33), isBehindAhead: true }]);
  await pass(40);
  expect(there['3: 33']).toBeLessThan(240);
});

test('a target that takes nothing holds up no trades that go ahead to others; those for it count for the whole bound alone', async () => {
  const rig = setUp(20_000);
  rig.fail.set(3, new LogError('LOG_FULL', 'no space'));
  let hasRoom = false;
  const room = async (): Promise<void> => rig.outbox.room().then(() => void (hasRoom = true));
  step(rig, 1, [
    { ...ahead(0, 3, 30), bytes: 12_000 },
    { ...ahead(0, 4, 40), bytes: 1_000 },
  ]);
  for (let turn = 0; turn < 20; turn += 1) await rig.clock.advance(1_000);
  await room();
  expect([hasRoom, rig.done.at(-1), rig.outbox.durableOffset]).toEqual([true, '4: 40', 0]);
  expect(rig.told.at(-1)).toBe(
    'no space; 0 of 10000 bytes and 12160 of trades that go ahead wait for it, counting goes on',
  );
  expect(new Set(rig.waits)).toEqual(new Set(['appending trades ahead to ticks of partition 3']));
  hasRoom = false;
  step(rig, 2, [
    { ...emission(4, 41), bytes: 1_000 },
    { ...ahead(1, 3, 31), bytes: 8_000 },
  ]);
  for (let turn = 0; turn < 20; turn += 1) await rig.clock.advance(1_000);
  void room();
  for (let turn = 0; turn < 20; turn += 1) await rig.clock.advance(1_000);
  expect([hasRoom, rig.done.at(-1)]).toEqual([false, '4: 41']);
  rig.fail.clear();
  for (let turn = 0; turn < 10; turn += 1) await rig.clock.advance(1_000);
  expect([hasRoom, rig.outbox.bytes, rig.outbox.durableOffset, rig.errors]).toEqual([true, 0, 2, []]);
});
