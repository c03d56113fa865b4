/** In which order outputs are written, what is written together, what waits for what, and what is durable when. */
import { type Bar, LogError, type Store, StoreError, type TapeChunk, type TickLog } from '@tapeline/domain';
import { ManualClock } from '@tapeline/runtime';
import { wireOutput } from '@tapeline/wire';
import { expect, test } from 'vitest';
import { patientOn } from '../test-kit/patience.ts';
import { barAt } from '../test-kit/sample-bar.ts';
import { chunkOf, sampleInstrument, sampleSegment } from '../test-kit/sample-tape.ts';
import { Outbox } from './outbox.ts';

type Effects = { readonly done: string[]; readonly fail: Map<string, Error>; release: () => void };

/** An outbox whose effects are noted, fail as told, and wait while they are held. */
function setUp(bytesMax = 1e6): {
  outbox: Outbox;
  effects: Effects;
  hold: () => void;
  clock: ManualClock;
  errors: unknown[];
} {
  const effects: Effects = { done: [], fail: new Map(), release: () => undefined };
  let open: Promise<void> = Promise.resolve();
  const effect = async (what: string): Promise<void> => {
    await open;
    const error = effects.fail.get(what.split(' ')[0] ?? '');
    if (error !== undefined) throw error;
    effects.done.push(what);
  };
  const store = {
    writeBars: (bars: readonly Bar[]) => effect(`bars ${bars.map(({ startSec }) => startSec).join()}`),
    writeTape: (chunks: readonly TapeChunk[]) => effect(`chunks ${chunks.map(({ lastNumber }) => lastNumber).join()}`),
    writeInstruments: () => effect('instruments'),
  } as unknown as Store;
  const log = {
    append: async (topic: string, _partition: number, bytes: Uint8Array) => {
      const { nextOffset } = wireOutput.BarRecord.decode(topic === 'bars' ? bytes : new Uint8Array(0));
      await effect(`topic-${topic}${topic === 'bars' ? ` ${nextOffset}` : ''}`);
      return { offset: 0, appendTimeMs: 0 };
    },
  } as unknown as TickLog;
  const clock = new ManualClock(0);
  const errors: unknown[] = [];
  const outbox = new Outbox({
    log,
    store,
    partition: 0,
    latenessLiveMs: 0,
    bytesMax,
    windowMs: 2_000,
    effects: patientOn(clock),
    clock,
    from: { clockMs: 0, nextOffset: 0 },
    sent: () => undefined,
    failed: (error) => errors.push(error),
  });
  const hold = (): void => {
    open = new Promise((resolve) => {
      effects.release = resolve;
    });
  };
  return { outbox, effects, hold, clock, errors };
}

test('instruments, then rows, then topics', async () => {
  const { outbox, effects } = setUp();
  outbox.addStep([sampleInstrument], [barAt(0)], { clockMs: 1, nextOffset: 1 });
  outbox.addTape([chunkOf(1, 1)], [sampleSegment], { clockMs: 1, nextOffset: 1 });
  await outbox.idle();
  expect(effects.done[0]).toBe('instruments');
  expect(effects.done.indexOf('bars 0')).toBeLessThan(effects.done.indexOf('topic-bars 1'));
  expect(effects.done.indexOf('chunks 1')).toBeLessThan(effects.done.indexOf('topic-tape'));
  expect(outbox.durableOffset).toBe(1);
  expect(outbox.bytes).toBe(0);
});

test('while one group is written the next steps gather, and go out together, a longer chunk in place of a shorter', async () => {
  const { outbox, effects, hold } = setUp();
  hold();
  outbox.addStep([], [barAt(0)], { clockMs: 1, nextOffset: 1 });
  await Promise.resolve();
  await Promise.resolve();
  for (const second of [1, 2, 3]) {
    outbox.addStep([], [barAt(second)], { clockMs: 1, nextOffset: 1 + second });
    outbox.addTape([chunkOf(1, second)], [], { clockMs: 1, nextOffset: 1 + second });
  }
  effects.release();
  await outbox.idle();
  expect(effects.done).toEqual(['bars 0', 'topic-bars 1', 'bars 1,2,3', 'chunks 3', 'topic-bars 4']);
});

test('a clock that moved within its second is told with the next record, one that left it is told at once', async () => {
  const { outbox, effects } = setUp();
  outbox.addStep([], [], { clockMs: 999, nextOffset: 1 });
  outbox.addTape([], [], { clockMs: 999, nextOffset: 1 });
  await outbox.idle();
  expect(effects.done).toEqual([]);
  expect(outbox.durableOffset).toBe(1);
  outbox.addStep([], [], { clockMs: 1_000, nextOffset: 2 });
  outbox.addTape([], [], { clockMs: 1_000, nextOffset: 2 });
  await outbox.idle();
  expect(effects.done).toEqual(['topic-bars 2', 'topic-tape']);
});

test('at the bound room waits until something was written', async () => {
  const { outbox, effects, hold } = setUp(500);
  hold();
  outbox.addStep([], [barAt(0)], { clockMs: 0, nextOffset: 1 });
  await outbox.room();
  outbox.addStep([], [barAt(1)], { clockMs: 0, nextOffset: 2 });
  let hasRoom = false;
  const room = outbox.room().then(() => {
    hasRoom = true;
  });
  await new Promise(setImmediate);
  expect(hasRoom).toBe(false);
  effects.release();
  await room;
  expect(outbox.bytes).toBeLessThan(500);
});

test('where the store is slow, room waits long before the bound in bytes, until as much is written', async () => {
  const { outbox, effects, hold, clock } = setUp(1e8);
  const add = (count: number, nextOffset: number): void => {
    const bars = Array.from({ length: count }, (_, second) => barAt(second));
    outbox.addStep([], bars, { clockMs: 0, nextOffset });
  };
  const written = async (count: number, nextOffset: number, tookMs: number): Promise<void> => {
    hold();
    add(count, nextOffset);
    await new Promise(setImmediate);
    await clock.advance(tookMs);
    effects.release();
    await outbox.idle();
  };
  const hasRoom = async (): Promise<boolean> => {
    const yes = outbox.room().then(() => true);
    return Promise.race([yes, new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);
  };
  await written(1_000, 1, 100);
  // 3.2 MB in 4 s: 1.6 MB are what it takes in two.
  await written(10_000, 2, 4_000);
  // One without bytes says nothing.
  await written(0, 3, 1);
  hold();
  add(4_000, 4);
  expect(await hasRoom()).toBe(true);
  await new Promise(setImmediate);
  add(1_001, 5);
  expect(await hasRoom()).toBe(false);
  effects.release();
  await outbox.idle();
  expect(await hasRoom()).toBe(true);
});

test('whoever waits for room goes on when no step follows', async () => {
  const { outbox, hold } = setUp(1);
  hold();
  outbox.addStep([], [barAt(0)], { clockMs: 0, nextOffset: 1 });
  const room = outbox.room();
  outbox.stopWaiting();
  await expect(room).resolves.toBeUndefined();
});

test('a write that fails for a while holds back what follows it, and nothing counts as durable', async () => {
  const { outbox, effects, clock } = setUp();
  effects.fail.set('bars', new StoreError('STORE_FULL', 'full'));
  outbox.addStep([], [barAt(0)], { clockMs: 0, nextOffset: 1 });
  await clock.advance(60_000);
  expect(effects.done).toEqual([]);
  expect(outbox.durableOffset).toBe(0);
  effects.fail.clear();
  await clock.advance(10_000);
  expect(effects.done).toEqual(['bars 0', 'topic-bars 1']);
});

test('who waits for an offset hears when it is durable, and when it never will be', async () => {
  const { outbox, effects, errors } = setUp();
  const durable = outbox.durableUpTo(1);
  outbox.addStep([], [barAt(0)], { clockMs: 0, nextOffset: 1 });
  outbox.addTape([], [], { clockMs: 0, nextOffset: 1 });
  await durable;
  const error = new LogError('RECORD_TOO_LARGE', 'too large');
  effects.fail.set('topic-bars', error);
  const never = outbox.durableUpTo(2);
  outbox.addStep([], [barAt(1)], { clockMs: 0, nextOffset: 2 });
  await expect(never).rejects.toBe(error);
  expect(errors).toEqual([error]);
  await expect(outbox.durableUpTo(3)).rejects.toBe(error);
  await expect(outbox.room()).resolves.toBeUndefined();
});

test('a mark goes to both topics by itself, and no row is written for it', async () => {
  const { outbox, effects } = setUp();
  outbox.addMark();
  await outbox.idle();
  expect(effects.done.toSorted()).toEqual(['topic-bars 0', 'topic-tape']);
});

test('what goes into quarantine is there before its step counts as durable', async () => {
  const { outbox, effects, hold } = setUp();
  hold();
  outbox.addQuarantine(Array.from({ length: 70 }, () => Uint8Array.of(1)));
  outbox.addStep([], [barAt(0)], { clockMs: 1, nextOffset: 1 });
  outbox.addTape([], [sampleSegment], { clockMs: 1, nextOffset: 1 });
  expect(outbox.bytes).toBeGreaterThan(70);
  const durable = outbox.durableUpTo(1).then(() => effects.done.filter((what) => what === 'topic-quarantine').length);
  expect(outbox.durableOffset).toBe(0);
  effects.release();
  expect(await durable).toBe(70);
  expect(outbox.durableOffset).toBe(1);
});

test('while the log takes no quarantine nothing of the step counts as durable', async () => {
  const { outbox, effects, clock, errors } = setUp();
  effects.fail.set('topic-quarantine', new LogError('LOG_FULL', 'no space'));
  outbox.addQuarantine([Uint8Array.of(1)]);
  outbox.addStep([], [], { clockMs: 1, nextOffset: 1 });
  outbox.addTape([], [sampleSegment], { clockMs: 1, nextOffset: 1 });
  for (let turn = 0; turn < 20; turn += 1) await clock.advance(1_000);
  expect(outbox.durableOffset).toBe(0);
  effects.fail.clear();
  for (let turn = 0; turn < 20; turn += 1) await clock.advance(1_000);
  expect(outbox.durableOffset).toBe(1);
  expect(effects.done.filter((what) => what === 'topic-quarantine')).toHaveLength(1);
  expect(errors).toEqual([]);
});

test('bars go to the store in calls of 8,192 at most, one after the other', async () => {
  const { outbox, effects } = setUp();
  outbox.addStep(
    [],
    Array.from({ length: 8_193 }, (_, second) => barAt(second)),
    { clockMs: 1, nextOffset: 1 },
  );
  outbox.addTape([], [], { clockMs: 1, nextOffset: 1 });
  await outbox.idle();
  const calls = effects.done.filter((what) => what.startsWith('bars '));
  expect(calls.map((call) => call.split(',').length)).toEqual([8_192, 1]);
});

test('once it is dropped what is under way is written, and what waits is not', async () => {
  const { outbox, effects, hold, errors } = setUp();
  hold();
  outbox.addStep([], [barAt(0)], { clockMs: 1, nextOffset: 1 });
  await Promise.resolve();
  await Promise.resolve();
  outbox.addStep([], [barAt(1)], { clockMs: 1, nextOffset: 2 });
  const durable = outbox.durableUpTo(2);
  const reason = new Error('another worker has it');
  outbox.drop(reason);
  await expect(durable).rejects.toBe(reason);
  effects.release();
  await outbox.idle();
  expect(effects.done).toEqual(['bars 0', 'topic-bars 1']);
  expect(errors).toEqual([]);
});
