/** Law 5: a revision counts the events applied to its bar, the closing being one; every change is put out, once a record. */
import { expect, test } from 'vitest';
import { plainTerms, scriptBaseSec, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

test('trades, the closing, late trades, cancels and corrections count one each', () => {
  const [tape, a] = [new ScriptedTape({ intervals: ['1s', '1m'] }), new ScriptedPublisher('live')];
  tape.append(0, a.block(a.trade(0, 10), a.trade(1, 11)));
  tape.append(60_000);
  expect(tape.bar(0)).toMatchObject({ revision: 3, state: 'closed' });
  expect(tape.bar(0, '1m')).toMatchObject({ revision: 3, state: 'closed' });
  const later = [a.trade(2, 12), a.correct(3, 1, 9), a.cancel(4, 2)];
  for (const [index, tick] of later.entries()) {
    const { bars } = tape.append(60_000, a.block(tick));
    expect(bars.map(({ interval, revision, state }) => [interval, revision, state])).toEqual([
      ['1s', 4 + index, 'revised'],
      ['1m', 4 + index, 'revised'],
    ]);
  }
  expect(tape.values(0, '1m')).toEqual([9, 12, 9, 12, 2]);
});

test('a bar that several events of one record change is put out once, with all of them', () => {
  const [tape, a, b] = [new ScriptedTape(), new ScriptedPublisher('live', 1), new ScriptedPublisher('live', 2)];
  tape.append(0, a.block(a.trade(0, 10)));
  tape.append(1_000);
  const { bars } = tape.append(1_000, a.block(a.trade(1, 11)), b.block(b.trade(2, 12)));
  expect(bars.map(({ revision, close }) => [revision, close])).toEqual([[4, 12]]);
});

test('a bar that closes before its record ends is put out once', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  const { bars } = tape.append(1_000, a.block(a.trade(0, 10)));
  expect(bars.map(({ revision, state }) => [revision, state])).toEqual([[2, 'closed']]);
});

test('bars that close together are put out fine before coarse, in order of time', () => {
  const [tape, a] = [new ScriptedTape({ intervals: ['1s', '1m'] }), new ScriptedPublisher('live')];
  tape.append(0, a.block(...[5_000, 0, 3_000].map((ms) => a.trade(ms, 10))));
  const { bars } = tape.append(60_000);
  expect(bars.map(({ interval, startSec }) => [interval, startSec - scriptBaseSec])).toEqual([
    ['1s', 0],
    ['1s', 3],
    ['1s', 5],
    ['1m', 0],
  ]);
});

test('a closed bar that loses its open to an earlier first trade of the day counts that as an event', () => {
  const [tape, a] = [new ScriptedTape({ profiles: ['sip'] }), new ScriptedPublisher('live')];
  const openMs = 52_200_000;
  const terms = { ...plainTerms, calendar: 'XNYS' };
  tape.append(openMs, a.block(a.trade(openMs + 5_000, 10, 1, { terms, conditions: ['Z'] })));
  tape.append(openMs + 6_000);
  expect(tape.bar(openMs + 5_000, '1s', 'sip')).toMatchObject({ revision: 2, open: 10, close: 10 });
  tape.append(openMs + 6_000, a.block(a.trade(openMs, 11, 1, { terms })));
  expect(tape.bar(openMs + 5_000, '1s', 'sip')).toMatchObject({
    revision: 3,
    open: null,
    close: null,
    state: 'revised',
  });
});
