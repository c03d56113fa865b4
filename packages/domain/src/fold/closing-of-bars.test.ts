/** When bars close (docs/tape-rules.md T1 to T4, law 2): live ones by the partition's clock, others by their publishers' time. */
import { expect, test } from 'vitest';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

test('T3: a live bar closes by append time, not by event time', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  tape.append(500, a.block(a.trade(0, 10), a.trade(5_000, 11)));
  expect(tape.bars).toEqual([]);
  tape.append(1_000);
  expect(tape.bars).toMatchObject([{ state: 'closed', close: 10 }]);
});

test('T3: a live bar stays open for exactly its lateness', () => {
  const [tape, a] = [new ScriptedTape({ latenessLiveMs: 2_000 }), new ScriptedPublisher('live')];
  tape.append(0, a.block(a.trade(0, 10)));
  tape.append(2_999, a.block(a.trade(999, 11)));
  expect(tape.bars).toEqual([]);
  tape.append(3_000);
  expect(tape.values(0)).toEqual([10, 11, 10, 11, 2]);
});

test.each(['replay', 'delayed'] as const)('T1: a %s bar closes by event time, not by append time', (domain) => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher(domain)];
  tape.append(50_000, a.block(a.trade(0, 10)));
  tape.append(100_000, a.block(a.trade(999, 11)));
  expect(tape.bars).toEqual([]);
  tape.append(100_000, a.block(a.trade(1_000, 12)));
  expect(tape.values(0)).toEqual([10, 11, 10, 11, 2]);
});

test('T3: a replay bar stays open for exactly its lateness', () => {
  const [tape, a] = [new ScriptedTape({ latenessReplayMs: 2_000 }), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10), a.trade(2_999, 11)));
  expect(tape.bars).toEqual([]);
  tape.append(0, a.block(a.trade(3_000, 12)));
  expect(tape.values(0)).toEqual([10, 10, 10, 10, 1]);
});

test('T1: a quote moves its publisher’s time on', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10), a.quote(1_000)));
  expect(tape.values(0)).toEqual([10, 10, 10, 10, 1]);
});

test('T3: a bar of two replay publishers waits for both', () => {
  const [tape, a, b] = [new ScriptedTape(), new ScriptedPublisher('replay', 1), new ScriptedPublisher('replay', 2)];
  tape.append(0, a.block(a.trade(0, 10)), b.block(b.trade(1, 20)));
  tape.append(0, a.block(a.trade(1_000, 11)));
  expect(tape.bars).toEqual([]);
  tape.append(0, b.block(b.trade(500, 21)));
  tape.append(0, b.block(b.trade(1_000, 22)));
  expect(tape.values(0)).toEqual([10, 21, 10, 21, 3]);
});

test('T3: a bar does not wait for a publisher that took the place of one that has ended', () => {
  const tape = new ScriptedTape();
  const early = Array.from({ length: 29 }, (_, draw) => new ScriptedPublisher('replay', draw));
  tape.append(0, ...early.map((publisher) => publisher.block(publisher.trade(1_000, 10))));
  tape.append(0, early[0]!.end());
  const late = new ScriptedPublisher('replay', 29);
  tape.append(0, late.block(late.trade(0, 20)));
  expect(tape.bars).toEqual([]);
  tape.append(0, ...early.slice(1).map((publisher) => publisher.end()));
  expect(tape.bars.map(({ volume }) => volume)).toEqual([29n]);
  tape.append(0, late.end());
  expect(tape.values(0)).toEqual([20, 20, 20, 20, 1]);
});

test('T2: a Progress counts once the tick that it names is applied', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10)));
  const missing = a.skip();
  tape.append(0, a.progress(1_000));
  expect(tape.bars).toEqual([]);
  tape.append(0, a.block(a.trade(10, 11, 1, missing)));
  expect(tape.values(0)).toEqual([10, 11, 10, 11, 2]);
});

test('T2: of several that wait the Progress with the highest link stays, in whatever order they come', () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('replay')];
    tape.append(0, a.block(a.trade(0, 10)));
    const [second, third] = [a.skip(), a.skip()];
    const waiting = [a.progress(1_000, second.sequence), a.progress(3_000, third.sequence)];
    for (const index of order) tape.append(0, waiting[index]!);
    tape.append(0, a.block(a.trade(10, 11, 1, second), a.trade(2_500, 12, 1, third)));
    expect(tape.values(0)).toEqual([10, 11, 10, 11, 2]);
    expect(tape.values(2_000)).toEqual([12, 12, 12, 12, 1]);
  }
});

test('P4: after its EndOfReplay no bar waits for a publisher', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10), a.trade(5_000, 11)));
  tape.append(0, a.end());
  expect(tape.values(5_000)).toEqual([11, 11, 11, 11, 1]);
});

test('T4: a replay bar waits exactly 10 min for a silent publisher', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10)));
  tape.pass(599_999);
  expect(tape.bars).toEqual([]);
  tape.append(600_000);
  expect(tape.values(0)).toEqual([10, 10, 10, 10, 1]);
});

test.each([
  ['an Alive in the partition', (a: ScriptedPublisher) => ({ kind: 'alive', publisherIds: [a.id] }) as const],
  ['a tick of the instrument', (a: ScriptedPublisher) => a.block(a.trade(1, 10))],
  ['a Progress of the instrument', (a: ScriptedPublisher) => a.progress(2)],
])('T4: after %s the 10 min begin anew', (_, signOfLife) => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10)));
  tape.pass(300_000);
  tape.append(300_000, signOfLife(a));
  tape.pass(899_999);
  expect(tape.bars).toEqual([]);
  tape.append(900_000);
  expect(tape.bars).toHaveLength(1);
});

test('K3: an outage, after which the clock jumps, gives nobody up and declares no gap', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10)));
  a.skip();
  tape.append(0, a.block(a.trade(1, 11)));
  tape.append(3_600_000);
  expect(tape.bars).toEqual([]);
  expect(tape.codes).toEqual([]);
});
