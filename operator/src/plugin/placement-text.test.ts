/** What a terminal shows of moves, of the busiest instruments and of a plan; what the bounds of a status left out is counted. */
import { expect, test } from 'vitest';
import { planOf } from '../../test-kit/placement-cases.ts';
import { placementOf, streamObject, streamOf, working } from '../../test-kit/stream-world.ts';
import { decidePlacement } from '../decide/stream-placement.ts';
import { seen } from '../decide/failure.ts';
import { placementLines } from './placement-text.ts';

const nowMs = Date.parse('2026-01-01T00:01:00Z');

function linesOf(view: 'plan' | 'moves' | 'top', status: object, spec: object = {}): readonly string[] {
  return placementLines(view, streamObject({ status: { ...status }, spec: { ...spec } }), nowMs);
}

test('moves: where each goes, how far it is and since when', () => {
  const move = { dataset: 'sim', epoch: 12, from: 3, phase: 'Published', since: '2026-01-01T00:00:56Z' };
  const movesUnderWay = [
    { ...move, symbol: 'AAPL', to: 12 },
    { ...move, symbol: 'MSFT', to: 13, since: '2025-12-31T23:51:00Z', phase: 'HandedOver' },
  ];
  expect(linesOf('moves', { epoch: 12, placedPartitions: 16, basePartitions: 4, moves: 60, movesUnderWay })).toEqual([
    'market/us-equities  epoch 12, instruments live in 16 partitions, 4 at first, 60 moves under way',
    '  sim/AAPL  3 to 12  epoch 12  Published for 4 s',
    '  sim/MSFT  3 to 13  epoch 12  HandedOver for 10 min',
    '  and 58 more',
  ]);
});

test('moves: none, and nobody who would begin one', () => {
  const status = { epoch: 0, placedPartitions: 4, basePartitions: 4, moves: 0 };
  expect(linesOf('moves', status, { placement: { mode: 'Off' } })).toEqual([
    'market/us-equities  epoch 0, instruments live in 4 partitions, nothing is under way',
    '  spec.placement.mode is Off: nothing begins to move',
  ]);
});

test('top: rates, partitions and whose own they are', () => {
  const hotSymbols = [
    { dataset: 'sim', symbol: 'AAPL', ticksPerSecond: 30_000, partition: 15, dedicated: true },
    { dataset: 'sim', symbol: 'MSFT', ticksPerSecond: 8_000, partition: 2, dedicated: false },
  ];
  expect(linesOf('top', { epoch: 1, placedPartitions: 16, basePartitions: 16, skewPercent: 120, hotSymbols })).toEqual([
    'market/us-equities  16 partitions; the busiest carries some 120 % of the mean',
    '  sim/AAPL  about 30000 ticks/s  partition 15, its own',
    '  sim/MSFT  about 8000 ticks/s  partition 2',
  ]);
});

test('plan: the planner’s reasons, as the operator wrote them into the status', () => {
  const spec = { placement: { mode: 'Propose' } };
  const instruments = Object.fromEntries(['A', 'B', 'C'].map((name) => [name, { rate: 10_000, first: 0 }]));
  const stream = streamOf({ spec });
  const observed = working(stream, { placement: seen(placementOf({ plan: planOf(instruments) })) });
  const lines = linesOf(
    'plan',
    { ...decidePlacement(stream, observed, { heldBack: undefined, runs: true }).fields },
    spec,
  );
  expect(lines).toEqual([
    'market/us-equities  2 moves would be made; the busiest carries 400 % of the mean, then 130 %; 1 partition would carry all at the target',
    '  sim B: 0 to 1, spread: to even out what partitions carry (10000 ticks/s; 0 from 30000 to 20000, 1 from 0 to 10000)',
    '  sim A: 0 to 2, spread: to even out what partitions carry (10000 ticks/s; 0 from 20000 to 10000, 2 from 0 to 10000)',
    '  set spec.placement.mode to Auto to have them made',
  ]);
});

test.each([
  ['Auto', 'spec.placement.mode is Auto: what is planned is moved at once; see kubectl tapeline moves'],
  ['Off', 'spec.placement.mode is Off: nothing is planned; Propose plans and moves nothing'],
  ['Propose', 'there is no plan yet: rates are not known'],
])('plan: in mode %s without one', (mode, words) => {
  expect(linesOf('plan', { epoch: 0 }, { placement: { mode } })).toEqual([`market/us-equities  ${words}`]);
});

test('a stream that no operator has looked at is said so', () => {
  expect(linesOf('top', {})).toEqual(['market/us-equities  not looked at yet: is the operator running?']);
});
