/**
 * Evens out the shares of workers with few moves. In: shares, and whether all partitions weigh the same. Out: the shares
 * changed in place. Moves begin only where one would lower the higher load of a pair by a tenth, and then go on to half
 * of that difference, so that small changes of rates move nothing (hysteresis).
 */
import { lightestOf, type Share } from './assign-share.ts';

/** Difference of a pair, as a part of its higher load, from which moves begin: evened out, the higher falls by 10 %. */
const gapToBegin = 0.2;
/** Difference at which they end. */
const gapToEnd = 0.1;
/** A move that makes the lighter the heavier one must still lower the higher load to this part. */
const worthwhile = 0.9;
/** Moves at most, for each partition; every move lowers the sum of squares of the loads, so the end comes before. */
const movesPerPartition = 4;

type Move = { readonly from: Share; readonly to: Share; readonly place: number };

/** Moves partitions from heavier to lighter shares; with equal weights until the counts differ by one at most. */
export function balance(shares: readonly Share[], areEqual: boolean): void {
  const partitions = shares.reduce((sum, { items }) => sum + items.length, 0);
  const mean = shares.reduce((sum, { load }) => sum + load, 0) / shares.length;
  let gapMin = areEqual ? 0 : gapToBegin;
  for (let left = partitions * movesPerPartition; left > 0; left -= 1) {
    const move = findMove(shares, mean, gapMin);
    if (move === undefined) return;
    const item = move.from.take(move.place);
    if (item !== undefined) move.to.add(item);
    gapMin = areEqual ? 0 : gapToEnd;
  }
}

/** The first move that helps, looked for from the heaviest share on; the one that takes is always the lightest. */
function findMove(shares: readonly Share[], mean: number, gapMin: number): Move | undefined {
  const to = lightestOf(shares);
  if (to === undefined) return undefined;
  // A heavy share of one partition may have nothing to give while others have, so all are looked at.
  const heavier = shares.filter((share) => share.load - to.load > gapMin * share.load);
  heavier.sort((one, other) => other.load - one.load);
  for (const from of heavier) {
    const place = placeToGive(from, to.load, mean, gapMin > 0);
    if (place >= 0) return { from, to, place };
  }
  return undefined;
}

/** Which partition to give to a share of load `low`; -1 if none helps. */
function placeToGive(from: Share, low: number, mean: number, mustBeWorthwhile: boolean): number {
  const gap = from.load - low;
  const room = Math.min(from.load - mean, mean - low);
  // Within the room one move does the most without making the giver poor, which would have to be mended by others.
  const fitting = from.heaviestUpTo(room > 0 ? room : gap / 2);
  if (fitting >= 0) return fitting;
  const smallest = from.items[0]?.weight ?? Infinity;
  if (smallest <= gap / 2) return 0;
  const isBetter = mustBeWorthwhile ? low + smallest <= worthwhile * from.load : smallest < gap;
  return isBetter ? 0 : -1;
}
