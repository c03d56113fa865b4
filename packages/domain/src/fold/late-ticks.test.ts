/** Late ticks (docs/tape-rules.md T5): revise a closed bar up to the horizon, stand among the late ones beyond it. */
import { expect, test } from 'vitest';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

test('a live tick revises its bar until the horizon and is late from then on', () => {
  for (const [clockMs, codes, volume] of [
    [60_999, [], 2n],
    [61_000, ['LATE'], 1n],
  ] as const) {
    const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
    tape.append(0, a.block(a.trade(0, 10)));
    tape.append(clockMs, a.block(a.trade(1, 11)));
    expect(tape.codes).toEqual(codes);
    expect(tape.bar(0)?.volume).toBe(volume);
    expect(tape.fold.counters).toMatchObject({ applied: 2, late: codes.length });
  }
});

test('a live tick of a bar that nobody has seen is late from the horizon on', () => {
  for (const [clockMs, codes] of [
    [60_999, []],
    [61_000, ['LATE']],
  ] as const) {
    const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
    tape.append(clockMs, a.block(a.trade(1, 11)));
    expect(tape.codes).toEqual(codes);
    expect(tape.bars).toHaveLength(1 - codes.length);
  }
});

test('a bar that left is not begun again by a backfill, and one that never was is', () => {
  const [tape, a, b] = [new ScriptedTape(), new ScriptedPublisher('live'), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10)));
  tape.append(61_000);
  tape.append(61_000, b.block(b.trade(1, 11), b.trade(5_000, 12)), b.end());
  expect(tape.codes).toEqual(['LATE']);
  expect(tape.values(0)).toEqual([10, 10, 10, 10, 1]);
  expect(tape.values(5_000)).toEqual([12, 12, 12, 12, 1]);
});

test('a bar whose horizon has passed takes nothing more, also in the record that brings the clock there', () => {
  const tape = new ScriptedTape({ intervals: ['1s', '1m'] });
  const [a, b] = [new ScriptedPublisher('live'), new ScriptedPublisher('replay')];
  tape.append(0, a.block(a.trade(0, 10)));
  tape.append(60_000);
  tape.append(120_000, b.block(b.trade(5_000, 12)), b.end());
  expect(tape.codes).toEqual(['LATE']);
  expect(tape.values(0, '1m')).toEqual([10, 10, 10, 10, 1]);
  expect(tape.bar(5_000)).toBeUndefined();
});

test('bars behind one that waits for a slow publisher leave all the same, so that the state does not grow with time', () => {
  const [tape, slow, fast] = [
    new ScriptedTape(),
    new ScriptedPublisher('replay', 1),
    new ScriptedPublisher('replay', 2),
  ];
  tape.append(0, slow.block(slow.trade(0, 10)));
  const bytes = [1, 2, 3, 4].map((part) => {
    const trades = Array.from({ length: 1_000 }, (_, index) => fast.trade(part * 1_000_000 + index * 1_000, 10));
    tape.append(0, fast.block(...trades));
    return tape.fold.snapshot().length;
  }) as [number, number, number, number];
  expect(tape.bars).toHaveLength(3_999);
  expect(bytes[3]).toBeLessThan(1.5 * bytes[1]);
});
