/** Law 4: open and close are decided by (event time, publisher id, sequence), whatever the order of arrival. */
import { expect, test } from 'vitest';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

const profiles = ['all', 'sip'] as const;

/** Open and close of the first second in both profiles. */
function openAndClose(tape: ScriptedTape): (number | null | undefined)[][] {
  return profiles.map((profile) => [tape.bar(0, '1s', profile)?.open, tape.bar(0, '1s', profile)?.close]);
}

test('of ticks with one time the first by sequence opens and the last closes, also across records', () => {
  const [tape, a] = [new ScriptedTape({ profiles }), new ScriptedPublisher('live')];
  for (const price of [10, 30, 20]) tape.append(0, a.block(a.trade(0, price)));
  tape.pass(1_000);
  expect(openAndClose(tape)).toEqual([
    [10, 20],
    [10, 20],
  ]);
});

test('of ticks with one time in one run the first opens and the last closes', () => {
  const [tape, a] = [new ScriptedTape({ profiles }), new ScriptedPublisher('live')];
  tape.append(1_000, a.block(...[10, 30, 40, 20].map((price) => a.trade(0, price))));
  expect(openAndClose(tape)).toEqual([
    [10, 20],
    [10, 20],
  ]);
});

test.each([
  ['higher', [2, 1]],
  ['lower', [1, 2]],
])(
  'of ticks with one time the lower publisher opens and the higher closes, the %s one being first to arrive',
  (_, draws) => {
    const tape = new ScriptedTape({ profiles });
    for (const draw of draws) {
      const publisher = new ScriptedPublisher('live', draw);
      tape.append(0, publisher.block(publisher.trade(0, draw * 10)));
    }
    tape.pass(1_000);
    expect(openAndClose(tape)).toEqual([
      [10, 20],
      [10, 20],
    ]);
  },
);

test('the earliest tick opens and the latest closes, whatever comes first', () => {
  const [tape, a] = [new ScriptedTape({ profiles }), new ScriptedPublisher('live')];
  const ticks = [
    [500, 10],
    [100, 20],
    [700, 30],
    [600, 40],
    [300, 50],
  ] as const;
  for (const [ms, price] of ticks) tape.append(0, a.block(a.trade(ms, price)));
  tape.pass(1_000);
  expect(openAndClose(tape)).toEqual([
    [20, 30],
    [20, 30],
  ]);
});
