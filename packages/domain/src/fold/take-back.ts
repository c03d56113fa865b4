/**
 * Takes one trade out of a finest bar without its other trades, where that can be done: sums are exact, so they can be
 * taken back, and high, low, open and close do not change if the trade is none of them. In: a trade as it counts now.
 * Out: whether it was taken out of every profile's cell; if not, nothing changed and the bar must be rebuilt.
 */
import { eligibility, ruleVersionAt } from '../conditions/eligibility.ts';
import { Eligible } from '../conditions/profile.ts';
import type { TickAttributes } from '../market/tick.ts';
import type { FoldState } from './fold-state.ts';

/** A trade as it counts in a bar. */
export type CountedTrade = {
  readonly publisher: number;
  readonly sequence: number;
  readonly eventSec: number;
  readonly eventNano: number;
  readonly price: number;
  readonly size: number;
  readonly attributes: TickAttributes;
};

/** Takes the trade out of the row. */
export function takeBack(state: FoldState, row: number, trade: CountedTrade): boolean {
  const { rows, profiles } = state;
  const version = ruleVersionAt(rows.tradingDate[row]!);
  const masks = profiles.map((profile) =>
    eligibility(profile, version, trade.attributes.tape, trade.attributes.conditions),
  );
  const from = row * profiles.length;
  if (masks.some((mask, place) => marksCell(state, row, from + place, trade, mask))) return false;
  state.writing?.keepRow(row);
  for (const [place, mask] of masks.entries()) {
    if ((mask & Eligible.volume) === 0) continue;
    const cell = from + place;
    rows.trades[cell]! -= 1;
    rows.volume[cell]! -= trade.size;
    rows.relative[cell]! -= (trade.price - rows.basis[cell]!) * trade.size;
  }
  return true;
}

/** Whether the trade is high, low, open, close or candidate of the cell, or the cell's sums are no plain numbers. */
function marksCell(state: FoldState, row: number, cell: number, trade: CountedTrade, mask: number): boolean {
  const { rows } = state;
  if (rows.exact.at(cell) !== undefined) return true;
  const { price, publisher, sequence } = trade;
  // What other trades add up to can be beyond 2^53 where the whole sum is not.
  if (!Number.isSafeInteger(rows.relative[cell]! - (price - rows.basis[cell]!) * trade.size)) return true;
  if ((mask & Eligible.highLow) !== 0 && (price >= rows.high[cell]! || price <= rows.low[cell]!)) return true;
  const ns = (trade.eventSec - rows.startSec[row]!) * 1e9 + trade.eventNano;
  const isAt = (at: number, by: number, number: number): boolean =>
    ns === at && publisher === by && sequence === number;
  if ((mask & Eligible.last) !== 0) {
    if (isAt(rows.openNs[cell]!, rows.openPublisher[cell]!, rows.openSequence[cell]!)) return true;
    return isAt(rows.closeNs[cell]!, rows.closePublisher[cell]!, rows.closeSequence[cell]!);
  }
  return (
    (mask & Eligible.lastIfFirst) !== 0 &&
    isAt(rows.ifFirstNs[cell]!, rows.ifFirstPublisher[cell]!, rows.ifFirstSequence[cell]!)
  );
}
