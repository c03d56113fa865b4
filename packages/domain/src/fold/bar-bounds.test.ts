/** Which bar a tick belongs to: half-open bounds, sessions, trading dates, datasets. */
import { expect, test } from 'vitest';
import { plainTerms, scriptBaseSec, scriptDay, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

const newYork = { ...plainTerms, calendar: 'XNYS' };
const minuteMs = 60_000;
/** New York opens at 14:30 UTC and closes at 21:00. */
const openMs = 52_200_000;
const closeMs = openMs + 390 * minuteMs;

test('a tick at the end of a bar belongs to the next, also inside one run of ticks', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  tape.append(5_000, a.block(a.trade(0, 10), a.trade(999, 11), a.trade(1_000, 12)));
  expect(tape.values(0)).toEqual([10, 11, 10, 11, 2]);
  expect(tape.values(1_000)).toEqual([12, 12, 12, 12, 1]);
});

test('a tick that steps back before the bar of the tick before it belongs to the earlier bar', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  tape.append(5_000, a.block(a.trade(1_000, 12), a.trade(999, 11)));
  expect(tape.values(0)).toEqual([11, 11, 11, 11, 1]);
  expect(tape.values(1_000)).toEqual([12, 12, 12, 12, 1]);
});

test('a bar of 7 minutes is anchored at the session start and cut at its end', () => {
  const [tape, a] = [new ScriptedTape({ intervals: ['7m'] }), new ScriptedPublisher('replay')];
  const terms = newYork;
  tape.append(0, a.block(a.trade(openMs, 10, 1, { terms }), a.trade(closeMs - 1, 11, 1, { terms })), a.end());
  const bounds = tape.bars.map(({ startSec, endSec }) => [startSec, endSec].map((sec) => (sec - scriptBaseSec) * 1000));
  expect(bounds).toEqual([
    [openMs, openMs + 7 * minuteMs],
    [openMs + 55 * 7 * minuteMs, closeMs],
  ]);
});

test('a bar of 7 minutes is not merged from bars of 5 minutes that cross its ends', () => {
  const [tape, a] = [new ScriptedTape({ intervals: ['5m', '7m'] }), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10), a.trade(390_000, 11), a.trade(480_000, 12)), a.end());
  expect(tape.values(0, '7m')).toEqual([10, 11, 10, 11, 2]);
  expect(tape.values(420_000, '7m')).toEqual([12, 12, 12, 12, 1]);
  expect(tape.values(300_000, '5m')).toEqual([11, 12, 11, 12, 2]);
});

test('a bar of a day lasts from local midnight to local midnight, and all its bars are of that trading date', () => {
  const [tape, a] = [new ScriptedTape({ intervals: ['1s', '1d'] }), new ScriptedPublisher('replay')];
  // 20:30 in New York is the next date in UTC.
  const lateMs = 25.5 * 60 * minuteMs;
  const terms = newYork;
  tape.append(0, a.block(a.trade(openMs, 10, 1, { terms }), a.trade(lateMs, 11, 1, { terms })), a.end());
  const midnightMs = 5 * 60 * minuteMs;
  expect(tape.values(midnightMs, '1d')).toEqual([10, 11, 10, 11, 2]);
  expect(tape.bar(midnightMs, '1d')).toMatchObject({ endSec: scriptBaseSec + 29 * 3_600, tradingDate: scriptDay });
  expect(tape.bar(lateMs)).toMatchObject({ tradingDate: scriptDay, session: 'closed' });
});

test('a bar is of the session in which it starts', () => {
  const [tape, a] = [new ScriptedTape({ intervals: ['1m'] }), new ScriptedPublisher('replay')];
  const terms = newYork;
  const trades = [openMs - minuteMs, openMs, closeMs - minuteMs, closeMs].map((ms) => a.trade(ms, 10, 1, { terms }));
  tape.append(0, a.block(...trades), a.end());
  expect(tape.bars.map(({ session }) => session)).toEqual(['pre', 'regular', 'regular', 'post']);
});

test('a symbol of two datasets is two instruments', () => {
  const tape = new ScriptedTape();
  const [a, b] = ['one', 'two'].map((dataset) => new ScriptedPublisher('live', 1, { dataset })) as [
    ScriptedPublisher,
    ScriptedPublisher,
  ];
  tape.append(5_000, a.block(a.trade(0, 10)), b.block(b.trade(0, 20)));
  expect(tape.bars.map(({ dataset, open, volume }) => [dataset, open, volume])).toEqual([
    ['one', 10, 1n],
    ['two', 20, 1n],
  ]);
});

test('a group in other units than the instrument has is refused as a whole, and told', () => {
  const [tape, a, b] = [new ScriptedTape(), new ScriptedPublisher('live', 1), new ScriptedPublisher('live', 2)];
  tape.append(0, a.block(a.trade(0, 10)));
  const terms = { ...plainTerms, priceExponent: -2 };
  tape.append(5_000, b.block(b.trade(0, 1_000, 1, { terms }), b.trade(1, 1_000, 1, { terms })));
  expect(tape.values(0)).toEqual([10, 10, 10, 10, 1]);
  expect(tape.codes).toEqual(['TERMS_MISMATCH']);
  expect(tape.fold.counters).toMatchObject({ applied: 1, quarantined: 2 });
});
