/** What a fold says of its partition: its clock, when a bar waits for the clock, which instruments it knows. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { scriptBaseSec, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape, timeOnly } from '../../test-kit/scripted-tape.ts';
import { PartitionFold } from './partition-fold.ts';

const baseMs = scriptBaseSec * 1000;

test('the clock is the highest append time, 0 before the first record', () => {
  const tape = new ScriptedTape();
  expect(tape.fold.clockMs).toBe(0);
  tape.append(9, timeOnly);
  tape.append(7, timeOnly);
  expect(tape.fold.clockMs).toBe(baseMs + 9);
  tape.restart();
  expect(tape.fold.clockMs).toBe(baseMs + 9);
});

test('the next bar to close by the clock is told, until nothing waits for the clock', () => {
  const tape = new ScriptedTape({ latenessLiveMs: 500, intervals: ['1s', '5s'] });
  const live = new ScriptedPublisher('live');
  expect(tape.fold.dueMs).toBeUndefined();
  tape.append(3_100, live.block(live.trade(3_050, 1), live.trade(2_000, 1, 1, { symbol: 'T' })));
  expect(tape.fold.dueMs).toBe(baseMs + 3_500);
  tape.restart();
  expect(tape.fold.dueMs).toBe(baseMs + 3_500);
  tape.append(3_499, timeOnly);
  expect(tape.bars).toEqual([]);
  tape.append(3_500, timeOnly);
  expect(tape.bar(2_000)?.symbol).toBe('T');
  expect(tape.fold.dueMs).toBe(baseMs + 4_500);
  tape.append(4_500, timeOnly);
  expect(tape.fold.dueMs).toBe(baseMs + 5_500);
  tape.append(5_500, timeOnly);
  expect(tape.fold.dueMs).toBeUndefined();
});

test('a late bar that is due already closes with its record, and nothing waits after it', () => {
  const tape = new ScriptedTape({ latenessLiveMs: 500 });
  const live = new ScriptedPublisher('live');
  tape.append(9_000, live.block(live.trade(1_000, 1)));
  expect(tape.bar(1_000)).toBeDefined();
  expect(tape.fold.dueMs).toBeUndefined();
});

test('a bar of a replay does not wait for the clock', () => {
  const tape = new ScriptedTape();
  const replay = new ScriptedPublisher('replay');
  tape.append(3_100, replay.block(replay.trade(3_050, 1)));
  expect(tape.fold.dueMs).toBeUndefined();
});

test('instruments are told in the order of their first ticks, also over a restart', () => {
  const tape = new ScriptedTape();
  const live = new ScriptedPublisher('live');
  // A Void says nothing of terms.
  tape.append(1, live.void({ sequence: 1, link: 0 }, 'B'));
  tape.append(
    2,
    live.block(live.trade(0, 1, 1, { symbol: 'C', sequence: 5 }), live.quote(0, { symbol: 'A', sequence: 6 })),
  );
  const symbols = (from: number): string[] => tape.fold.instruments(from).map(({ symbol }) => symbol);
  expect([tape.fold.instrumentCount, symbols(0)]).toEqual([2, ['C', 'A']]);
  tape.append(3, live.block(live.trade(0, 1, 1, { symbol: 'B', sequence: 7, link: 1 })));
  tape.restart();
  expect([tape.fold.instrumentCount, symbols(0), symbols(2), symbols(9)]).toEqual([3, ['C', 'A', 'B'], ['B'], []]);
});

test('a restored fold is recovering until the retained records were read again', () => {
  const tape = new ScriptedTape();
  const live = new ScriptedPublisher('live');
  expect(tape.fold.isRecovering).toBe(false);
  tape.append(1, live.block(live.trade(0, 1)));
  const restored = PartitionFold.restore(tape.config, tape.fold.snapshot());
  if ('code' in restored) throw new Error(restored.message);
  expect(restored.isRecovering).toBe(true);
  restored.step(tape.records);
  expect(restored.isRecovering).toBe(false);
});

test('the snapshot that a fold was restored from is let go of once the retained records were read again', async () => {
  const tape = new ScriptedTape();
  const live = new ScriptedPublisher('live');
  tape.append(1, live.block(live.trade(0, 1)));
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const isKept = async (bytes: WeakRef<Uint8Array>): Promise<boolean> => {
    await new Promise(setImmediate);
    collect();
    return bytes.deref() !== undefined;
  };
  const restore = (): [PartitionFold, WeakRef<Uint8Array>] => {
    const bytes = tape.fold.snapshot();
    const restored = PartitionFold.restore(tape.config, bytes);
    if ('code' in restored) throw new Error(restored.message);
    return [restored, new WeakRef(bytes)];
  };
  const [fold, bytes] = restore();
  expect([fold.isRecovering, await isKept(bytes)]).toEqual([true, true]);
  fold.step(tape.records);
  expect([fold.isRecovering, await isKept(bytes)]).toEqual([false, false]);
});

test('a snapshot’s first record to read again is known without reading it, also while a fold recovers', () => {
  const tape = new ScriptedTape();
  const live = new ScriptedPublisher('live');
  const answers = (fold: PartitionFold): number[] => {
    const restored = PartitionFold.restore(tape.config, fold.snapshot());
    if ('code' in restored) throw new Error(restored.message);
    return [fold.snapshotRetainFromOffset, restored.retainFromOffset];
  };
  expect(answers(tape.fold)).toEqual([0, 0]);
  tape.append(0, live.block(live.quote(0)));
  tape.append(1, live.block(live.trade(0, 1)));
  tape.append(2, live.block(live.trade(0, 2)));
  expect(answers(tape.fold)).toEqual([1, 1]);
  const restored = PartitionFold.restore(tape.config, tape.fold.snapshot());
  if ('code' in restored) throw new Error(restored.message);
  restored.step(tape.records.slice(1, 2));
  expect([restored.isRecovering, restored.retainFromOffset]).toEqual([true, 2]);
  expect(answers(restored)).toEqual([1, 1]);
  tape.append(61_001, live.block(live.quote(0)));
  expect(answers(tape.fold)).toEqual([4, 4]);
});
