/** Cancels and corrections: which trade they mean, what becomes of it, and which of several decides. */
import { expect, test } from 'vitest';
import type { LogEntryToWrite } from '../log/log-record.ts';
import { Tape } from '../market/tick.ts';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

function tapeWith(...prices: number[]): [ScriptedTape, ScriptedPublisher] {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  tape.append(0, a.block(...prices.map((price, index) => a.trade(index * 10, price))));
  return [tape, a];
}

test('a cancelled trade counts for nothing, whichever price it set', () => {
  const values = [1, 2, 3, 4].map((sequence) => {
    const [tape, a] = tapeWith(20, 40, 10, 30);
    tape.append(1_000, a.block(a.cancel(500, sequence)));
    return tape.values(0);
  });
  expect(values).toEqual([
    [40, 40, 10, 30, 3],
    [20, 30, 10, 30, 3],
    [20, 40, 20, 30, 3],
    [20, 40, 10, 10, 3],
  ]);
});

test('a trade that is neither open, high, low nor close takes its part of every sum along', () => {
  const [tape, a] = tapeWith(20, 40, -10, 25, 30);
  tape.append(1_000, a.block(a.cancel(500, 4)));
  expect(tape.values(0)).toEqual([20, 40, -10, 30, 4]);
  expect(tape.bar(0)).toMatchObject({ notional: 80n, trades: 4, revision: 7 });
  tape.append(1_000, a.block(a.correct(600, 4, 35, 2)));
  expect(tape.values(0)).toEqual([20, 40, -10, 30, 6]);
  expect(tape.bar(0)).toMatchObject({ notional: 150n, trades: 5, revision: 8 });
});

test('a cancelled trade that added no volume takes none away', () => {
  const [tape, a] = [new ScriptedTape({ profiles: ['all', 'sip'] }), new ScriptedPublisher('live')];
  const official = { conditions: ['M'], tape: Tape.a };
  const trades = [a.trade(0, 20), a.trade(1, 40), a.trade(2, 10), a.trade(3, 25, 500, official), a.trade(4, 30)];
  tape.append(0, a.block(...trades));
  tape.append(1_000, a.block(a.cancel(500, 4)));
  for (const profile of ['all', 'sip'] as const) expect(tape.values(0, '1s', profile)).toEqual([20, 40, 10, 30, 4]);
});

test('a second cancel of a trade changes nothing, not the revision either', () => {
  const [tape, a] = tapeWith(10, 20);
  tape.append(1_000, a.block(a.cancel(500, 1)));
  const before = tape.bar(0);
  expect(tape.append(1_000, a.block(a.cancel(600, 1))).bars).toEqual([]);
  expect(before).toMatchObject({ revision: 4 });
  tape.append(1_000, a.block(a.trade(700, 30)));
  expect(tape.bar(0)).toMatchObject({ revision: 5 });
});

test('a corrected trade replaces the original, at the original’s own time', () => {
  const [tape, a] = tapeWith(10, 20);
  tape.append(1_000, a.block(a.correct(5_000, 1, 15, 7)));
  tape.append(6_000);
  expect(tape.values(0)).toEqual([15, 20, 15, 20, 8]);
  expect(tape.bar(5_000)).toBeUndefined();
});

test('a correction that names another time moves the trade to the bar of that time', () => {
  const [tape, a] = tapeWith(10, 20);
  tape.append(1_000, a.block(a.correct(500, 1, 15, 7, { toMs: 5_000 })));
  tape.append(6_000);
  expect(tape.values(0)).toEqual([20, 20, 20, 20, 1]);
  expect(tape.values(5_000)).toEqual([15, 15, 15, 15, 7]);
});

test('a corrected trade keeps its place among trades of one time', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  tape.append(0, a.block(a.trade(0, 10), a.trade(0, 20)));
  tape.append(1_000, a.block(a.correct(0, 1, 15)));
  expect(tape.values(0)).toEqual([15, 20, 15, 20, 2]);
});

test('the last correction by event time decides, whichever comes first', () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const [tape, a] = tapeWith(10);
    const b = new ScriptedPublisher('live', 2);
    const c = new ScriptedPublisher('live', 3);
    tape.append(0, a.block(a.trade(20, 50, 1, { tradeId: 'x' })));
    const corrections = [b.block(b.correct(400, 'x', 30)), c.block(c.correct(500, 'x', 40))];
    for (const index of order) tape.append(1_000, corrections[index]!);
    expect(tape.values(0)).toEqual([10, 40, 10, 40, 2]);
  }
});

test('an amendment whose trade has not come waits for it', () => {
  const [tape, a] = tapeWith(10);
  const b = new ScriptedPublisher('live', 2);
  tape.append(0, b.block(b.cancel(500, 'x')));
  expect(tape.codes).toEqual([]);
  tape.append(1_000, a.block(a.trade(20, 99, 1, { tradeId: 'x' })));
  expect(tape.values(0)).toEqual([10, 10, 10, 10, 1]);
});

test('an amendment that names the id which a correction gave the trade waits for that correction', () => {
  const [tape, a] = tapeWith(10);
  const [b, c] = [new ScriptedPublisher('live', 2), new ScriptedPublisher('live', 3)];
  tape.append(0, a.block(a.trade(20, 30, 1, { tradeId: 'x' })));
  tape.append(0, b.block(b.cancel(600, 'y')));
  tape.append(0, c.block(c.correct(500, 'x', 40, 1, { tradeId: 'y' })));
  tape.append(1_000);
  expect(tape.values(0)).toEqual([10, 10, 10, 10, 1]);
  expect(tape.fold.counters).toMatchObject({ amendments: 2, amendmentsUnmatched: 0 });
});

test('an amendment of a publisher that was given up waits no longer', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10), a.cancel(500, 'x')));
  tape.pass(599_999);
  expect(tape.codes).toEqual([]);
  tape.append(600_000);
  expect(tape.codes).toEqual(['ORIGINAL_UNKNOWN']);
});

test('an amendment waits exactly until the revision horizon', () => {
  const [tape, a] = tapeWith(10);
  tape.append(0, a.block(a.cancel(0, 'x')));
  tape.append(59_999);
  expect(tape.codes).toEqual([]);
  tape.append(60_000);
  expect(tape.codes).toEqual(['ORIGINAL_UNKNOWN']);
});

test('a trade id is meant at the venue that the amendment names', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  const trades = ['P', 'Q'].map((venue, index) => a.trade(index, 10 * (index + 1), 1, { venue, tradeId: 'x' }));
  tape.append(0, a.block(...trades));
  tape.append(1_000, a.block(a.cancel(500, 'x', { venue: 'P' })));
  expect(tape.values(0)).toEqual([20, 20, 20, 20, 1]);
});

test('of trades with one id the last before the amendment is meant', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  tape.append(0, a.block(...[0, 100, 300].map((ms) => a.trade(ms, 10 + ms, 1, { tradeId: 'x' }))));
  tape.append(1_000, a.block(a.cancel(200, 'x')));
  expect(tape.values(0)).toEqual([10, 310, 10, 310, 2]);
});

test('a rebuild counts no repeat, and counts a tick that was held', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  const [first, second, third] = [a.trade(0, 10), a.trade(1, 20), a.trade(2, 30)] as const;
  tape.append(0, a.block(first, second));
  tape.append(0, a.block(second, third));
  const missing = a.skip();
  tape.append(0, a.block(a.trade(4, 50)));
  tape.append(0, a.block(a.trade(3, 40, 1, missing)));
  tape.append(1_000, a.block(a.cancel(500, 1)));
  expect(tape.values(0)).toEqual([20, 50, 20, 50, 4]);
});

/** A tape that keeps as many bytes as these blocks have. */
function tapeKeeping(blocks: readonly LogEntryToWrite[]): ScriptedTape {
  const bytes = blocks.map((block) => (block.kind === 'tickBlock' ? block.bytes.length : 0));
  return new ScriptedTape({ retainedBytesMax: bytes.reduce((sum, length) => sum + length, 0) });
}

test('a bar of which not all trades are kept any more is final: its trades are not found', () => {
  const a = new ScriptedPublisher('live');
  const blocks = [10, 20, 30].map((price, index) => a.block(a.trade(index, price)));
  const tape = tapeKeeping(blocks);
  for (const block of blocks) tape.append(0, block);
  tape.append(1_000, a.block(a.cancel(500, 3)));
  expect(tape.codes).toEqual([]);
  tape.append(60_000);
  expect(tape.codes).toEqual(['ORIGINAL_UNKNOWN']);
  expect(tape.values(0)).toEqual([10, 30, 10, 30, 3]);
});

test('a bar of which not all trades are kept any more is final, also for a trade that was amended before', () => {
  const a = new ScriptedPublisher('live');
  const blocks = [10, 20, 30].map((price, index) => a.block(a.trade(index, price)));
  blocks.push(a.block(a.correct(500, 3, 40)));
  const tape = tapeKeeping(blocks);
  for (const block of blocks) tape.append(0, block);
  tape.append(1_000, a.block(a.cancel(600, 3)));
  expect(tape.codes).toEqual(['ORIGINAL_FINAL']);
  expect(tape.values(0)).toEqual([10, 40, 10, 40, 3]);
});
