/** Rule E3 where trades are still needed: a publisher is known as long as a bar can be rebuilt from a trade of it, here and after a move. */
import { expect, test } from 'vitest';
import { handoversIn, moving as symbol, ScriptedMoves } from '../../test-kit/scripted-moves.ts';
import { scriptDay, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { timeOnly } from '../../test-kit/scripted-tape.ts';

const dayMs = 86_400_000;
const retentionMs = dayMs;
/** The publisher of the first day is forgotten here. */
const forgottenMs = 8 * dayMs + 2 * retentionMs;
/** Beyond it, while bars of the first day can still be revised. */
const horizonMs = 30 * dayMs;

/** A bar whose open and close are of a younger publisher, and whose low is of one that is forgotten later. */
function oldAndYoung(): {
  moves: ScriptedMoves;
  young: ScriptedPublisher;
  high: number;
} {
  const moves = new ScriptedMoves({ horizonMs, retentionMs });
  const young = new ScriptedPublisher('live', 1, { issueDay: scriptDay + 5 });
  const old = new ScriptedPublisher('live', 2);
  const high = young.trade(20, 9, 1, { symbol });
  moves.p.append(100, young.block(young.trade(10, 5, 1, { symbol }), high));
  moves.p.append(200, old.block(old.trade(30, 2, 4, { symbol })));
  moves.p.append(300, young.block(young.trade(40, 6, 1, { symbol })));
  moves.p.append(forgottenMs, timeOnly);
  return { moves, young, high: high.sequence };
}

test('a bar is rebuilt with the trades of a publisher that nothing else names any more', () => {
  const { moves, young, high } = oldAndYoung();
  const { p } = moves;
  p.append(forgottenMs + 1, young.block(young.cancel(50, high, { symbol })));
  expect(p.values(0)).toEqual([5, 6, 2, 6, 6]);
});

test('a trade of it can be cancelled by its id, and can be what a bar opens and closes with', () => {
  const moves = new ScriptedMoves({ horizonMs, retentionMs });
  const { p } = moves;
  const young = new ScriptedPublisher('live', 1, { issueDay: scriptDay + 5 });
  const old = new ScriptedPublisher('live', 2);
  const rows = [10, 40, 50].map((ms) => young.trade(ms, 5, 1, { symbol }));
  p.append(
    100,
    young.block(rows[0]!),
    old.block(old.trade(20, 3, 2, { symbol }), old.trade(30, 2, 4, { symbol, tradeId: 'low' })),
  );
  p.append(200, young.block(rows[1]!, rows[2]!));
  p.append(forgottenMs, timeOnly);
  p.restart();
  p.append(forgottenMs + 1, young.block(...rows.map((row) => young.cancel(60, row.sequence, { symbol }))));
  expect(p.values(0)).toEqual([3, 3, 2, 2, 6]);
  p.restart();
  p.append(forgottenMs + 2, young.block(young.cancel(70, 'low', { symbol })));
  expect(p.values(0)).toEqual([3, 3, 3, 3, 2]);
});

test.each([false, true])('the Move names it, and the bar is rebuilt where it came; restarted: %s', (isRestarted) => {
  const { moves, young, high } = oldAndYoung();
  const { p, q } = moves;
  if (isRestarted) p.restart();
  q.append(forgottenMs, timeOnly);
  moves.moveOver(forgottenMs + 1);
  expect(handoversIn(moves.tapes[0].emissions.flatMap(({ records }) => records()))[0]?.tradeBlocks).toBe(2);
  q.append(forgottenMs + dayMs, timeOnly);
  if (isRestarted) q.restart();
  q.append(forgottenMs + dayMs + 1, young.block(young.cancel(50, high, { symbol })));
  expect(q.values(0)).toEqual([5, 6, 2, 6, 6]);
});

test('it is forgotten once the bar is final, and its chain with it', () => {
  const { p } = oldAndYoung().moves;
  p.append(horizonMs + 2_000, timeOnly);
  p.append(horizonMs + 3_000, timeOnly);
  const before = p.fold.snapshot().length;
  p.append(horizonMs + dayMs, timeOnly);
  expect(p.fold.snapshot().length).toBeLessThan(before - 10);
});
