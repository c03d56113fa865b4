/**
 * Finds the trade that a cancel or correction names, in the log's own bytes. In: a reference by sequence or trade id.
 * Out: the trade as it was published. Only ticks that were applied count. Ids are taken to be unique on a venue within
 * the horizon; where they are not, the newest block with one decides, and in it the last trade before the amendment.
 */
import type { AmendingTick, InstrumentState } from '../bars/instrument-state.ts';
import { rareColumns, type RareColumns } from '../log/rare-columns.ts';
import { decodeTickBlock } from '../log/tick-block-decode.ts';
import { secondOf, type TickColumns } from '../log/tick-columns.ts';
import { type TickAttributes, TickKind } from '../market/tick.ts';
import { finestRowOf } from './bar-rows-of-ticks.ts';
import { hasLeft } from './bar-times.ts';
import type { FoldState } from './fold-state.ts';

/** A trade as it stands in the log. */
export type PublishedTrade = {
  readonly publisher: number;
  readonly sequence: number;
  readonly eventSec: number;
  readonly eventNano: number;
  readonly attributes: TickAttributes;
  readonly tradeId: string;
};

/**
 * Calls `visit` for every applied trade of the instrument in the retained blocks with these numbers, newest block first,
 * until `isEnough` says so after a block.
 */
export function eachAppliedTrade(
  state: FoldState,
  instrument: InstrumentState,
  range: { firstBlock: number; lastBlock: number },
  visit: (columns: TickColumns, index: number, publisher: number, sequence: number, rare: RareColumns) => void,
  isEnough: () => boolean = () => false,
): void {
  let previous = -1;
  for (let at = instrument.blocks.length - 1; at >= 0; at -= 1) {
    const number = instrument.blocks[at]!;
    if (number < range.firstBlock || isEnough()) break;
    if (number === previous || number > range.lastBlock) continue;
    previous = number;
    const block = state.retained.block(number);
    if (block === undefined) continue;
    const columns = state.rebuildColumns;
    decodeTickBlock(block.bytes, block.start, block.end, state.dictionary, columns);
    const publisher = state.publishers.find(columns.publisherId);
    const rare = rareColumns(columns);
    for (let group = 0; group < columns.groupCount; group += 1) {
      if (columns.symbols[group] !== instrument.symbol || columns.dataset !== instrument.dataset) continue;
      for (let index = columns.groupStart[group]!; index < columns.groupStart[group + 1]!; index += 1) {
        const sequence = columns.sequenceAt(group, index);
        const kind = columns.attributes[columns.attribute[index]!]!.attributes.kind;
        if (number === state.applyingBlock && index >= state.applyingPlace) break;
        if (kind !== TickKind.trade || state.retained.isExcluded(number, index)) continue;
        visit(columns, index, publisher, sequence, rare);
      }
    }
  }
}

/** The trade that the amendment names; `undefined` if it is not in the retained blocks from `firstBlock` on. */
export function findOriginal(
  state: FoldState,
  instrument: InstrumentState,
  tick: AmendingTick,
  firstBlock: number,
): PublishedTrade | undefined {
  const { reference } = tick;
  const { venue } = tick.attributes;
  let found: PublishedTrade | undefined;
  const range = { firstBlock, lastBlock: Infinity };
  const visit: Parameters<typeof eachAppliedTrade>[3] = (columns, index, publisher, sequence, rare) => {
    const { attributes } = columns.attributes[columns.attribute[index]!]!;
    if (reference.sequence > 0) {
      if (publisher !== tick.publisher || sequence !== reference.sequence) return;
    } else if (rare.tradeIdAt(index) !== reference.tradeId || (venue !== '' && attributes.venue !== venue)) return;
    const eventSec = secondOf(columns, columns.timeNs[index]!);
    // Blocks of bars that are final are in memory for a while, or not; so they must not be seen.
    const row = finestRowOf(state, instrument, eventSec);
    if (row < 0 || hasLeft(state, instrument, row)) return;
    if (state.retained.block(state.rows.firstBlock[row]!) === undefined) return;
    const eventNano = columns.timeNs[index]! + columns.baseNano - (eventSec - columns.baseSec) * 1e9;
    const tradeId = rare.tradeIdAt(index);
    const trade = { publisher, sequence, eventSec, eventNano, attributes, tradeId };
    if (found === undefined || isBetter(state, trade, found, tick)) found = trade;
  };
  eachAppliedTrade(state, instrument, range, visit, () => found !== undefined);
  return found;
}

/** Whether `trade` is rather meant than `found`: the last before the amendment, else the first after it. */
function isBetter(state: FoldState, trade: PublishedTrade, found: PublishedTrade, tick: AmendingTick): boolean {
  const tradeBefore = isBefore(state, trade, tick);
  const foundBefore = isBefore(state, found, tick);
  if (tradeBefore !== foundBefore) return tradeBefore;
  return tradeBefore ? isBefore(state, found, trade) : isBefore(state, trade, found);
}

type Place = { readonly eventSec: number; readonly eventNano: number; readonly publisher: number; readonly sequence: number };

/** Order by (event time, publisher, sequence). */
export function isBefore(state: FoldState, left: Place, right: Place): boolean {
  if (left.eventSec !== right.eventSec) return left.eventSec < right.eventSec;
  if (left.eventNano !== right.eventNano) return left.eventNano < right.eventNano;
  if (left.publisher !== right.publisher) return state.precedes(left.publisher, right.publisher);
  return left.sequence < right.sequence;
}
