/** The fold says what only time can settle, and for how long; where it says nothing, time changes nothing. */
import { expect, test } from 'vitest';
import { scriptBaseSec, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape, timeOnly } from '../../test-kit/scripted-tape.ts';

const baseMs = scriptBaseSec * 1000;

/** How long the waiting clock must go on, and until when the clock, ms from the base. */
function waits({ fold }: ScriptedTape): (number | undefined)[] {
  return [fold.waitLeftMs, fold.dueMs === undefined ? undefined : fold.dueMs - baseMs];
}

test('nothing waits before the first record, and none after the last bar has closed', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  expect(waits(tape)).toEqual([undefined, undefined]);
  tape.append(0, a.block(a.trade(0, 10)));
  expect(waits(tape)).toEqual([undefined, 1_000]);
  tape.append(1_000);
  expect(waits(tape)).toEqual([undefined, undefined]);
});

test('F6: a held tick or Void waits for 60 s of the waiting clock, the oldest first', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  a.skip();
  tape.append(0, a.void(a.skip()));
  expect(waits(tape)).toEqual([60_000, undefined]);
  a.skip();
  tape.append(2_000, a.block(a.quote(0)));
  expect(waits(tape)).toEqual([58_000, undefined]);
  tape.pass(60_000);
  expect(tape.codes).toEqual(['GAP_DECLARED']);
  expect(waits(tape)).toEqual([2_000, undefined]);
  tape.pass(62_000);
  expect(tape.codes).toEqual(['GAP_DECLARED', 'GAP_DECLARED']);
  expect(waits(tape)).toEqual([undefined, undefined]);
});

test('a held tick whose predecessor comes waits no more', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  const missing = a.skip();
  tape.append(0, a.block(a.quote(1)));
  tape.append(0, a.block(a.quote(0, missing)));
  expect(waits(tape)).toEqual([undefined, undefined]);
});

test('T4: an open bar waits for its replay publisher for 10 min from each sign of life, and then closes', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10)));
  expect(waits(tape)).toEqual([600_000, undefined]);
  tape.pass(10_000);
  expect(waits(tape)).toEqual([590_000, undefined]);
  tape.append(10_000, { kind: 'alive', publisherIds: [a.id] });
  expect(waits(tape)).toEqual([600_000, undefined]);
  tape.pass(609_999);
  expect(waits(tape)).toEqual([1, undefined]);
  expect(tape.bars).toEqual([]);
  tape.append(610_000, timeOnly);
  expect(tape.bars).toHaveLength(1);
  expect(waits(tape)).toEqual([undefined, undefined]);
});

test('of several publishers the one that was silent longest is given up next; one that has passed is not waited for', () => {
  const [tape, a, b] = [new ScriptedTape(), new ScriptedPublisher('replay'), new ScriptedPublisher('delayed', 2)];
  tape.append(0, a.block(a.trade(0, 10)));
  tape.append(2_000, b.block(b.trade(0, 10)));
  expect(waits(tape)).toEqual([598_000, undefined]);
  tape.append(2_000, a.progress(1_000));
  expect(waits(tape)).toEqual([600_000, undefined]);
});

test('a bar that closes by the clock waits for no replay publisher', () => {
  const [tape, a, b] = [new ScriptedTape(), new ScriptedPublisher('live'), new ScriptedPublisher('replay', 2)];
  tape.append(0, b.block(b.trade(0, 10)), a.block(a.trade(0, 10)));
  expect(waits(tape)).toEqual([undefined, 1_000]);
  tape.append(1_000, timeOnly);
  expect(waits(tape)).toEqual([undefined, undefined]);
});

test('a bar that a corrected trade opens behind its publisher’s time waits until that one is given up at most', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10)), a.progress(6_000));
  tape.append(0, a.block(a.correct(10, 1, 20, 1, { toMs: 5_000 })));
  expect(waits(tape)).toEqual([600_000, undefined]);
  tape.pass(600_000);
  expect(tape.values(5_000)).toEqual([20, 20, 20, 20, 1]);
  expect(waits(tape)).toEqual([undefined, undefined]);
});

test('an amendment that waits for its trade waits until the horizon, or until its replay publisher is given up', () => {
  const [live, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  live.append(0, a.block(a.cancel(0, 'x')));
  expect(waits(live)).toEqual([undefined, 60_000]);
  live.append(60_000, timeOnly);
  expect([live.codes, waits(live)]).toEqual([['ORIGINAL_UNKNOWN'], [undefined, undefined]]);
  const [replay, b] = [new ScriptedTape(), new ScriptedPublisher('replay')];
  replay.append(0, b.block(b.cancel(0, 'x')));
  expect(waits(replay)).toEqual([600_000, undefined]);
  replay.pass(600_000);
  expect([replay.codes, waits(replay)]).toEqual([['ORIGINAL_UNKNOWN'], [undefined, undefined]]);
});

test('a restart changes nothing of what waits', () => {
  const [tape, a, b] = [new ScriptedTape(), new ScriptedPublisher('replay'), new ScriptedPublisher('live', 2)];
  tape.append(0, a.block(a.trade(0, 10)), b.block(b.cancel(7_000, 'x')));
  tape.append(2_000, timeOnly);
  const before = waits(tape);
  expect(before).toEqual([598_000, 67_000]);
  tape.restart();
  expect(waits(tape)).toEqual(before);
  b.skip();
  tape.append(2_000, b.block(b.trade(7_000, 10)));
  tape.restart();
  expect(waits(tape)[0]).toBe(60_000);
});
