/** Sale conditions that set open and close only as the first trade of the day (docs/conditions.md, third row). */
import { expect, test } from 'vitest';
import { plainTerms, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

const openMs = 52_200_000;
const terms = { ...plainTerms, calendar: 'XNYS' };
const regular = { terms };
const conditional = { terms, conditions: ['Z'] };

function sipTape(): [ScriptedTape, ScriptedPublisher] {
  return [new ScriptedTape({ profiles: ['sip'] }), new ScriptedPublisher('live')];
}

test('the first trade of the day sets open and close, though its condition would not let it later', () => {
  const [tape, a] = sipTape();
  tape.append(openMs + 1_000, a.block(a.trade(openMs, 10, 1, conditional), a.trade(openMs + 1, 20, 1, conditional)));
  expect(tape.values(openMs, '1s', 'sip')).toEqual([10, 20, 10, 10, 2]);
});

test('such a trade sets neither after an eligible one, in its own bar or an earlier one', () => {
  const [tape, a] = sipTape();
  tape.append(openMs, a.block(a.trade(openMs, 10, 1, regular), a.trade(openMs + 1, 20, 1, conditional)));
  tape.append(openMs + 6_000, a.block(a.trade(openMs + 5_000, 30, 1, conditional)));
  expect(tape.values(openMs, '1s', 'sip')).toEqual([10, 20, 10, 10, 2]);
  expect(tape.values(openMs + 5_000, '1s', 'sip')).toEqual([null, 30, 30, null, 1]);
});

test('the first trade stays the first when its bar has left, also for a bar that is rebuilt', () => {
  const [tape, a] = sipTape();
  const laterMs = openMs + 300_000;
  tape.append(openMs, a.block(a.trade(openMs, 10, 1, regular)));
  tape.append(openMs + 61_000);
  const later = [a.trade(laterMs, 50, 1, conditional), a.trade(laterMs + 2_000, 60, 1, conditional)];
  tape.append(laterMs + 3_000, a.block(...later));
  tape.append(laterMs + 3_000, a.block(a.cancel(laterMs + 2_500, 3, regular)));
  expect(tape.values(laterMs, '1s', 'sip')).toEqual([null, 50, 50, null, 1]);
  expect(tape.values(laterMs + 2_000, '1s', 'sip')).toEqual([null, null, null, null, 0]);
});

test('when the first trade is cancelled the next one of the day is the first', () => {
  const [tape, a] = sipTape();
  const ticks = [a.trade(openMs, 10, 1, regular), a.trade(openMs + 5_000, 30, 1, conditional)];
  tape.append(openMs + 6_000, a.block(...ticks));
  tape.append(openMs + 6_000, a.block(a.cancel(openMs + 5_500, 1, regular)));
  expect(tape.values(openMs, '1s', 'sip')).toEqual([null, null, null, null, 0]);
  expect(tape.values(openMs + 5_000, '1s', 'sip')).toEqual([30, 30, 30, 30, 1]);
});

test('when a first trade within the range of its bar is cancelled the bar opens with the next', () => {
  const [tape, a] = sipTape();
  const trades = [a.trade(openMs, 15, 1, conditional), a.trade(openMs + 1, 20, 1, regular)];
  tape.append(openMs, a.block(...trades, a.trade(openMs + 2, 10, 1, regular)));
  tape.append(openMs + 1_000);
  expect(tape.values(openMs, '1s', 'sip')).toEqual([15, 20, 10, 10, 3]);
  tape.append(openMs + 1_000, a.block(a.cancel(openMs + 500, 1, regular)));
  expect(tape.values(openMs, '1s', 'sip')).toEqual([20, 20, 10, 10, 2]);
});
