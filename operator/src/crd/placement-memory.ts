/**
 * What a status says of the placement from earlier looks. In: fields of a status. Out: what told figures are compared with, and
 * which moves people were told of. A status is the operator's own, and an older one may lack anything.
 */
import type { Fields } from './fields.ts';

/** A busy instrument as it is told. */
export type ToldHot = {
  readonly dataset: string;
  readonly symbol: string;
  readonly ticksPerSecond: number;
  readonly partition: number;
  readonly dedicated: boolean;
};

/** What broke order, as it is told. */
export type ToldOrder = { readonly declaredGaps: number; readonly violations: number };

/** A move that was told as under way. */
export type RememberedMove = {
  readonly dataset: string;
  readonly symbol: string;
  readonly epoch: number;
  readonly phase: string;
};

/** Earlier looks at the placement. */
export type PlacementMemory = {
  readonly epoch: number | undefined;
  readonly placedPartitions: number | undefined;
  /** Moves that were under way; those that were listed are in `moves`. */
  readonly moveCount: number;
  readonly moves: readonly RememberedMove[];
  readonly hot: readonly ToldHot[];
  readonly skewPercent: number | undefined;
  readonly order: ToldOrder | undefined;
};

/** Reads it. Throws `SpecError` for a status that somebody wrote by hand. */
export function readPlacementMemory(status: Fields): PlacementMemory {
  const order = status.maybeObject('order');
  return {
    epoch: status.maybeInteger('epoch'),
    placedPartitions: status.maybeInteger('placedPartitions'),
    moveCount: status.maybeInteger('moves') ?? 0,
    moves: status.objects('movesUnderWay').map((move) => ({
      dataset: move.text('dataset'),
      symbol: move.text('symbol'),
      epoch: move.integer('epoch'),
      phase: move.maybeText('phase') ?? '',
    })),
    hot: status.objects('hotSymbols').map((hot) => ({
      dataset: hot.text('dataset'),
      symbol: hot.text('symbol'),
      ticksPerSecond: hot.maybeInteger('ticksPerSecond') ?? 0,
      partition: hot.maybeInteger('partition') ?? 0,
      dedicated: hot.flag('dedicated'),
    })),
    skewPercent: status.maybeInteger('skewPercent'),
    order:
      order === undefined
        ? undefined
        : {
            declaredGaps: order.maybeInteger('declaredGaps') ?? 0,
            violations: order.maybeInteger('violations') ?? 0,
          },
  };
}
