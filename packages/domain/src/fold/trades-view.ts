/**
 * The trades that a move of an instrument needs, as they stand at one record. In: an instrument at that record. Out: which blocks to
 * look through, which of their ticks were applied, and the bars that can be rebuilt, fixed: whatever the fold does afterwards, the
 * same trades are found in it. It keeps the memory of the blocks that are retained now.
 */
import { RowFlag } from '../bars/bar-rows.ts';
import type { InstrumentState, PreparedTrades } from '../bars/instrument-state.ts';
import { placeFrom } from '../bars/place-from.ts';
import type { InstrumentTerms } from '../market/tick.ts';
import type { Exclusions, RetainedBlock } from '../tape/retained-log.ts';
import type { FoldState } from './fold-state.ts';

/** One of the blocks. */
export type BlockInView = {
  readonly block: RetainedBlock;
  /** Ticks from there on are not applied yet. */
  readonly end: number;
  readonly exclusions: Exclusions | undefined;
  /** Places of the ticks that are wanted; `undefined` = all. */
  readonly wanted: ReadonlySet<number> | undefined;
};

/** The finest bars that can be rebuilt, by rising start; whole seconds since the Unix epoch. */
export type BarsInView = { readonly startSec: Float64Array; readonly endSec: Float64Array };

/** See above. */
export type TradesView = {
  readonly dataset: string;
  readonly symbol: string;
  readonly terms: InstrumentTerms | undefined;
  readonly bars: BarsInView;
  /** How many blocks there are. */
  readonly count: number;
  /** The block at a place below `count`; `undefined` if it is not retained. */
  blockAt(place: number): BlockInView | undefined;
};

/** Fixes them. Of blocks that were looked at for `ahead`, only ticks that were held then are wanted. */
export function viewTrades(
  state: FoldState,
  instrument: InstrumentState,
  ahead: PreparedTrades | undefined,
): TradesView {
  const { dataset, symbol, terms } = instrument;
  const { retained, applyingBlock, applyingPlace } = state;
  const { firstBlock, bars } = rebuildableBars(state, instrument);
  const late = lateByBlock(ahead);
  const early = [...late.keys()].filter((number) => number >= firstBlock).sort((left, right) => left - right);
  const rest = instrument.blocks.slice(placeFrom(instrument.blocks, Math.max(firstBlock, ahead?.nextBlock ?? 0)));
  const view = retained.view();
  const exclusions = exclusionsFrom(state, firstBlock);
  return {
    dataset,
    symbol,
    terms,
    bars,
    count: early.length + rest.length,
    blockAt: (place) => {
      const number = place < early.length ? early[place]! : rest[place - early.length]!;
      const block = view.block(number);
      if (block === undefined) return undefined;
      const end = number === applyingBlock ? applyingPlace : Infinity;
      return {
        block,
        end,
        exclusions: exclusions.get(number),
        wanted: place < early.length ? late.get(number) : undefined,
      };
    },
  };
}

/** The finest bars that can be rebuilt now, and the first block that one of them can be rebuilt from; Infinity = none can. */
export function rebuildableBars(
  { rows, retained }: FoldState,
  instrument: InstrumentState,
): { readonly firstBlock: number; readonly bars: BarsInView } {
  const finest = instrument.rows[0]!;
  const [starts, ends]: number[][] = [[], []];
  let firstBlock = Infinity;
  for (let index = finest.left; index < finest.length; index += 1) {
    const row = finest.at(index);
    const number = rows.firstBlock[row]!;
    if (rows.has(row, RowFlag.left) || retained.block(number) === undefined) continue;
    firstBlock = Math.min(firstBlock, number);
    starts!.push(rows.startSec[row]!);
    ends!.push(rows.endSec[row]!);
  }
  return { firstBlock, bars: { startSec: Float64Array.from(starts!), endSec: Float64Array.from(ends!) } };
}

/** The bar with that second; -1 = none. */
export function barAt({ startSec, endSec }: BarsInView, sec: number): number {
  const bar = placeFrom(startSec, sec + 1) - 1;
  return bar >= 0 && sec < endSec[bar]! ? bar : -1;
}

function lateByBlock(ahead: PreparedTrades | undefined): Map<number, Set<number>> {
  const places = new Map<number, Set<number>>();
  const late = ahead?.late ?? [];
  for (let at = 0; at < late.length; at += 2) {
    const known = places.get(late[at]!);
    if (known === undefined) places.set(late[at]!, new Set([late[at + 1]!]));
    else known.add(late[at + 1]!);
  }
  return places;
}

/** A copy: ticks that are held now may be applied later. */
function exclusionsFrom({ retained }: FoldState, firstBlock: number): Map<number, Exclusions> {
  const copies = new Map<number, Exclusions>();
  for (const [number, { position, ranges }] of retained.exclusions)
    if (number >= firstBlock) copies.set(number, { position, ranges: ranges.slice() });
  return copies;
}
