/** Law 6: volume and notional are exact, also beyond 2^53, and in a bar that is rebuilt. */
import { expect, test } from 'vitest';
import { Tape } from '../market/tick.ts';
import { plainTerms, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

type Paid = readonly [price: number, size: number];

function notionalOf(trades: readonly Paid[]): bigint {
  return trades.reduce((sum, [price, size]) => sum + BigInt(price) * BigInt(size), 0n);
}

const cases: Record<string, Paid[]> = {
  'of two prices': [
    [10, 2],
    [20, 3],
  ],
  'beyond 2^53': [
    [1, 1],
    [3_000_000_007, 3_000_000_019],
  ],
  'whose large parts cancel out': [
    [4_000_000_000, 1],
    [7_000_000_007, 3_000_000_019],
    [1_000_000_001, 3_000_000_037],
  ],
  'that grows beyond 2^53 by small steps': [
    [1, 1],
    [90_000_002, 90_000_001],
    [90_000_002, 90_000_001],
    [90_000_002, 90_000_001],
  ],
  'of the highest price': [
    [Number.MAX_SAFE_INTEGER, 3],
    [Number.MAX_SAFE_INTEGER, 4],
  ],
  'of the largest sizes': [
    [1, Number.MAX_SAFE_INTEGER],
    [1, Number.MAX_SAFE_INTEGER],
    [1, 1],
  ],
  'of prices on both sides of zero': [
    [-3, 7],
    [5, 11],
    [-9_007_199_254_740_991, 3],
  ],
};

test.each(Object.keys(cases))('a notional %s is exact, in one run and in many', (name) => {
  const trades = cases[name] as Paid[];
  const [once, often, a, b] = [
    new ScriptedTape(),
    new ScriptedTape(),
    new ScriptedPublisher('live'),
    new ScriptedPublisher('live'),
  ];
  once.append(0, a.block(...trades.map(([price, size], index) => a.trade(index, price, size))));
  for (const [index, [price, size]] of trades.entries()) often.append(0, b.block(b.trade(index, price, size)));
  for (const tape of [once, often]) {
    tape.append(1_000);
    const volume = trades.reduce((sum, [, size]) => sum + BigInt(size), 0n);
    expect(tape.bar(0)).toMatchObject({ notional: notionalOf(trades), volume, trades: trades.length });
  }
});

test('an exact volume too counts only the trades that are eligible', () => {
  const [tape, a] = [new ScriptedTape({ profiles: ['all', 'sip'] }), new ScriptedPublisher('live')];
  const detail = { terms: { ...plainTerms, calendar: 'XNYS' }, tape: Tape.a };
  const large = 3_000_000_019;
  const official = { ...detail, conditions: ['M'] };
  tape.append(0, a.block(a.trade(0, 1, 1, detail), a.trade(1, large, large, detail), a.trade(2, large, 500, official)));
  tape.append(1_000);
  expect(tape.bar(0, '1s', 'all')?.volume).toBe(BigInt(large) + 501n);
  const counted: Paid[] = [
    [1, 1],
    [large, large],
  ];
  expect(tape.bar(0, '1s', 'sip')).toMatchObject({
    volume: BigInt(large) + 1n,
    notional: notionalOf(counted),
    trades: 2,
  });
});

test.each([
  ['large', [1_000_000_007, 500_000_003]],
  ['small', [5, 5]],
] as const)('a %s trade inside the range of a bar with sums beyond 2^53 is taken out of them', (_, inside) => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  const trades: Paid[] = [[1, 1], [3_000_000_007, 3_000_000_019], inside, [2, 2]];
  tape.append(0, a.block(...trades.map(([price, size], index) => a.trade(index, price, size))));
  tape.append(0, a.block(a.cancel(500, 3)));
  tape.restart();
  tape.append(1_000);
  const left = trades.filter((trade) => trade !== inside);
  expect(tape.bar(0)).toMatchObject({ notional: notionalOf(left), volume: 3_000_000_022n, trades: 3 });
});

test('a bar that is rebuilt has the sums of the trades that stand, and so have coarser bars', () => {
  const [tape, a] = [new ScriptedTape({ intervals: ['1s', '1m'] }), new ScriptedPublisher('live')];
  const trades: Paid[] = [
    [1, 1],
    [3_000_000_007, 3_000_000_019],
    [5, 5],
    [7, 7],
  ];
  tape.append(0, a.block(...trades.map(([price, size], index) => a.trade(index, price, size))));
  tape.append(0, a.block(a.cancel(500, 2)));
  tape.append(60_000);
  for (const interval of ['1s', '1m'])
    expect(tape.bar(0, interval)).toMatchObject({ notional: 75n, volume: 13n, trades: 3 });
});
