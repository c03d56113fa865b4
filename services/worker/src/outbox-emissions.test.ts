/** What goes to other partitions: after everything else of its steps, in order, one in flight a target, and durable with the rest. */
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
  readonly errors: unknown[];
  /** Partitions that the log knows, and that it finds when it is asked. */
  readonly known: { now: number; found: number };
};

function setUp(bytesMax = 1e6): Rig {
  const [done, sent, waits]: string[][] = [[], [], []];
  const [most, under] = [new Map<number, number>(), new Map<number, number>()];
  const fail = new Map<number, Error>();
  const errors: unknown[] = [];
  const known = { now: 8, found: 8 };
  const clock = new ManualClock(0);
  const effect = async (what: string): Promise<void> => {
    await clock.sleep(1);
    done?.push(what);
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
          done?.push(`${partition}: ${bytes.join()}`);
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
    effects: patientOn(clock, (what) => waits?.push(what)),
    from: { clockMs: 0, nextOffset: 0 },
    sent: (record) => sent?.push(record.join()),
    failed: (error) => errors.push(error),
  });
  return { outbox, clock, done: done ?? [], sent: sent ?? [], most, fail, waits: waits ?? [], errors, known };
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

/** A step that ends at `nextOffset` and sends this on. */
function step({ outbox }: Rig, nextOffset: number, emissions: readonly Emission[]): void {
  outbox.addStep([sampleInstrument], [barAt(nextOffset)], { clockMs: 1, nextOffset });
  outbox.addEmissions(emissions);
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

test('a target that takes nothing holds its steps back and says so; the other one has its records; then all goes on in order', async () => {
  const rig = setUp();
  rig.fail.set(3, new LogError('LOG_FULL', 'no space'));
  step(rig, 1, [emission(3, 1), emission(3, 2), emission(4, 7)]);
  step(rig, 2, [emission(3, 3)]);
  for (let turn = 0; turn < 20; turn += 1) await rig.clock.advance(1_000);
  expect(rig.done.filter((what) => /^\d/.test(what))).toEqual(['4: 7']);
  expect(new Set(rig.waits)).toEqual(new Set(['appending to ticks of partition 3']));
  expect(rig.outbox.durableOffset).toBe(0);
  rig.fail.clear();
  for (let turn = 0; turn < 20; turn += 1) await rig.clock.advance(1_000);
  expect(rig.done.filter((what) => /^\d/.test(what))).toEqual(['4: 7', '3: 1', '3: 2', '3: 3']);
  expect([rig.outbox.durableOffset, rig.errors]).toEqual([2, []]);
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
