/**
 * Records of the topic `tape`, and chunks of the store: segments of the canonical tape with the partition's clock. In:
 * segments as a fold counted them, or bytes. Out: the bytes of a `TapeRecord` of the contract, or every tick in it with
 * its number. `MalformedError` where bytes are none.
 */
import type { LogPosition } from '../bars/bar.ts';
import { LogDictionary } from '../log/log-dictionary.ts';
import { MalformedError, ProtoReader } from '../log/proto-reader.ts';
import { ProtoWriter } from '../log/proto-writer.ts';
import { rareColumns, type TradeReference } from '../log/rare-columns.ts';
import { decodeTickBlock } from '../log/tick-block-decode.ts';
import { TickColumns } from '../log/tick-columns.ts';
import { type InstrumentTerms, type TickAttributes, TickKind } from '../market/tick.ts';
import type { TapeSegmentOut } from './tape-segment.ts';

/** A trade, cancel or correction of the tape. */
export type TapeTick = {
  /** Its number in the tape of its instrument, from 1. */
  readonly number: number;
  /** Its sequence of its publisher. */
  readonly sequence: number;
  /** ns since the Unix epoch. */
  readonly eventNs: bigint;
  readonly attributes: TickAttributes;
  /** Integers in the instrument's units; 0 for a cancel. */
  readonly price: number;
  readonly size: number;
  /** Empty = none. */
  readonly tradeId: string;
  /** The venue's own sequence; absent = unknown. */
  readonly venueSequence?: number;
  /** ns since the Unix epoch; 0 = unknown. */
  readonly receiveNs: bigint;
  /** Cancels and corrections only: the trade that they amend. */
  readonly original?: TapeOriginal;
};

/** What a cancel or correction amends: by the publisher's sequence, or where that is 0 by its id. */
export type TapeOriginal = {
  readonly sequence: number;
  readonly tradeId: string;
  /** The event time that the trade should have had, ns since the Unix epoch; absent = that of the original stays. */
  readonly correctedNs?: bigint;
};

/** A segment as it was read. */
export type TapeSegment = {
  readonly dataset: string;
  readonly symbol: string;
  readonly terms: InstrumentTerms;
  readonly publisherId: bigint;
  readonly firstNumber: number;
  readonly late: boolean;
  readonly outOfOrder: boolean;
  readonly position: LogPosition;
  /** At least one, numbered without a gap. */
  readonly ticks: readonly TapeTick[];
};

/** A record, or the bytes of a chunk, whose clock and next offset are 0. */
export type TapeRecord = {
  readonly segments: readonly TapeSegment[];
  /** The partition's clock, ms since the Unix epoch; 0 = none. */
  readonly clockMs: number;
  /** The first record of `ticks` that is not in what was put out. */
  readonly nextOffset: number;
};

const nsPerMs = 1_000_000n;
const nsPerSec = 1_000_000_000n;
const nothing = new Uint8Array(0);

/**
 * The bytes of a record with these segments, in counting order; `before` are the bytes of a record without clock and offset
 * that it goes on from.
 */
export function encodeTapeRecord(
  segments: readonly Pick<TapeSegmentOut, 'bytes'>[],
  clockMs: number = 0,
  nextOffset: number = 0,
  before: Uint8Array = nothing,
): Uint8Array {
  let size = before.length + 32;
  for (const { bytes } of segments) size += bytes.length + 6;
  const out = new ProtoWriter(size).raw(before);
  for (const { bytes } of segments) out.message(1, bytes);
  return out
    .fixed64(2, BigInt(clockMs) * nsPerMs)
    .int(3, nextOffset)
    .end();
}

/** The record in these bytes. Throws `MalformedError`. */
export function decodeTapeRecord(bytes: Uint8Array): TapeRecord {
  const reader = new ProtoReader(bytes, 0, bytes.length);
  const scratch: Scratch = { dictionary: new LogDictionary(), columns: new TickColumns() };
  const segments: TapeSegment[] = [];
  let [clockMs, nextOffset] = [0, 0];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10) {
      const length = reader.length();
      segments.push(segmentOf(new ProtoReader(bytes, reader.at, reader.at + length), scratch));
      reader.at += length;
    } else if (tag === 17) clockMs = Number(reader.sfixed64() / nsPerMs);
    else if (tag === 24) nextOffset = reader.int();
    else reader.skip(tag % 8);
  }
  return { segments, clockMs, nextOffset };
}

type Scratch = { readonly dictionary: LogDictionary; readonly columns: TickColumns };

function segmentOf(reader: ProtoReader, { dictionary, columns }: Scratch): TapeSegment {
  let [firstNumber, late, outOfOrder] = [0, false, false];
  let position: LogPosition = { partition: 0, epoch: 0, offset: 0 };
  let block: ProtoReader | undefined;
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 8) firstNumber = reader.uint();
    else if (tag === 16) late = reader.uint() !== 0;
    else if (tag === 24) outOfOrder = reader.uint() !== 0;
    else if (tag === 34) position = positionOf(partOf(reader));
    else if (tag === 42) block = partOf(reader);
    else reader.skip(tag % 8);
  }
  if (firstNumber < 1 || block === undefined) throw new MalformedError('a segment has no first number or no ticks');
  decodeTickBlock(block.bytes, block.at, block.end, dictionary, columns);
  const { dataset, publisherId } = columns;
  const [symbol] = columns.symbols;
  const [entry] = columns.terms;
  if (symbol === undefined || entry === undefined || columns.symbols.some((other) => other !== symbol)) {
    throw new MalformedError('a segment is not of one instrument');
  }
  const ticks = ticksOf(columns, firstNumber);
  return { dataset, symbol, terms: entry.terms, publisherId, firstNumber, late, outOfOrder, position, ticks };
}

/** A reader of the message at the cursor, which passes over it. */
function partOf(reader: ProtoReader): ProtoReader {
  const length = reader.length();
  reader.at += length;
  return new ProtoReader(reader.bytes, reader.at - length, reader.at);
}

function positionOf(reader: ProtoReader): LogPosition {
  let [partition, epoch, offset] = [0, 0, 0];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 8) partition = reader.uint();
    else if (tag === 16) epoch = reader.uint();
    else if (tag === 24) offset = reader.int();
    else reader.skip(tag % 8);
  }
  return { partition, epoch, offset };
}

function ticksOf(columns: TickColumns, firstNumber: number): TapeTick[] {
  const rare = rareColumns(columns);
  const baseNs = BigInt(columns.baseSec) * nsPerSec + BigInt(columns.baseNano);
  const ticks: TapeTick[] = [];
  for (let group = 0; group < columns.groupCount; group += 1) {
    for (let index = columns.groupStart[group]!; index < columns.groupStart[group + 1]!; index += 1) {
      const { attributes } = columns.attributes[columns.attribute[index]!]!;
      if (attributes.kind > TickKind.correction) throw new MalformedError('a segment holds a tick that has no number');
      const eventNs = baseNs + BigInt(columns.timeNs[index]!);
      const venueSequence = rare.venueSequenceAt(index);
      const delayNs = rare.receiveDelayAt(index);
      const original = rare.originalAt(index);
      ticks.push({
        number: firstNumber + index,
        sequence: columns.sequenceAt(group, index),
        eventNs,
        attributes,
        price: columns.price[index]!,
        size: columns.size[index]!,
        tradeId: rare.tradeIdAt(index),
        ...(venueSequence === undefined ? {} : { venueSequence }),
        receiveNs: delayNs === undefined ? columns.receiveTimeNs : eventNs + BigInt(delayNs),
        ...(original === undefined ? {} : { original: originalOf(original, eventNs, columns.timeUnitNs) }),
      });
    }
  }
  return ticks;
}

function originalOf(original: TradeReference, eventNs: bigint, unitNs: number): TapeOriginal {
  const { sequence, tradeId, correctedTimeStep: step } = original;
  if (step === undefined) return { sequence, tradeId };
  return { sequence, tradeId, correctedNs: eventNs + BigInt(step) * BigInt(unitNs) };
}
