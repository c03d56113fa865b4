/** A correction is itself corrected or cancelled, by its own sequence: the trade that it corrected is meant. */
import { expect, test } from 'vitest';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

/** Trades of 10 (sequence 1) and 20 (sequence 2) in one bar, which has closed. */
function closedBar(): [ScriptedTape, ScriptedPublisher] {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  tape.append(0, a.block(a.trade(0, 10), a.trade(10, 20)));
  tape.append(1_000);
  return [tape, a];
}

test('a correction is corrected by its own sequence, and that one by its own', () => {
  const [tape, a] = closedBar();
  tape.append(1_000, a.block(a.correct(500, 1, 15)));
  tape.append(1_000, a.block(a.correct(600, 3, 16, 2)));
  tape.append(1_000, a.block(a.correct(700, 4, 17, 3)));
  expect(tape.values(0)).toEqual([17, 20, 17, 20, 4]);
  expect(tape.bar(0)).toMatchObject({ revision: 6, trades: 2, notional: 71n });
  expect(tape.fold.counters).toMatchObject({ amendments: 3, amendmentsUnmatched: 0 });
  tape.append(61_000);
  expect(tape.codes).toEqual([]);
});

test('a correction is cancelled by its own sequence, and its trade with it', () => {
  const [tape, a] = closedBar();
  tape.append(1_000, a.block(a.correct(500, 1, 15)));
  tape.append(1_000, a.block(a.cancel(600, 3)));
  expect(tape.values(0)).toEqual([20, 20, 20, 20, 1]);
});

test('a chain in one block and one in a record each give the same bar', () => {
  const values = [true, false].map((isOneBlock) => {
    const [tape, a] = closedBar();
    const chain = [a.correct(500, 1, 15), a.correct(600, 3, 16), a.correct(700, 4, 17), a.cancel(650, 5)];
    if (isOneBlock) tape.append(1_000, a.block(...chain));
    else for (const tick of chain) tape.append(1_000, a.block(tick));
    return tape.values(0);
  });
  expect(values).toEqual([
    [17, 20, 17, 20, 2],
    [17, 20, 17, 20, 2],
  ]);
});

test('the last by event time decides, whichever of the corrections it names', () => {
  const [tape, a] = closedBar();
  tape.append(1_000, a.block(a.correct(900, 1, 15)));
  tape.append(1_000, a.block(a.correct(600, 3, 16)));
  expect(tape.values(0)).toEqual([15, 20, 15, 20, 2]);
  // The older one named the trade all the same, so it can be named itself.
  tape.append(1_000, a.block(a.correct(950, 4, 17)));
  expect(tape.values(0)).toEqual([17, 20, 17, 20, 2]);
});

test('an amendment of a correction that has not come waits for it', () => {
  const [tape, a] = closedBar();
  tape.append(1_000, a.block(a.cancel(700, 5), a.correct(650, 5, 18)));
  expect(tape.values(0)).toEqual([10, 20, 10, 20, 2]);
  tape.append(1_000, a.block(a.correct(600, 1, 16)));
  expect(tape.values(0)).toEqual([20, 20, 20, 20, 1]);
  expect(tape.fold.counters).toMatchObject({ amendments: 3, amendmentsUnmatched: 0 });
});

test('a whole chain that came before its trade waits for the trade', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  tape.append(0, a.block(a.correct(500, 'x', 15), a.correct(600, 1, 16), a.correct(700, 2, 17)));
  tape.append(0, a.block(a.trade(10, 10, 1, { tradeId: 'x' })));
  tape.append(1_000);
  expect(tape.values(0)).toEqual([17, 17, 17, 17, 1]);
});

test('a correction of the trade by another publisher is named by that publisher alone', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  const b = new ScriptedPublisher('live', 2);
  tape.append(0, a.block(a.trade(0, 10, 1, { tradeId: 'x' }), a.trade(10, 20)));
  b.skip();
  b.skip();
  b.skip();
  tape.append(1_000, b.block(b.correct(500, 'x', 15, 1, { link: 0 })));
  tape.append(1_000, a.block(a.cancel(600, 4)));
  expect(tape.values(0)).toEqual([15, 20, 15, 20, 2]);
  tape.append(1_000, b.block(b.cancel(700, 4)));
  expect(tape.values(0)).toEqual([20, 20, 20, 20, 1]);
});

test('the sequence of a cancel names nothing, and neither does a correction its own', () => {
  const [tape, a] = closedBar();
  tape.append(1_000, a.block(a.cancel(500, 1), a.correct(600, 3, 16), a.correct(700, 5, 17)));
  tape.append(62_000);
  expect(tape.codes).toEqual(['ORIGINAL_UNKNOWN', 'ORIGINAL_UNKNOWN']);
  expect(tape.values(0)).toEqual([20, 20, 20, 20, 1]);
});

test('a chain goes on after a restart in the middle of it', () => {
  const [tape, a] = closedBar();
  tape.append(1_000, a.block(a.correct(500, 1, 15)));
  tape.append(1_000, a.block(a.correct(600, 3, 16), a.cancel(900, 6)));
  tape.restart();
  tape.append(1_000, a.block(a.correct(700, 4, 17)));
  expect(tape.values(0)).toEqual([20, 20, 20, 20, 1]);
  const steady = tape.fold.snapshot();
  tape.restart();
  expect(tape.fold.snapshot()).toEqual(steady);
});

test('a trade is known by its last 16 corrections', () => {
  const chain = (length: number): [ScriptedTape, ScriptedPublisher] => {
    const [tape, a] = closedBar();
    for (let place = 0; place < length; place += 1) {
      tape.append(1_000, a.block(a.correct(500 + place, place === 0 ? 1 : place + 2, 30 + place)));
    }
    return [tape, a];
  };
  const [kept, a] = chain(16);
  kept.append(1_000, a.block(a.cancel(900, 3)));
  expect(kept.values(0)).toEqual([20, 20, 20, 20, 1]);
  const [beyond, b] = chain(17);
  expect(beyond.values(0)).toEqual([46, 46, 20, 20, 2]);
  beyond.append(1_000, b.block(b.cancel(900, 3)));
  beyond.append(62_000);
  expect(beyond.codes).toEqual(['ORIGINAL_UNKNOWN']);
});
