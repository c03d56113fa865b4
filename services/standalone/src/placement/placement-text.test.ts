/** Tables of the placement for people: what is told, and in which words. */
import { expect, test } from 'vitest';
import { movesText, placesText, planText, showText } from './placement-text.ts';

const partition = {
  partition: 0,
  ticksPerSecond: 12.6,
  role: 'shared',
  unfit: '',
  worker: 'w',
  lagMs: 1_500,
  parkedEntries: 0n,
  parkedBytes: 0n,
  heldTicks: 2n,
  strays: 3n,
  declaredGaps: 0n,
  orderViolations: 0n,
};
const move = {
  dataset: 'd',
  symbol: 'S',
  epoch: 3,
  fromPartition: 0,
  toPartition: 1,
  phase: 'published',
  ageMs: 1_200n,
  phaseMs: 200n,
};

test('the placement: facts first, then partitions, pins and moves', () => {
  const unreported = { ...partition, partition: 1, worker: '', role: '', unfit: 'silent', ticksPerSecond: 0 };
  const text = showText({
    mode: 'auto',
    state: 'moving',
    epoch: 3,
    basePartitions: 1,
    overrides: 1,
    partitions: [partition, unreported],
    moves: [move],
    busiest: [],
    instruments: [],
    pins: [{ dataset: 'd', symbol: 'S', partition: 1 }],
    measuringMs: 1_001n,
  });
  expect(text).toBe(`map epoch 3, 1 moved so far, coordinator moving, mode auto
2 partitions, 1 of them added; skew -
rates are rough for 2 s more; until then only pins are followed

partition  ticks/s  for     fit     lag    parked  held  strays  gaps  violations
0          13       shared  yes     1.5 s  0       2     3       0     0
1          0        -       silent  -      -       -     -       -     -

pinned  dataset  to
S       d        1

symbol  dataset  move    epoch  phase      for    age
S       d        0 to 1  3      published  0.2 s  1.2 s
`);
});

test('nothing to tell is told', () => {
  expect(movesText([])).toBe('nothing moves\n');
  expect(placesText([], 'no rates are known yet')).toBe('no rates are known yet\n');
  expect(planText({ plan: undefined, text: '' })).toBe(
    'nothing would move\n\nskew 1.00 now, 1.00 after; all ticks would fill 1 partition\n',
  );
});

test('a place says whether it is the first one, and why else', () => {
  const place = { dataset: 'd', symbol: 'S', partition: 1, firstPartition: 0, ticksPerSecond: 9.5 };
  const text = placesText(
    [
      { ...place, epoch: 0, standing: 'first' },
      { ...place, epoch: 3, standing: 'pinned', pinnedTo: 1 },
    ],
    '',
  );
  const rows = text.split('\n').map((line) => line.split(/ {2,}/));
  expect(rows.slice(1, 3)).toEqual([
    ['S', 'd', '10', '1', 'since the first tick', '-'],
    ['S', 'd', '10', '1', 'pinned, epoch 3, from 0 at first', '1'],
  ]);
});
