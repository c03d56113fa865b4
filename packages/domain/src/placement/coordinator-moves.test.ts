/** A move as a person follows it: each phase told once and in order, whatever was heard of it, and told when it hangs. */
import { expect, test } from 'vitest';
import { type MoveNews, MovesInFlight, stuckMs, unheardMs } from './coordinator-moves.ts';
import { applyChange } from './placement-change.ts';
import { Placement } from './placement.ts';

type Step = 'prepared' | 'left' | 'arrived';

function scene() {
  const told: string[] = [];
  const hear = ({ kind, move }: MoveNews): void => {
    told.push(kind === 'phase' ? `${move.symbol} ${move.phase}` : `${kind} ${move.phase}`);
  };
  const moves = new MovesInFlight(hear);
  const published = next(Placement.atHome(4), [{ dataset: 'd', symbol: 'S', pin: 0, to: 1, standing: 'spread' }]);
  const [listed] = published.moves;
  if (listed === undefined) throw new Error('nothing is listed');
  const report = (partition: number, step: Step, epoch = 1): void => {
    const steps = [{ dataset: 'd', symbol: 'S', epoch, step, logTimeMs: 0 }];
    moves.report({ partition, steps }, 0);
  };
  return { told, moves, published, listed, report };
}

function next(before: Placement, moves: Parameters<typeof applyChange>[1]['moves'], isDone = false): Placement {
  const applied = applyChange(before, { logTimeMs: 0, moves, appended: isDone ? before.moves : [] });
  if (applied.kind === 'refused') throw new Error(applied.code);
  return applied.placement;
}

test('published, moved, handed over and arrived are told once each', () => {
  const { told, moves, published, listed, report } = scene();
  moves.follow(published, 0);
  moves.follow(published, 1);
  moves.moved([listed], 2);
  moves.follow(next(published, [], true), 3);
  report(0, 'left');
  report(0, 'left');
  expect(moves.moves.map(({ phase }) => phase)).toEqual(['handed-over']);
  report(1, 'arrived');
  report(1, 'arrived');
  expect(told).toEqual(['S published', 'S moved', 'S handed-over', 'S arrived']);
  expect(moves.moves).toEqual([]);
});

test('what arrived went through every phase before', () => {
  const { told, moves, published, report } = scene();
  moves.follow(published, 0);
  report(1, 'arrived');
  expect(told).toEqual(['S published', 'S moved', 'S handed-over', 'S arrived']);
});

test('reports of another epoch, and of a partition that has nothing to say, change nothing', () => {
  const { told, moves, published, report } = scene();
  moves.follow(published, 0);
  report(1, 'arrived', 2);
  report(2, 'arrived');
  report(1, 'left');
  report(0, 'prepared');
  expect(told).toEqual(['S published']);
});

test('the next move of an instrument takes the place of its last one', () => {
  const { told, moves, published, report } = scene();
  moves.follow(published, 0);
  const done = next(published, [], true);
  moves.follow(next(done, [{ dataset: 'd', symbol: 'S', to: 2, standing: 'spread' }]), 5);
  expect(moves.moves.map(({ epoch, phase, knownMs }) => [epoch, phase, knownMs])).toEqual([[3, 'published', 5]]);
  report(1, 'arrived');
  expect(told).toEqual(['S published', 'S published']);
});

test('a move that is 30 s in a phase is told as stuck, once a phase', () => {
  const { told, moves, published, listed } = scene();
  moves.follow(published, 0);
  const look = (nowMs: number): void => moves.look(() => undefined, nowMs);
  look(stuckMs - 1);
  look(stuckMs);
  look(stuckMs + 1);
  moves.moved([listed], stuckMs + 1);
  look(2 * stuckMs);
  look(2 * stuckMs + 1);
  expect(told).toEqual(['S published', 'stuck published', 'S moved', 'stuck moved']);
});

test('of a move that is durable and never heard of again nothing is told after ten minutes', () => {
  const { told, moves, published, listed } = scene();
  moves.follow(published, 0);
  const look = (nowMs: number): void => moves.look(() => undefined, nowMs);
  look(unheardMs);
  expect(moves.moves).toHaveLength(1);
  moves.moved([listed], unheardMs);
  look(2 * unheardMs - 1);
  expect(moves.moves).toHaveLength(1);
  look(2 * unheardMs);
  expect(moves.moves).toEqual([]);
  expect(told).toEqual(['S published', 'stuck published', 'S moved', 'stuck moved']);
});

test('a Handover between partitions of different forms is told', () => {
  const { told, moves, published, report } = scene();
  moves.follow(published, 0);
  const forms = (partition: number): string => `form of ${partition}`;
  moves.look(forms, 1);
  report(0, 'left');
  moves.look(() => 'one form', 2);
  moves.look(forms, 3);
  moves.look(forms, 4);
  expect(told.filter((text) => text.startsWith('other-form'))).toEqual(['other-form handed-over']);
});
