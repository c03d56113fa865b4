/**
 * Entries of the canonical tape as the contract has them. In: segments as workers leave them. Out: `TapeEntry` messages,
 * and their order by (event time, publisher, sequence), which is the order that decides what a bar shows.
 */
import {
  decodeTapeRecord,
  MalformedError,
  type TapeChunk,
  type TapeSegment,
  type TapeTick,
  TickFlag,
  TickKind,
} from '@tapeline/domain';
import type { wireMarket, wireQuery } from '@tapeline/wire';
import { refusal } from '../refusal.ts';

/** One counted tick with what its segment says of it. */
export type TapeRow = {
  readonly segment: TapeSegment;
  readonly tick: TapeTick;
  /** When it stands in the order, ns since the Unix epoch: its event time, of a corrected trade the corrected one. */
  readonly timeNs: bigint;
};

/** Where an entry stands among those of its instrument. */
export type TapePlace = { readonly timeNs: bigint; readonly publisherId: bigint; readonly sequence: number };

/** The rows of a segment, in their order. */
export function rowsOf(segment: TapeSegment): TapeRow[] {
  return segment.ticks.map((tick) => ({ segment, tick, timeNs: tick.eventNs }));
}

/** The segments of a chunk. One that is damaged is refused: an answer without it would be wrong. */
export function segmentsOf({ dataset, symbol, firstNumber, bytes }: TapeChunk): readonly TapeSegment[] {
  try {
    return decodeTapeRecord(bytes).segments;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const from = `${firstNumber}`;
    const message = `the store's chunk of ${symbol} from number ${from} on is damaged: ${error.message}`;
    throw refusal('STORE_UNAVAILABLE', message, { dataset, symbol, number: from });
  }
}

/** Where a row stands. */
export function placeOf({ segment, tick, timeNs }: TapeRow): TapePlace {
  return { timeNs, publisherId: segment.publisherId, sequence: tick.sequence };
}

/** Negative if `left` stands before `right`, 0 if they are one. */
export function comparePlaces(left: TapePlace, right: TapePlace): number {
  if (left.timeNs !== right.timeNs) return left.timeNs < right.timeNs ? -1 : 1;
  if (left.publisherId !== right.publisherId) return left.publisherId < right.publisherId ? -1 : 1;
  return left.sequence - right.sequence;
}

/** Negative if `left` stands before `right`, 0 if they are one. */
export function compareRows(left: TapeRow, right: TapeRow): number {
  if (left.timeNs !== right.timeNs) return left.timeNs < right.timeNs ? -1 : 1;
  const [leftId, rightId] = [left.segment.publisherId, right.segment.publisherId];
  if (leftId !== rightId) return leftId < rightId ? -1 : 1;
  return left.tick.sequence - right.tick.sequence;
}

/** The message of a row as it was published. */
export function publishedEntry({ segment, tick }: TapeRow): wireQuery.TapeEntry {
  return entryOf(segment, tick, tickOf(tick));
}

/** The message of a corrected trade: a trade under the identity and number of its correction. */
export function correctedEntry({ segment, tick, timeNs }: TapeRow): wireQuery.TapeEntry {
  return entryOf(segment, tick, { $case: 'trade', value: tradeOf(tick, timeNs) });
}

type WireTick = NonNullable<wireQuery.TapeEntry['tick']>;

function entryOf(segment: TapeSegment, tick: TapeTick, value: WireTick): wireQuery.TapeEntry {
  const { dataset, symbol, publisherId, late, outOfOrder, position } = segment;
  return {
    instrument: { dataset, symbol },
    number: BigInt(tick.number),
    publisherId,
    sequence: BigInt(tick.sequence),
    tick: value,
    late,
    outOfOrder,
    position: { ...position, offset: BigInt(position.offset) },
  };
}

function tickOf(tick: TapeTick): WireTick {
  if (tick.attributes.kind === TickKind.cancel) return { $case: 'cancel', value: cancelOf(tick) };
  if (tick.attributes.kind === TickKind.correction) return { $case: 'correction', value: correctionOf(tick) };
  return { $case: 'trade', value: tradeOf(tick, tick.eventNs) };
}

function tradeOf(tick: TapeTick, eventNs: bigint): wireMarket.Trade {
  const { attributes } = tick;
  return {
    eventTimeNs: eventNs,
    price: BigInt(tick.price),
    size: BigInt(tick.size),
    venue: attributes.venue,
    tape: attributes.tape,
    conditions: [...attributes.conditions],
    aggressorSide: attributes.side,
    tradeId: tick.tradeId,
    venueSequence: venueSequenceOf(tick),
    receiveTimeNs: tick.receiveNs,
    suspicious: isSuspicious(tick),
  };
}

function cancelOf(tick: TapeTick): wireMarket.TradeCancel {
  return {
    eventTimeNs: tick.eventNs,
    original: originalOf(tick),
    venue: tick.attributes.venue,
    tape: tick.attributes.tape,
    venueSequence: venueSequenceOf(tick),
    receiveTimeNs: tick.receiveNs,
  };
}

function correctionOf(tick: TapeTick): wireMarket.TradeCorrection {
  return {
    ...tradeOf(tick, tick.eventNs),
    original: originalOf(tick),
    correctedEventTimeNs: tick.original?.correctedNs,
  };
}

function originalOf({ original }: TapeTick): wireMarket.TradeCancel['original'] {
  if (original === undefined) return undefined;
  if (original.sequence > 0) return { $case: 'originalSequence', value: BigInt(original.sequence) };
  return { $case: 'originalTradeId', value: original.tradeId };
}

function venueSequenceOf({ venueSequence }: TapeTick): bigint | undefined {
  return venueSequence === undefined ? undefined : BigInt(venueSequence);
}

function isSuspicious({ attributes }: TapeTick): boolean {
  return (attributes.flags & TickFlag.suspicious) !== 0;
}
