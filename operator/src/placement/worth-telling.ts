/**
 * Whether a stream is worth another round because its coordinator knows more. In: what it knows. Out: a text that is another one when
 * people should be told now. Rates and skew breathe with every report, so the round of each minute tells those. Pure.
 */
import type { SeenPlacement } from '../observe/seen-placement.ts';

/** The text. */
export function worthTelling({ placement, moves, plan, isMeasured, order }: SeenPlacement): string {
  const { epoch, partitions } = placement;
  const pinsThatStay = plan?.stays.filter(({ wanted }) => wanted === 'pinned') ?? [];
  return JSON.stringify([
    epoch,
    partitions,
    moves.map((move) => [move.dataset, move.symbol, move.epoch, move.phase]),
    plan === undefined ? -1 : plan.moves.length,
    pinsThatStay.map(({ dataset, symbol, stays }) => [dataset, symbol, stays]),
    isMeasured,
    order.declaredGaps,
    order.violations,
    // Whether all report: what is told of order hangs on it.
    order.reporting === 0 ? 'none' : order.reporting >= partitions,
  ]);
}
