/** The chain of a publisher (docs/tape-rules.md F1 to F6) as the fold walks it: groups, held ticks, repeats, declared gaps. */
import { expect, test } from 'vitest';
import { heldOfChainMax, heldOfPartitionMax } from '../tape/held-items.ts';
import { holesMax } from '../tape/link.ts';
import { ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

/** A tape on which one tick is missing between two that came. */
function tapeWithMissing(): { tape: ScriptedTape; a: ScriptedPublisher; missing: { sequence: number; link: number } } {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  tape.append(0, a.block(a.trade(0, 10)));
  const missing = a.skip();
  tape.append(0, a.block(a.trade(20, 30)));
  return { tape, a, missing };
}

test('F1, F2: a group whose link is not the last tick applied waits, and counts once when that one came', () => {
  const { tape, a, missing } = tapeWithMissing();
  expect(tape.fold.counters).toMatchObject({ applied: 1, repeats: 0 });
  tape.append(0, a.block(a.trade(10, 20, 1, missing)));
  expect(tape.fold.counters).toMatchObject({ applied: 3, repeats: 0 });
  tape.pass(1_000);
  expect(tape.values(0)).toEqual([10, 30, 10, 30, 3]);
});

test('F1: a held tick is applied before the ticks that came after its predecessor in one group', () => {
  const { tape, a, missing } = tapeWithMissing();
  const after = a.trade(20, 40);
  tape.append(0, a.block(a.trade(10, 20, 1, missing), after));
  tape.append(0, a.block(a.trade(30, 50)));
  tape.pass(1_000);
  expect(tape.values(0)).toEqual([10, 50, 10, 50, 5]);
  expect(tape.codes).toEqual([]);
});

test('F4: a block that comes again changes nothing and is counted as repeats', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  const block = a.block(a.trade(0, 10), a.trade(1, 20));
  for (let time = 0; time < 3; time += 1) tape.append(0, block);
  tape.pass(1_000);
  expect(tape.bar(0)).toMatchObject({ volume: 2n, revision: 3 });
  expect(tape.fold.counters).toMatchObject({ applied: 2, repeats: 4 });
});

test('F6: a gap is declared after exactly 60 s of waiting, and what was held counts', () => {
  const { tape } = tapeWithMissing();
  tape.pass(58_000);
  tape.append(59_999);
  expect(tape.codes).toEqual([]);
  tape.append(60_000);
  expect(tape.notices).toMatchObject([{ code: 'GAP_DECLARED', sequence: 2, sequenceLast: 2 }]);
  expect(tape.fold.counters).toMatchObject({ applied: 2, gapsDeclared: 1 });
});

test('F6: a chain holds 4,096 ticks in any case, and more while its partition holds no more than 131,072', () => {
  const { tape, a } = tapeWithMissing();
  const b = new ScriptedPublisher('live', 2);
  const wait = (publisher: ScriptedPublisher, count: number): unknown =>
    tape.append(0, publisher.block(...Array.from({ length: count }, () => publisher.trade(21, 30))));
  tape.append(0, b.block(b.trade(0, 10)));
  b.skip();
  wait(b, heldOfChainMax);
  for (let left = heldOfPartitionMax - heldOfChainMax - 1; left > 0; left -= 30_000) wait(a, Math.min(left, 30_000));
  expect(tape.fold.heldTicks).toBe(heldOfPartitionMax);
  // One more than the partition should hold: the chain of b has no more than it may have in any case.
  wait(a, 1);
  expect(tape.fold.counters).toMatchObject({ gapsDeclared: 1 });
  expect(tape.notices).toMatchObject([{ code: 'GAP_DECLARED', sequence: 2 }]);
  expect(tape.fold.heldTicks).toBe(heldOfChainMax);
  expect(tape.fold.counters.applied).toBe(2 + heldOfPartitionMax - heldOfChainMax + 1);
});

test('F3: a tick of a declared gap still counts when it comes, once', () => {
  const { tape, a, missing } = tapeWithMissing();
  tape.pass(60_000);
  const block = a.block(a.trade(10, 20, 1, missing));
  tape.append(60_000, block);
  tape.append(60_000, block);
  expect(tape.bar(0)).toMatchObject({ volume: 3n, state: 'revised' });
  expect(tape.fold.counters).toMatchObject({ applied: 3, repeats: 1 });
});

test('F6: a tick or a Void of a hole beyond the 64 that are kept is told, not taken for a repeat', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  const voids = Array.from({ length: holesMax + 1 }, () => a.skip());
  tape.append(0, ...voids.map((place) => a.void(place)));
  expect(tape.fold.counters).toMatchObject({ voided: holesMax + 1, repeats: 0 });
  const [first, second] = voids as [(typeof voids)[number], (typeof voids)[number]];
  tape.append(0, a.void(first), a.block(a.trade(0, 10, 1, first)), a.block(a.trade(0, 20, 1, second)));
  expect(tape.notices.map(({ code, sequence }) => [code, sequence])).toEqual([
    ['HOLE_FORGOTTEN', 1],
    ['HOLE_FORGOTTEN', 1],
  ]);
  expect(tape.fold.counters).toMatchObject({ applied: 1, quarantined: 2, repeats: 0 });
});
