/** A snapshot that is read in slices gives the fold that it gives at once, and damage is told as it is then. */
import { expect, test } from 'vitest';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';
import { PartitionFold, type RestoreInProgress } from './partition-fold.ts';

const symbols = Array.from({ length: 300 }, (_, index) => `S${index}`);

function tapeOf(): ScriptedTape {
  const tape = new ScriptedTape();
  const live = new ScriptedPublisher('live');
  for (const ms of [100, 1_200, 2_300]) {
    tape.append(ms, live.block(...symbols.map((symbol, index) => live.trade(ms, index + 1, 1, { symbol }))));
  }
  return tape;
}

/** What it ends with, and after how many calls. */
function readIn(restoring: RestoreInProgress, bytes: number): [ReturnType<RestoreInProgress['work']>, number] {
  for (let calls = 1; ; calls += 1) {
    const read = restoring.work(bytes);
    if (read !== undefined || calls > 1e6) return [read, calls];
  }
}

test.each([
  [1, symbols.length],
  [700, 2],
  [1e9, 1],
])('read %d bytes at a time, in %d calls at least, it is the fold of the whole', (bytes, callsMin) => {
  const tape = tapeOf();
  const snapshot = tape.fold.snapshot();
  const [fold, calls] = readIn(PartitionFold.beginRestore(tape.config, snapshot), bytes);
  if (!(fold instanceof PartitionFold)) throw new Error(JSON.stringify(fold));
  fold.step(tape.records.slice(fold.retainFromOffset));
  expect(fold.snapshot()).toEqual(snapshot);
  expect(fold.counters).toEqual(tape.fold.counters);
  // An instrument at least is read by each call, and a byte is summed in much less time than it is read in.
  const summing = Math.ceil(snapshot.length / bytes / 16);
  expect(calls).toBeLessThanOrEqual(symbols.length + summing + 2);
  expect(calls).toBeGreaterThanOrEqual(callsMin);
});

test('damage is told in slices as it is at once, and nothing is read of another version', () => {
  const tape = tapeOf();
  const snapshot = tape.fold.snapshot();
  for (let at = 0; at < snapshot.length; at += 97) {
    const damaged = Uint8Array.from(snapshot);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    const [problem] = readIn(PartitionFold.beginRestore(tape.config, damaged), 500);
    expect(problem).toEqual(PartitionFold.restore(tape.config, damaged));
    expect(problem, `byte ${at}`).toHaveProperty('code');
  }
  const other = readIn(PartitionFold.beginRestore({ ...tape.config, partition: 1 }, snapshot), 500);
  expect(other[0]).toMatchObject({ code: 'SNAPSHOT_OF_OTHER_PARTITION' });
});
