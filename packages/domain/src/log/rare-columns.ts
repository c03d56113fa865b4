/**
 * Columns that the fold's loops do not need: ids, originals, quotes, states, delays. In: a decoded block. Out: one
 * entry a tick, made when somebody asks; `MalformedError` where a column does not fit the block.
 */
import { TickFlag, TickKind } from '../market/tick.ts';
import { countVarints, unpackUnsigned, unpackZigzag } from './packed-columns.ts';
import { MalformedError, ProtoReader } from './proto-reader.ts';
import { decodeText, isLongerThan } from './text.ts';
import { Column } from './tick-block-fields.ts';
import { lastEventSec, secondOf, type TickColumns } from './tick-columns.ts';

/** The trade that a cancel or correction amends: by the publisher's sequence (0 = not so), or else by its id. */
export type TradeReference = {
  readonly sequence: number;
  readonly tradeId: string;
  /** Corrected event time less the correction's own, in the block's time unit; absent = the original's time stays. */
  readonly correctedTimeStep?: number;
};

/** Both sides of a quote in units; a side that is absent did not change. */
export type QuoteSides = {
  readonly bidPrice?: number;
  readonly bidSize?: number;
  readonly askPrice?: number;
  readonly askSize?: number;
};

/** A part of a block's bytes. */
export type ByteSlice = { readonly start: number; readonly end: number };

type Has = (index: number) => boolean;

function kindAt(columns: TickColumns, index: number): number {
  return columns.attributes[columns.attribute[index]!]!.attributes.kind;
}

function flagsAt(columns: TickColumns, index: number): number {
  return columns.attributes[columns.attribute[index]!]!.attributes.flags;
}

function hasPrice(columns: TickColumns): Has {
  if (columns.onlyTrades) return () => true;
  return (index) => kindAt(columns, index) === TickKind.trade || kindAt(columns, index) === TickKind.correction;
}

function isAmendment(columns: TickColumns): Has {
  return (index) => kindAt(columns, index) === TickKind.cancel || kindAt(columns, index) === TickKind.correction;
}

/** Trade ids that are integers, one entry a tick, 0 for kinds without; `undefined` if they are texts, or there are none. */
export function tradeIdNumbersOf(columns: TickColumns): Float64Array | undefined {
  const has = hasPrice(columns);
  const steps = spread(columns, Column.tradeIdSteps, has, 'trade_id_steps', true);
  if (steps !== undefined) sumInGroups(columns, steps, 1, has);
  return steps;
}

/** Where the trade id of each tick lies in the block's bytes, if ids are texts and the tick has one. */
export function tradeIdSlicesOf(columns: TickColumns): (ByteSlice | undefined)[] | undefined {
  return slicesByTick(columns, Column.tradeIds, hasPrice(columns));
}

/** Where the `TradeReference` of each cancel and correction lies in the block's bytes. */
export function originalSlicesOf(columns: TickColumns): (ByteSlice | undefined)[] | undefined {
  return slicesByTick(columns, Column.originals, isAmendment(columns));
}

/** Of a block that was checked, one entry a tick; `undefined` if the column is absent. */
function slicesByTick(columns: TickColumns, field: number, has: Has): (ByteSlice | undefined)[] | undefined {
  if (columns.columnEnd[field] === 0) return undefined;
  const slices = taggedSlices(columns, field);
  let next = 0;
  return Array.from({ length: columns.tickCount }, (_, index) => (has(index) ? slices[next++] : undefined));
}

/** Trade ids, one entry a tick, empty = none; `undefined` if the block has none. */
export function tradeIdsOf(columns: TickColumns): string[] | undefined {
  const numbers = tradeIdNumbersOf(columns);
  if (numbers !== undefined) {
    return Array.from(numbers.subarray(0, columns.tickCount), (id, index) =>
      hasPrice(columns)(index) ? String(id) : '',
    );
  }
  if (columns.columnEnd[Column.tradeIds] === 0) return undefined;
  const texts: string[] = [];
  const has = hasPrice(columns);
  const slices = taggedSlices(columns, Column.tradeIds);
  let next = 0;
  for (let index = 0; index < columns.tickCount; index += 1) {
    const slice = has(index) ? slices[next++] : undefined;
    if (has(index) && slice === undefined) throw new MalformedError('trade_ids has too few entries');
    texts.push(slice === undefined ? '' : decodeText(columns.bytes, slice.start, slice.end));
  }
  if (next !== slices.length) throw new MalformedError('trade_ids has too many entries');
  return texts;
}

/** What cancels and corrections amend, one entry a tick, `undefined` for other kinds. */
export function originalsOf(columns: TickColumns): (TradeReference | undefined)[] {
  const slices = taggedSlices(columns, Column.originals);
  const has = isAmendment(columns);
  const references: (TradeReference | undefined)[] = [];
  let next = 0;
  for (let index = 0; index < columns.tickCount; index += 1) {
    const slice = has(index) ? slices[next++] : undefined;
    if (has(index) && slice === undefined) throw new MalformedError('originals has too few entries');
    references.push(slice === undefined ? undefined : referenceAt(columns.bytes, slice.start, slice.end));
  }
  if (next !== slices.length) throw new MalformedError('originals has too many entries');
  return references;
}

function referenceAt(bytes: Uint8Array, start: number, end: number): TradeReference {
  const reader = new ProtoReader(bytes, start, end);
  let [sequence, tradeId] = [0, ''];
  let step: number | undefined;
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 8) sequence = reader.uint();
    else if (tag === 18) tradeId = reader.text();
    else if (tag === 24) step = reader.sint();
    else reader.skip(tag % 8);
  }
  if (sequence === 0 && tradeId === '') throw new MalformedError('an original names neither a sequence nor a trade id');
  return step === undefined ? { sequence, tradeId } : { sequence, tradeId, correctedTimeStep: step };
}

/** Quotes, one entry a tick, `undefined` for other kinds. */
export function quotesOf(columns: TickColumns): (QuoteSides | undefined)[] {
  const quoteWith = (flag: number) => (index: number) =>
    kindAt(columns, index) === TickKind.quote && (flagsAt(columns, index) & flag) !== 0;
  const [hasBid, hasAsk] = [quoteWith(TickFlag.quoteBid), quoteWith(TickFlag.quoteAsk)];
  const bids = spread(columns, Column.bidPriceSteps, hasBid, 'bid_price_steps', true);
  const bidSizes = spread(columns, Column.bidSizes, hasBid, 'bid_sizes', false);
  const asks = spread(columns, Column.askPriceSteps, hasAsk, 'ask_price_steps', true);
  const askSizes = spread(columns, Column.askSizes, hasAsk, 'ask_sizes', false);
  if (bids !== undefined) sumInGroups(columns, bids, 'price', hasBid);
  if (asks !== undefined) sumInGroups(columns, asks, 'price', hasAsk);
  const sides: (QuoteSides | undefined)[] = [];
  for (let group = 0; group < columns.groupCount; group += 1) {
    const { sizeScale } = columns.terms[columns.groupTerms[group]!]!;
    for (let index = columns.groupStart[group]!; index < columns.groupStart[group + 1]!; index += 1) {
      if (kindAt(columns, index) !== TickKind.quote) sides.push(undefined);
      else {
        sides.push({
          ...(hasBid(index) ? { bidPrice: bids?.[index] ?? 0, bidSize: (bidSizes?.[index] ?? 0) * sizeScale } : {}),
          ...(hasAsk(index) ? { askPrice: asks?.[index] ?? 0, askSize: (askSizes?.[index] ?? 0) * sizeScale } : {}),
        });
      }
    }
  }
  return sides;
}

/** Receive time less event time in ns, one entry a tick; `undefined` = the block's receive time holds for all. */
export function receiveDelaysOf(columns: TickColumns): Float64Array | undefined {
  return spread(columns, Column.receiveDelays, () => true, 'receive_delays_ns', true);
}

/** The venue's own sequences, one entry a tick; `undefined` = unknown. */
export function venueSequencesOf(columns: TickColumns): Float64Array | undefined {
  const steps = spread(columns, Column.venueSequenceSteps, () => true, 'venue_sequence_steps', true);
  if (steps !== undefined) sumInGroups(columns, steps, 1, () => true);
  return steps;
}

/** States of trading, numbered as `TradingState` of the contract, one entry a tick, 0 for other kinds. */
export function tradingStatesOf(columns: TickColumns): Float64Array | undefined {
  const isStatus: Has = (index) => kindAt(columns, index) === TickKind.status;
  return spread(columns, Column.tradingStates, isStatus, 'trading_states', false);
}

function spread(
  columns: TickColumns,
  field: number,
  has: Has,
  name: string,
  zigzag: boolean,
): Float64Array | undefined {
  const { bytes, tickCount } = columns;
  const start = columns.columnStart[field]!;
  const end = columns.columnEnd[field]!;
  if (end === 0) return undefined;
  let expected = 0;
  for (let index = 0; index < tickCount; index += 1) if (has(index)) expected += 1;
  const count = countVarints(bytes, start, end);
  if (count !== expected) throw new MalformedError(`${name} has ${count} entries for ${expected}`);
  const dense = new Float64Array(count);
  if (zigzag) unpackZigzag(bytes, start, end, dense);
  else unpackUnsigned(bytes, start, end, dense);
  const out = new Float64Array(tickCount);
  let next = 0;
  for (let index = 0; index < tickCount; index += 1) if (has(index)) out[index] = dense[next++]!;
  return out;
}

function sumInGroups(columns: TickColumns, values: Float64Array, scale: number | 'price', has: Has): void {
  for (let group = 0; group < columns.groupCount; group += 1) {
    const factor = scale === 'price' ? columns.terms[columns.groupTerms[group]!]!.priceScale : scale;
    let sum = 0;
    for (let index = columns.groupStart[group]!; index < columns.groupStart[group + 1]!; index += 1) {
      if (!has(index)) continue;
      sum += values[index]! * factor;
      if (!Number.isSafeInteger(sum)) throw new MalformedError('a value is beyond 2^53 - 1');
      values[index] = sum;
    }
  }
}

function taggedSlices(columns: TickColumns, field: number): ByteSlice[] {
  const slices: ByteSlice[] = [];
  if (columns.columnEnd[field] === 0) return slices;
  const reader = new ProtoReader(columns.bytes, columns.columnStart[field]!, columns.columnEnd[field]!);
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag !== field * 8 + 2) {
      reader.skip(tag % 8);
      continue;
    }
    const length = reader.length();
    slices.push({ start: reader.at, end: reader.at + length });
    reader.at += length;
  }
  return slices;
}

/** The rare columns of a block, each decoded when it is first asked for. */
export type RareColumns = {
  /** The trade's id; empty = none. */
  tradeIdAt(index: number): string;
  /** What a cancel or correction amends; `undefined` for other kinds. */
  originalAt(index: number): TradeReference | undefined;
  /** The venue's own sequence; `undefined` = unknown. */
  venueSequenceAt(index: number): number | undefined;
  /** Receive time less event time, ns; `undefined` = the block's receive time holds. */
  receiveDelayAt(index: number): number | undefined;
};

const none = new Float64Array(0);

/** Lazy access to what the fold needs of the rare columns; valid until the columns are filled again. */
export function rareColumns(columns: TickColumns): RareColumns {
  const ids = lazyTradeIds(columns);
  let originals: (TradeReference | undefined)[] | undefined;
  let [venueSequences, delays]: (Float64Array | undefined)[] = [];
  return {
    tradeIdAt: ids,
    originalAt: (index) => (originals ??= originalsOf(columns))[index],
    venueSequenceAt: (index) => (venueSequences ??= venueSequencesOf(columns) ?? none)[index],
    receiveDelayAt: (index) => (delays ??= receiveDelaysOf(columns) ?? none)[index],
  };
}

/** A block has thousands of ids, and whoever asks wants a few, so only those become text. */
function lazyTradeIds(columns: TickColumns): (index: number) => string {
  const has = hasPrice(columns);
  let isRead = false;
  let numbers: Float64Array | undefined;
  let slices: (ByteSlice | undefined)[] | undefined;
  return (index) => {
    if (!isRead) {
      numbers = tradeIdNumbersOf(columns);
      slices = numbers === undefined ? tradeIdSlicesOf(columns) : undefined;
      isRead = true;
    }
    if (numbers !== undefined) return has(index) ? String(numbers[index]) : '';
    const slice = slices?.[index];
    return slice === undefined ? '' : decodeText(columns.bytes, slice.start, slice.end);
  };
}

/** The longest trade id, in characters, each of which takes at most 4 bytes. */
const tradeIdCharactersMax = 64;

/**
 * Checks the rare columns of a block without keeping them, so that whoever asks for one later gets it: a block is
 * refused as a whole or not at all. Throws `MalformedError`.
 */
export function checkRareColumns(columns: TickColumns): void {
  if (columns.onlyTrades && !hasRare(columns)) return;
  const has = hasPrice(columns);
  const steps = spread(columns, Column.tradeIdSteps, has, 'trade_id_steps', true);
  if (steps !== undefined) sumInGroups(columns, steps, 1, has);
  checkTradeIds(columns);
  receiveDelaysOf(columns);
  venueSequencesOf(columns);
  if (columns.onlyTrades) return;
  quotesOf(columns);
  tradingStatesOf(columns);
  const originals = originalsOf(columns);
  for (let index = 0; index < columns.tickCount; index += 1) {
    const original = originals[index];
    if (original !== undefined) checkOriginal(columns, index, original);
  }
}

/** Whether a block of trades has any of the columns that are checked; most have none. */
function hasRare({ columnEnd }: TickColumns): boolean {
  return (
    columnEnd[Column.receiveDelays]! +
      columnEnd[Column.venueSequenceSteps]! +
      columnEnd[Column.tradeIdSteps]! +
      columnEnd[Column.tradeIds]! >
    0
  );
}

function checkTradeIds(columns: TickColumns): void {
  if (columns.columnEnd[Column.tradeIds] === 0) return;
  const slices = taggedSlices(columns, Column.tradeIds);
  let expected = 0;
  const has = hasPrice(columns);
  for (let index = 0; index < columns.tickCount; index += 1) if (has(index)) expected += 1;
  if (slices.length !== expected) {
    throw new MalformedError(`trade_ids has ${slices.length} entries for ${expected}`);
  }
  for (const { start, end } of slices) {
    const bytes = end - start;
    if (bytes <= tradeIdCharactersMax) continue;
    const isTooLong = bytes > 4 * tradeIdCharactersMax;
    if (isTooLong || isLongerThan(decodeText(columns.bytes, start, end), tradeIdCharactersMax)) {
      throw new MalformedError(`a trade id has over ${tradeIdCharactersMax} characters`);
    }
  }
}

function checkOriginal(columns: TickColumns, index: number, original: TradeReference): void {
  if (isLongerThan(original.tradeId, tradeIdCharactersMax)) {
    throw new MalformedError(`the trade id of an original has over ${tradeIdCharactersMax} characters`);
  }
  if (original.correctedTimeStep === undefined) return;
  const ns = columns.timeNs[index]! + original.correctedTimeStep * columns.timeUnitNs;
  const sec = secondOf(columns, ns);
  if (!Number.isSafeInteger(ns) || sec < 0 || sec > lastEventSec) {
    throw new MalformedError('a corrected event time is not between 1970 and 2262, or over 104 days away');
  }
}
