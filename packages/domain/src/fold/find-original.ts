/**
 * Finds the trade that a cancel or correction names, in the log's own bytes. In: a reference by sequence or trade id.
 * Out: the trade as it was published. Only ticks that were applied count. Ids are taken to be unique on a venue within
 * the horizon; where they are not, the newest block with one decides, and in it the last trade before the amendment.
 */
import type { AmendingTick } from '../bars/amendment.ts';
import type { InstrumentState } from '../bars/instrument-state.ts';
import { rareColumns, type RareColumns, tradeIdNumbersOf, tradeIdsOf } from '../log/rare-columns.ts';
import { decodeTickBlock, decodeTicksOf } from '../log/tick-block-decode.ts';
import { nanoOf, secondOf, type TickColumns } from '../log/tick-columns.ts';
import { TickKind } from '../market/tick.ts';
import { finestRowOf } from './bar-rows-of-ticks.ts';
import { hasLeft } from './bar-times.ts';
import { type Exclusions, isWithin, type RetainedBlock } from '../tape/retained-log.ts';
import { TradeIdFilter, tradeIdKey, tradeNumberKey } from '../tape/trade-id-filter.ts';
import type { FoldState } from './fold-state.ts';
import type { CountedTrade } from './take-back.ts';

/** A trade as it stands in the log. */
export type PublishedTrade = CountedTrade & { readonly tradeId: string };

/** One group of a retained block. In the block that is being applied, the fate of ticks from `end` on is not known yet. */
export type RetainedGroup = {
  readonly columns: TickColumns;
  readonly group: number;
  readonly publisher: number;
  readonly end: number;
  readonly exclusions: Exclusions | undefined;
  readonly rare: RareColumns;
};

/**
 * Calls `visit` for every group of the instrument in the retained blocks with these numbers, newest block first, until
 * `isEnough` says so after a block.
 */
export function eachRetainedGroup(
  state: FoldState,
  instrument: InstrumentState,
  range: { firstBlock: number; lastBlock: number; mayHold: (block: RetainedBlock) => boolean },
  visit: (group: RetainedGroup) => void,
  isEnough: () => boolean = () => false,
): void {
  for (let at = instrument.blocks.length - 1; at >= 0; at -= 1) {
    const number = instrument.blocks[at]!;
    if (number < range.firstBlock || isEnough()) break;
    if (number > range.lastBlock) continue;
    const block = state.retained.block(number);
    if (block !== undefined && range.mayHold(block)) eachRetainedBlock(state, instrument, number, visit);
  }
}

/** Calls `visit` for every group of the instrument in the block with that number, if it is retained. */
export function eachRetainedBlock(
  state: FoldState,
  instrument: InstrumentState,
  number: number,
  visit: (group: RetainedGroup) => void,
): void {
  const columns = state.rebuildColumns;
  const block = state.retained.block(number);
  if (block === undefined) return;
  const { bytes, start, end } = block;
  if (!decodeTicksOf(instrument.symbol, bytes, start, end, state.dictionary, columns)) return;
  if (columns.dataset !== instrument.dataset) return;
  const publisher = state.publishers.find(columns.publisherId);
  const placeEnd = number === state.applyingBlock ? state.applyingPlace : Infinity;
  const exclusions = state.retained.exclusions.get(number);
  const rare = rareColumns(columns);
  for (let group = 0; group < columns.groupCount; group += 1) {
    if (columns.symbols[group] === instrument.symbol)
      visit({ columns, group, publisher, end: placeEnd, exclusions, rare });
  }
}

/** Whether the tick at `index` is a trade that was applied where it stands. */
export function isAppliedTrade({ columns, end, exclusions }: RetainedGroup, index: number): boolean {
  if (index >= end || columns.attributes[columns.attribute[index]!]!.attributes.kind !== TickKind.trade) return false;
  return exclusions === undefined || !isWithin(exclusions, index);
}

/** The trade that the amendment names; `undefined` if it is not in the retained blocks from `firstBlock` on. */
export function findOriginal(
  state: FoldState,
  instrument: InstrumentState,
  tick: AmendingTick,
  firstBlock: number,
): PublishedTrade | undefined {
  const { reference } = tick;
  const publisherId = state.publishers.at(tick.publisher).id;
  const key = reference.sequence === 0 ? tradeIdKey(reference.tradeId) : 0;
  const mayHold = (block: RetainedBlock): boolean =>
    reference.sequence === 0
      ? tradeIdsOfBlock(state, block).mayHave(key)
      : block.publisherId === publisherId &&
        block.sequenceLow <= reference.sequence &&
        block.sequenceHigh >= reference.sequence;
  let found: PublishedTrade | undefined;
  const visit = (group: RetainedGroup): void => {
    for (const index of namedIn(group, tick)) {
      const trade = tradeAt(state, instrument, group, index);
      if (trade !== undefined && (found === undefined || isBetter(state, trade, found, tick))) found = trade;
    }
  };
  eachRetainedGroup(state, instrument, { firstBlock, lastBlock: Infinity, mayHold }, visit, () => found !== undefined);
  return found;
}

/** Which ids the block may hold; it is decoded as a whole for the first amendment that asks, and never for that again. */
function tradeIdsOfBlock(state: FoldState, block: RetainedBlock): TradeIdFilter {
  if (block.tradeIds !== undefined) return block.tradeIds;
  const columns = state.rebuildColumns;
  decodeTickBlock(block.bytes, block.start, block.end, state.dictionary, columns);
  const numbers = tradeIdNumbersOf(columns);
  const ids = numbers === undefined ? (tradeIdsOf(columns) ?? []) : [];
  const filter = new TradeIdFilter(numbers === undefined ? ids.length : columns.tickCount);
  if (numbers !== undefined)
    for (let index = 0; index < columns.tickCount; index += 1) filter.add(tradeNumberKey(numbers[index]!));
  for (const id of ids) if (id !== '') filter.add(tradeIdKey(id));
  block.tradeIds = filter;
  return filter;
}

/** The ticks of the group that the amendment may mean, by sequence, or by trade id and venue. */
function namedIn(group: RetainedGroup, { reference, attributes: { venue } }: AmendingTick): number[] {
  const { columns, rare } = group;
  if (reference.sequence > 0) {
    const index = columns.indexOfSequence(group.group, reference.sequence);
    return index < 0 ? [] : [index];
  }
  const named: number[] = [];
  const to = columns.groupStart[group.group + 1]!;
  for (let index = columns.groupStart[group.group]!; index < to; index += 1) {
    if (rare.tradeIdAt(index) !== reference.tradeId) continue;
    if (venue === '' || columns.attributes[columns.attribute[index]!]!.attributes.venue === venue) named.push(index);
  }
  return named;
}

/** The trade at `index`; `undefined` if it was not applied there, or its bar is final. */
function tradeAt(
  state: FoldState,
  instrument: InstrumentState,
  group: RetainedGroup,
  index: number,
): PublishedTrade | undefined {
  const { columns, publisher } = group;
  if (!isAppliedTrade(group, index)) return undefined;
  const eventSec = secondOf(columns, columns.timeNs[index]!);
  // Blocks of bars that are final are in memory for a while, or not; so they must not be seen.
  const row = finestRowOf(state, instrument, eventSec);
  if (row < 0 || hasLeft(state, instrument, row)) return undefined;
  if (state.retained.block(state.rows.firstBlock[row]!) === undefined) return undefined;
  return {
    publisher,
    sequence: columns.sequenceAt(group.group, index),
    eventSec,
    eventNano: nanoOf(columns, columns.timeNs[index]!, eventSec),
    price: columns.price[index]!,
    size: columns.size[index]!,
    attributes: columns.attributes[columns.attribute[index]!]!.attributes,
    tradeId: group.rare.tradeIdAt(index),
  };
}

/** Whether `trade` is rather meant than `found`: the last before the amendment, else the first after it. */
function isBetter(state: FoldState, trade: PublishedTrade, found: PublishedTrade, tick: AmendingTick): boolean {
  const tradeBefore = isBefore(state, trade, tick);
  const foundBefore = isBefore(state, found, tick);
  if (tradeBefore !== foundBefore) return tradeBefore;
  return tradeBefore ? isBefore(state, found, trade) : isBefore(state, trade, found);
}

type Place = {
  readonly eventSec: number;
  readonly eventNano: number;
  readonly publisher: number;
  readonly sequence: number;
};

/** Order by (event time, publisher, sequence). */
export function isBefore(state: FoldState, left: Place, right: Place): boolean {
  if (left.eventSec !== right.eventSec) return left.eventSec < right.eventSec;
  if (left.eventNano !== right.eventNano) return left.eventNano < right.eventNano;
  if (left.publisher !== right.publisher) return state.precedes(left.publisher, right.publisher);
  return left.sequence < right.sequence;
}
