/**
 * The trades that corrections may still need, on their way ahead of their instrument. In: an instrument that leaves. Out: `Trades`
 * for the other partition: the applied trades of bars that can be rebuilt here, gathered into blocks of one publisher, and where
 * the trades of each bar are in them. What a bar does not need any more does not travel, and a bar that is final here stays it.
 * A Prepare sends what there is by then, and the move the rest; without one the move sends all.
 */
import { RowFlag } from '../bars/bar-rows.ts';
import type { InstrumentState, PreparedTrades } from '../bars/instrument-state.ts';
import { tradeIdNumbersOf } from '../log/rare-columns.ts';
import { nanoOf, secondOf } from '../log/tick-columns.ts';
import { type GatheredTrade, TradeBlock } from '../log/trade-block.ts';
import type { BlockToShip } from '../log/trades-entry.ts';
import { timeDomainOf } from '../market/publisher-id.ts';
import { AggressorSide, Tape, TickKind } from '../market/tick.ts';
import { epochOf, type InstrumentMove } from '../placement/handover-rules.ts';
import { finestRowOf } from './bar-rows-of-ticks.ts';
import { eachRetainedBlock, isAppliedTrade, type RetainedGroup } from './find-original.ts';
import type { FoldState } from './fold-state.ts';
import { handoverForm, type ShippedRanges } from './handover-state.ts';
import type { BlockRange } from './state-io.ts';

/** A block is closed from so many trades on: less to look through for one bar than to lose by many blocks. */
const tradesMax = 2_048;
/** Half of the 104 days that event times of a block may be apart, s. */
const spanSecMax = 4_000_000;
/** Bytes of blocks from which on an entry is closed. */
const entryBytes = 524_288;
/** So many ticks that were held at a Prepare are known one by one; beyond, the move sends all trades again. */
const lateMax = 65_536;

/** How many blocks were sent, and which of them the bars need. */
export type ShippedTrades = { readonly blocks: number; readonly ranges: ShippedRanges };

/** A block that is being filled; `ordinal`: its place among all that are sent. */
type OpenBlock = { readonly ordinal: number; readonly publisher: number; readonly trades: TradeBlock };

/** Blocks on the way to be sent, by ordinal once they are finished. */
type Gathering = {
  readonly instrument: InstrumentState;
  readonly open: Map<number, OpenBlock>;
  readonly finished: BlockToShip[];
  count: number;
  /** What went ahead already; its blocks come before these. */
  readonly ahead: PreparedTrades | undefined;
  readonly ranges: Map<number, BlockRange>;
};

/** Where a move goes and the epoch that it brings. */
type Departing = Pick<InstrumentMove, 'epoch' | 'to'>;

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

/** Sends the trades that a move of the instrument needs and that did not go ahead of it. */
export function shipTrades(state: FoldState, instrument: InstrumentState, move: Departing): ShippedTrades {
  const { prepared } = instrument;
  const isAhead = prepared !== undefined && prepared.epoch === move.epoch && prepared.to === move.to;
  const ahead = isAhead ? prepared : undefined;
  const ranges = new Map<number, BlockRange>();
  const gathering = { instrument, open: new Map(), finished: [], count: ahead?.blocks ?? 0, ahead, ranges };
  if (ahead !== undefined) takeRangesAhead(state, instrument, ahead, ranges);
  gather(state, gathering);
  for (const block of gathering.open.values()) finish(state, gathering, block);
  sendAll(state, gathering, move);
  return { blocks: gathering.count, ranges };
}

/** A Prepare: what a move of that epoch would need by now goes ahead, once an epoch. The instrument is owned. */
export function prepareMove(state: FoldState, instrument: InstrumentState, { epoch, to }: Departing): void {
  if (epoch <= epochOf(instrument.place)) return;
  const { dataset, symbol } = instrument;
  // Also of a repeat: who asks again did not hear the first answer.
  state.moved.push({ dataset, symbol, offset: state.offset, logTimeMs: state.clock.nowMs, epoch, step: 'prepared' });
  if (epoch === instrument.prepared?.epoch) return;
  const { blocks, ranges } = shipTrades(state, instrument, { epoch, to });
  const { rows, retained } = state;
  const byStart = new Map([...ranges].map(([row, range]) => [rows.startSec[row]!, range]));
  instrument.prepared = { epoch, to, blocks, nextBlock: retained.nextNumber, ranges: byStart, late: [] };
}

/** A tick that was held is applied, which the trades that went ahead do not have. */
export function noteLate(instrument: InstrumentState, block: number, place: number): void {
  const { prepared } = instrument;
  if (prepared === undefined || block >= prepared.nextBlock) return;
  prepared.late.push(block, place);
  // Nothing that went ahead is named any more; its blocks keep their places.
  if (prepared.late.length > 2 * lateMax)
    instrument.prepared = { ...prepared, nextBlock: 0, ranges: new Map(), late: [] };
}

/** Bars that can still be rebuilt have their trades among those that went ahead, too. */
function takeRangesAhead(
  state: FoldState,
  instrument: InstrumentState,
  ahead: PreparedTrades,
  ranges: Map<number, BlockRange>,
): void {
  const finest = instrument.rows[0]!;
  for (const [startSec, { first, last }] of ahead.ranges) {
    const row = finest.find(state.rows, startSec);
    if (row >= 0 && isRebuildable(state, row)) ranges.set(row, { first, last });
  }
}

function sendAll(state: FoldState, { instrument, finished, ahead }: Gathering, move: Departing): void {
  const before = ahead?.blocks ?? 0;
  let [first, bytes] = [0, 0];
  for (const [index, block] of finished.entries()) {
    if (bytes > 0 && bytes + block.bytes.length > entryBytes) {
      send(state, instrument, move, before + first, finished.slice(first, index), bytes);
      [first, bytes] = [index, 0];
    }
    bytes += block.bytes.length;
  }
  if (bytes > 0) send(state, instrument, move, before + first, finished.slice(first), bytes);
}

function send(
  state: FoldState,
  instrument: InstrumentState,
  { epoch, to }: Departing,
  first: number,
  blocks: readonly BlockToShip[],
  bytes: number,
): void {
  const { dataset, symbol } = instrument;
  const form = handoverForm(state.config);
  state.sending.send(to, { kind: 'trades', dataset, symbol, epoch, ...form, first, blocks }, bytes);
}

/** Gathers the trades into blocks, and notes where those of each row are. */
function gather(state: FoldState, gathering: Gathering): void {
  const { instrument, ahead } = gathering;
  const firstBlock = firstOfRows(state, instrument);
  const late = lateByBlock(ahead);
  for (const number of instrument.blocks) {
    if (number < firstBlock) continue;
    const isAhead = ahead !== undefined && number < ahead.nextBlock;
    const wanted = isAhead ? late.get(number) : undefined;
    if (isAhead && wanted === undefined) continue;
    eachRetainedBlock(state, instrument, number, (group) => gatherGroup(state, gathering, group, wanted));
  }
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

function gatherGroup(
  state: FoldState,
  gathering: Gathering,
  group: RetainedGroup,
  wanted: ReadonlySet<number> | undefined,
): void {
  const { rows } = state;
  const { ranges } = gathering;
  const { columns, rare } = group;
  const { timeNs, attribute, attributes, price, size } = columns;
  const ids = tradeIdNumbersOf(columns);
  // Trades of one bar come one after the other.
  let [row, startSec, endSec] = [-1, 0, 0];
  let noted = -1;
  for (let index = columns.groupStart[group.group]!; index < columns.groupStart[group.group + 1]!; index += 1) {
    if (!isAppliedTrade(group, index) || wanted?.has(index) === false) continue;
    const eventSec = secondOf(columns, timeNs[index]!);
    if (eventSec < startSec || eventSec >= endSec) {
      row = finestRowOf(state, gathering.instrument, eventSec);
      if (row >= 0 && !isRebuildable(state, row)) row = -1;
      startSec = row < 0 ? 0 : rows.startSec[row]!;
      endSec = row < 0 ? 0 : rows.endSec[row]!;
      noted = -1;
    }
    if (row < 0) continue;
    const block = openBlock(state, gathering, group.publisher, eventSec);
    trade.sequence = columns.sequenceAt(group.group, index);
    trade.eventSec = eventSec;
    trade.eventNano = nanoOf(columns, timeNs[index]!, eventSec);
    trade.price = price[index]!;
    trade.size = size[index]!;
    trade.attributes = attributes[attribute[index]!]!.attributes;
    trade.tradeId = ids === undefined ? rare.tradeIdAt(index) : ids[index]!;
    block.trades.add(trade);
    if (block.ordinal !== noted) noteIn(ranges, row, block.ordinal);
    noted = block.ordinal;
  }
}

/** The first block that a bar can be rebuilt from; Infinity = none can. */
export function firstOfRows(state: FoldState, instrument: InstrumentState): number {
  const finest = instrument.rows[0]!;
  let first = Infinity;
  for (let index = finest.left; index < finest.length; index += 1) {
    const row = finest.at(index);
    if (isRebuildable(state, row)) first = Math.min(first, state.rows.firstBlock[row]!);
  }
  return first;
}

/** Whether the finest bar can still be rebuilt from its trades. */
export function isRebuildable({ rows, retained }: FoldState, row: number): boolean {
  return !rows.has(row, RowFlag.left) && retained.block(rows.firstBlock[row]!) !== undefined;
}

function noteIn(ranges: Map<number, BlockRange>, row: number, ordinal: number): void {
  const range = ranges.get(row);
  if (range === undefined) ranges.set(row, { first: ordinal, last: ordinal });
  else {
    range.first = Math.min(range.first, ordinal);
    range.last = Math.max(range.last, ordinal);
  }
}

/** The open block of the publisher, or a fresh one where that is full or too far away in time. */
function openBlock(state: FoldState, gathering: Gathering, publisher: number, eventSec: number): OpenBlock {
  const { open } = gathering;
  const known = open.get(publisher);
  if (known !== undefined) {
    const { trades } = known;
    if (!trades.isFull && Math.abs(eventSec - trades.firstSec) <= spanSecMax) return known;
    finish(state, gathering, known);
  }
  const fresh = { ordinal: gathering.count, publisher, trades: new TradeBlock(tradesMax) };
  gathering.count += 1;
  open.set(publisher, fresh);
  return fresh;
}

function finish(state: FoldState, gathering: Gathering, { ordinal, publisher, trades }: OpenBlock): void {
  const { instrument, finished, ahead } = gathering;
  const { dataset, symbol } = instrument;
  const publisherId = state.publishers.at(publisher).id;
  const header = { publisherId, timeDomain: timeDomainOf(publisherId), mapEpoch: 0, dataset, receiveTimeNs: 0n };
  const bytes = trades.encode(header, symbol, instrument.terms!);
  finished[ordinal - (ahead?.blocks ?? 0)] = { bytes, ...trades.bounds(), excluded: [] };
}
