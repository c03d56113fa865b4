/** Coarser bars are merged from finer ones, and follow each of their changes. */
import { expect, test } from 'vitest';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

test('a coarser bar opens with the first finer bar, closes with the last, and counts the events of all', () => {
  const [tape, a] = [new ScriptedTape({ intervals: ['1s', '1m'] }), new ScriptedPublisher('live')];
  tape.append(0, a.block(a.trade(0, 10), a.trade(1_000, 20), a.trade(1_001, 5), a.trade(2_000, 15)));
  tape.append(60_000);
  expect(tape.values(0, '1m')).toEqual([10, 20, 5, 15, 4]);
  expect(tape.bar(0, '1m')).toMatchObject({ revision: 5, trades: 4, notional: 50n });
});

test('every late trade of one finer bar reaches the coarser bars, not only the first', () => {
  const [tape, a] = [new ScriptedTape({ intervals: ['1s', '1m', '1h'] }), new ScriptedPublisher('live')];
  tape.append(0, a.block(a.trade(0, 10)));
  tape.append(60_000);
  for (const price of [30, 40, 50]) {
    tape.append(60_000, a.block(a.trade(500, price)));
    expect(tape.values(0, '1m')?.[1]).toBe(price);
    const forming = tape.fold.forming('test', 'S').map(({ interval, high }) => [interval, high]);
    expect(forming).toEqual([['1h', price]]);
  }
});
