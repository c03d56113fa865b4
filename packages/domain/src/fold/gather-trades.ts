/**
 * Gathers the trades of a view into blocks of one publisher, a little at a time. In: a view, and how much to look through at each
 * call. Out: finished blocks, and where the trades of each bar are in them. Both follow from the view alone, however the work is
 * cut: a block is closed by what is in it and by what was gathered since it was begun.
 */
import type { ShippedTrades } from '../bars/instrument-state.ts';
import { rareColumns, tradeIdNumbersOf } from '../log/rare-columns.ts';
import { decodeTicksOf } from '../log/tick-block-decode.ts';
import { nanoOf, secondOf } from '../log/tick-columns.ts';
import { type GatheredTrade, TradeBlock } from '../log/trade-block.ts';
import type { BlockToShip } from '../log/trades-entry.ts';
import { timeDomainOf } from '../market/publisher-id.ts';
import { AggressorSide, Tape, TickKind } from '../market/tick.ts';
import { isAppliedTrade, type RetainedGroup } from './find-original.ts';
import type { FoldState } from './fold-state.ts';
import { barAt, type BlockInView, type TradesView } from './trades-view.ts';

/** A block is closed from so many trades on: less to look through for one bar than to lose by many blocks. */
const tradesMax = 2_048;
/** Half of the 104 days that event times of a block may be apart, s. */
const spanSecMax = 4_000_000;
/** A block of a publisher with few trades is closed once so many of all were gathered since its first: its bars need those between. */
const openForMax = 65_536;
/** Looking at a block takes as long as so many of its bytes. */
const blockOverhead = 128;

/** A block that is being filled. */
type OpenBlock = {
  readonly publisherId: bigint;
  readonly trades: TradeBlock;
  /** Bars with trades in it; one that comes again later stands there again. */
  readonly bars: number[];
  /** How many trades were gathered before its first. */
  readonly sinceCount: number;
};

/** What the decoding of retained blocks needs of a partition. */
export type GatheringTools = Pick<FoldState, 'dictionary' | 'rebuildColumns'>;

/** Filled again for each trade. */
const trade: GatheredTrade = {
  sequence: 0,
  eventSec: 0,
  eventNano: 0,
  price: 0,
  size: 0,
  attributes: {
    kind: TickKind.trade,
    venue: '',
    tape: Tape.unknown,
    conditions: [],
    side: AggressorSide.unknown,
    flags: 0,
  },
  tradeId: '',
};

/** The trades of one view on their way into blocks. */
export class TradesGathering {
  readonly #tools: GatheringTools;
  readonly #view: TradesView;
  /** Place in the view of the block that is looked at next. */
  #at = 0;
  #gathered = 0;
  /** Place among all that are sent of the block that is finished next. */
  #ordinal: number;
  readonly #open = new Map<bigint, OpenBlock>();
  #finished: BlockToShip[] = [];
  /** The memory of the block that was finished last. */
  #spare: TradeBlock | undefined;
  /** By bar of the view, the first and last block with trades of it; -1 = none. */
  readonly #firsts: Float64Array;
  readonly #lasts: Float64Array;

  /** `before`: what was sent already, whose places come first; `isNamed`: its trades are those of the bars, too. */
  constructor(tools: GatheringTools, view: TradesView, before: ShippedTrades | undefined, isNamed: boolean) {
    const { startSec } = view.bars;
    this.#tools = tools;
    this.#view = view;
    this.#ordinal = before?.blocks ?? 0;
    this.#firsts = new Float64Array(startSec.length).fill(-1);
    this.#lasts = new Float64Array(startSec.length).fill(-1);
    if (before === undefined || !isNamed) return;
    for (const [bar, start] of startSec.entries()) {
      const range = before.ranges.get(start);
      if (range !== undefined) [this.#firsts[bar], this.#lasts[bar]] = [range.first, range.last];
    }
  }

  /** Looks through blocks of some `bytes` more, one at least; answers whether all is gathered. */
  work(bytes: number): boolean {
    const view = this.#view;
    let left = bytes;
    for (; this.#at < view.count; this.#at += 1) {
      if (left <= 0) return false;
      const one = view.blockAt(this.#at);
      if (one === undefined) continue;
      this.#gather(one);
      left -= one.block.end - one.block.start + blockOverhead;
    }
    for (const block of this.#open.values()) this.#finish(block);
    return true;
  }

  /** Takes out the blocks that are finished, in the order of their places. */
  takeFinished(): readonly BlockToShip[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  /** What was sent with these, once all are gathered. */
  result(): ShippedTrades {
    const ranges = new Map<number, { readonly first: number; readonly last: number }>();
    for (const [bar, startSec] of this.#view.bars.startSec.entries()) {
      const first = this.#firsts[bar]!;
      if (first >= 0) ranges.set(startSec, { first, last: this.#lasts[bar]! });
    }
    return { blocks: this.#ordinal, ranges };
  }

  #gather({ block: { bytes, start, end: endByte }, end, exclusions, wanted }: BlockInView): void {
    const { dictionary, rebuildColumns: columns } = this.#tools;
    const { dataset, symbol } = this.#view;
    if (!decodeTicksOf(symbol, bytes, start, endByte, dictionary, columns)) return;
    if (columns.dataset !== dataset) return;
    const rare = rareColumns(columns);
    for (let group = 0; group < columns.groupCount; group += 1) {
      if (columns.symbols[group] !== symbol) continue;
      this.#gatherGroup({ columns, group, publisher: -1, end, exclusions, rare }, wanted);
    }
  }

  #gatherGroup(group: RetainedGroup, wanted: ReadonlySet<number> | undefined): void {
    const { columns, rare } = group;
    const { timeNs, attribute, attributes, price, size, publisherId } = columns;
    const { bars } = this.#view;
    const ids = tradeIdNumbersOf(columns);
    // Trades of one bar come one after the other.
    let [bar, startSec, endSec] = [-1, 0, 0];
    let open = this.#open.get(publisherId);
    for (let index = columns.groupStart[group.group]!; index < columns.groupStart[group.group + 1]!; index += 1) {
      if (!isAppliedTrade(group, index) || wanted?.has(index) === false) continue;
      const eventSec = secondOf(columns, timeNs[index]!);
      if (eventSec < startSec || eventSec >= endSec) {
        bar = barAt(bars, eventSec);
        startSec = bar < 0 ? 0 : bars.startSec[bar]!;
        endSec = bar < 0 ? 0 : bars.endSec[bar]!;
      }
      if (bar < 0) continue;
      if (open === undefined || isClosedTo(open.trades, eventSec)) open = this.#next(publisherId, open);
      trade.sequence = columns.sequenceAt(group.group, index);
      trade.eventSec = eventSec;
      trade.eventNano = nanoOf(columns, timeNs[index]!, eventSec);
      trade.price = price[index]!;
      trade.size = size[index]!;
      trade.attributes = attributes[attribute[index]!]!.attributes;
      trade.tradeId = ids === undefined ? rare.tradeIdAt(index) : ids[index]!;
      open.trades.add(trade);
      if (open.bars.at(-1) !== bar) open.bars.push(bar);
      this.#gathered += 1;
    }
  }

  /** Closes the publisher's block, if it has one, with those that have been open for long, and begins another. */
  #next(publisherId: bigint, full: OpenBlock | undefined): OpenBlock {
    if (full !== undefined) this.#finish(full);
    for (const one of this.#open.values()) if (this.#gathered - one.sinceCount >= openForMax) this.#finish(one);
    const fresh = {
      publisherId,
      trades: this.#spare ?? new TradeBlock(tradesMax),
      bars: [],
      sinceCount: this.#gathered,
    };
    this.#spare = undefined;
    this.#open.set(publisherId, fresh);
    return fresh;
  }

  #finish(open: OpenBlock): void {
    const { publisherId, trades, bars } = open;
    this.#open.delete(publisherId);
    const { dataset, symbol, terms } = this.#view;
    const header = { publisherId, timeDomain: timeDomainOf(publisherId), mapEpoch: 0, dataset, receiveTimeNs: 0n };
    this.#finished.push({ bytes: trades.encode(header, symbol, terms!), ...trades.bounds(), excluded: [] });
    for (const bar of bars) {
      if (this.#firsts[bar] === -1) this.#firsts[bar] = this.#ordinal;
      this.#lasts[bar] = this.#ordinal;
    }
    this.#ordinal += 1;
    trades.clear();
    this.#spare = trades;
  }
}

function isClosedTo(trades: TradeBlock, eventSec: number): boolean {
  return trades.isFull || Math.abs(eventSec - trades.firstSec) > spanSecMax;
}
