/**
 * What a status tells of where instruments live. In: nothing. Out: the schema of its fields. Lists have bounds, with the count of
 * all beside them: a stream may move thousands of instruments.
 */
import { moveReasons } from '@tapeline/domain';
import { countOf64 } from './connection-schema.ts';
import { keyedListOf, listOf, objectOf, type Schema, textOf } from './schema.ts';

/** Moves under way, and planned ones, that a status lists at most. */
export const movesToldMax = 50;
/** Busy instruments that it lists. */
export const hotToldMax = 10;

/** How far a move is, in their order. */
export const movePhases = ['Preparing', 'Published', 'Moved', 'HandedOver'] as const;

/** The name of a phase. */
export type MovePhase = (typeof movePhases)[number];

const instrument: Readonly<Record<string, Schema>> = {
  dataset: textOf('Where its ticks come from.', 255),
  symbol: textOf('Its symbol there.', 255),
};

const move = objectOf(
  'One of them.',
  {
    ...instrument,
    epoch: countOf64('The epoch that it gets.'),
    from: countOf64('The partition that it leaves.'),
    to: countOf64('The partition that it goes to.'),
    phase: {
      type: 'string',
      description:
        'Preparing: trades that corrections need go ahead. Published: the map is in force, and ingests follow. Moved: its old worker has to hand it over. HandedOver: its new worker has to take it.',
      enum: [...movePhases],
    },
    since: { type: 'string', format: 'date-time', description: 'When it came into this phase.' },
  },
  ['dataset', 'symbol', 'epoch'],
);

const planned = objectOf(
  'One of them.',
  {
    ...instrument,
    from: countOf64('Where it lives.'),
    to: countOf64('Where it would live.'),
    reason: { type: 'string', description: 'Why, in one word.', enum: [...moveReasons] },
    ticksPerSecond: countOf64('Its rate, one significant digit.'),
    why: textOf('Why, in words.', 256),
  },
  ['dataset', 'symbol'],
);

/** Fields of a status. */
export const placementStatusFields: Readonly<Record<string, Schema>> = {
  epoch: countOf64(
    'Of the map that is in force; 0 before there is one, 1 until instruments were moved or partitions added.',
  ),
  placedPartitions: countOf64('Partitions that instruments live in, by that map.'),
  moves: countOf64('Moves that are under way.'),
  movesUnderWay: keyedListOf(
    `The first ${movesToldMax} of them, in the order of epochs and names.`,
    move,
    ['dataset', 'symbol', 'epoch'],
    movesToldMax,
  ),
  hotSymbols: keyedListOf(
    `The ${hotToldMax} busiest instruments.`,
    objectOf(
      'One of them.',
      {
        ...instrument,
        ticksPerSecond: countOf64('Its rate, one significant digit.'),
        partition: countOf64('Where it lives.'),
        dedicated: { type: 'boolean', description: 'Whether it has the partition for itself.' },
      },
      ['dataset', 'symbol'],
    ),
    ['dataset', 'symbol'],
    hotToldMax,
  ),
  skewPercent: countOf64('What the busiest of the shared partitions carries, of their mean, in tens.'),
  plan: objectOf('What would be moved now, in mode Propose.', {
    count: countOf64('Moves of the plan.'),
    partitionsWanted: countOf64('Partitions that would carry everything at the target.'),
    skewPercent: countOf64('What the skew would be afterwards, in tens.'),
    moves: listOf(`The first ${movesToldMax} of them, in their order.`, planned, movesToldMax),
  }),
  order: objectOf('How often order could not be kept, since the log began.', {
    declaredGaps: countOf64(
      'Ticks that never came and were waited for, so that what a publisher sent after them counts without them.',
    ),
    violations: countOf64('Records that the rules of moves rule out; 0 unless the program has a defect.'),
  }),
};
