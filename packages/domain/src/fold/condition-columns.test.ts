/** What the sale conditions let a trade set in a bar: high and low, open and close, volume, each by itself. */
import { expect, test } from 'vitest';
import { Tape } from '../market/tick.ts';
import { plainTerms, ScriptedPublisher, type TickDetail } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

const openMs = 52_200_000;

function detail(...conditions: string[]): TickDetail {
  return { terms: { ...plainTerms, calendar: 'XNYS' }, tape: Tape.a, conditions };
}

/** The sip bar of the opening second with these trades: price, size, conditions. */
function sipBar(trades: readonly (readonly [price: number, size: number, ...conditions: string[]])[]): unknown {
  const [tape, a] = [new ScriptedTape({ profiles: ['sip'] }), new ScriptedPublisher('live')];
  const rows = trades.map(([price, size, ...codes], index) => a.trade(openMs + index, price, size, detail(...codes)));
  tape.append(openMs + 1_000, a.block(...rows));
  return tape.values(openMs, '1s', 'sip');
}

test('a trade that may not set the close still sets high and low', () => {
  expect(
    sipBar([
      [10, 1],
      [20, 1, 'G'],
      [5, 1, 'Z'],
    ]),
  ).toEqual([10, 20, 5, 10, 3]);
});

test('the official open and close set nothing, not the volume either', () => {
  expect(
    sipBar([
      [10, 1],
      [20, 1_000, 'Q'],
      [30, 1_000, 'M'],
    ]),
  ).toEqual([10, 10, 10, 10, 1]);
});

test('a corrected consolidated close sets prices and adds no volume', () => {
  expect(
    sipBar([
      [10, 1],
      [20, 1_000, '9'],
    ]),
  ).toEqual([10, 20, 10, 20, 1]);
});

test('where no trade may set a price the prices are null and the volume counts', () => {
  expect(
    sipBar([
      [10, 7, 'I'],
      [20, 8, 'T'],
    ]),
  ).toEqual([null, null, null, null, 15]);
});
