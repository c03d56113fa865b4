/**
 * Reads `Trade`, `TradeCancel`, `TradeCorrection`, `Quote` and `TradingStatus` of the contract. In: a cursor on one of
 * them. Out: the values in one object that is filled again and again, so that a row of a batch costs no object but its
 * own. A property test proves it equal to the decoder that is generated from the contract.
 */
import type { ByteInterner } from '../log/byte-interner.ts';
import type { ProtoReader } from '../log/proto-reader.ts';
import { decodeText } from '../log/text.ts';
import { type Instant, setInstant } from './instant.ts';

/** Slots of the values, which stand under different numbers in the five messages. */
const Slot = {
  eventTime: 1,
  price: 2,
  size: 3,
  venue: 4,
  tape: 5,
  conditions: 6,
  side: 7,
  tradeId: 8,
  venueSequence: 9,
  receiveTime: 10,
  suspicious: 11,
  bid: 12,
  ask: 13,
  originalSequence: 14,
  originalTradeId: 15,
  correctedTime: 16,
  state: 17,
} as const;

type Slots = { readonly [tag: number]: number };

/** The slots by tag (field number * 8 + wire type); what is not here is passed over, as protobuf has it. */
const s = Slot;
const slotsOfKind: readonly Slots[] = [
  {},
  {
    9: s.eventTime,
    16: s.price,
    24: s.size,
    34: s.venue,
    40: s.tape,
    50: s.conditions,
    56: s.side,
    66: s.tradeId,
    72: s.venueSequence,
    81: s.receiveTime,
    88: s.suspicious,
  },
  {
    9: s.eventTime,
    16: s.originalSequence,
    26: s.originalTradeId,
    34: s.venue,
    40: s.tape,
    48: s.venueSequence,
    57: s.receiveTime,
  },
  {
    9: s.eventTime,
    16: s.originalSequence,
    26: s.originalTradeId,
    33: s.correctedTime,
    40: s.price,
    48: s.size,
    58: s.venue,
    64: s.tape,
    74: s.conditions,
    80: s.side,
    90: s.tradeId,
    96: s.venueSequence,
    105: s.receiveTime,
    112: s.suspicious,
  },
  {
    9: s.eventTime,
    18: s.bid,
    26: s.ask,
    34: s.venue,
    40: s.tape,
    50: s.conditions,
    56: s.venueSequence,
    65: s.receiveTime,
    72: s.suspicious,
  },
  {
    9: s.eventTime,
    16: s.state,
    26: s.venue,
    32: s.tape,
    42: s.conditions,
    48: s.venueSequence,
    57: s.receiveTime,
  },
];

/** An integer that may lie beyond 2^53. */
export type Wide = number | bigint;

/** One side of a quote. */
export type WideSide = { price: Wide; size: Wide };

/** Values of one message; those that it does not have are 0, empty or undefined. */
export class TickFields {
  readonly eventTime: Instant = { sec: 0, nano: 0 };
  readonly correctedTime: Instant = { sec: 0, nano: 0 };
  hasCorrectedTime = false;
  price: Wide = 0;
  size: Wide = 0;
  venue = '';
  tape = 0;
  readonly conditions: string[] = [];
  side = 0;
  tradeId = '';
  venueSequence: Wide | undefined = undefined;
  receiveNs = 0n;
  suspicious = false;
  bid: WideSide | undefined = undefined;
  ask: WideSide | undefined = undefined;
  originalSequence: Wide = 0;
  originalTradeId = '';
  state = 0;
  readonly #names: ByteInterner<string>;

  constructor(names: ByteInterner<string>) {
    this.#names = names;
  }

  /** Fills the values from the message between the cursor and `end`; `kind` is one of `TickKind`. */
  read(reader: ProtoReader, end: number, kind: number): void {
    this.#clear();
    const slots = slotsOfKind[kind] as Slots;
    const outerEnd = reader.end;
    reader.end = end;
    while (!reader.done()) {
      const tag = reader.uint();
      const slot = slots[tag];
      if (slot === undefined) reader.skip(tag % 8);
      else this.#readSlot(reader, slot);
    }
    reader.end = outerEnd;
  }

  #readSlot(reader: ProtoReader, slot: number): void {
    switch (slot) {
      case Slot.eventTime:
        return readInstant(reader, this.eventTime);
      case Slot.correctedTime:
        this.hasCorrectedTime = true;
        return readInstant(reader, this.correctedTime);
      case Slot.price:
        this.price = readWide(reader);
        return;
      case Slot.size:
        this.size = readWide(reader);
        return;
      case Slot.venue:
        this.venue = readName(reader, this.#names);
        return;
      case Slot.tape:
        this.tape = readEnum(reader);
        return;
      case Slot.conditions:
        this.conditions.push(readName(reader, this.#names));
        return;
      case Slot.side:
        this.side = readEnum(reader);
        return;
      default:
        return this.#readRareSlot(reader, slot);
    }
  }

  #readRareSlot(reader: ProtoReader, slot: number): void {
    if (slot === Slot.tradeId) this.tradeId = reader.text();
    else if (slot === Slot.venueSequence) this.venueSequence = readUnsigned(reader);
    else if (slot === Slot.receiveTime) this.receiveNs = reader.sfixed64();
    else if (slot === Slot.suspicious) this.suspicious = readUnsigned(reader) !== 0;
    else if (slot === Slot.bid) this.bid = readSide(reader);
    else if (slot === Slot.ask) this.ask = readSide(reader);
    else if (slot === Slot.originalSequence) {
      this.originalSequence = readUnsigned(reader);
      this.originalTradeId = '';
    } else if (slot === Slot.originalTradeId) {
      this.originalTradeId = reader.text();
      this.originalSequence = 0;
    } else this.state = readEnum(reader);
  }

  #clear(): void {
    this.eventTime.sec = 0;
    this.eventTime.nano = 0;
    this.hasCorrectedTime = false;
    this.price = 0;
    this.size = 0;
    this.venue = '';
    this.tape = 0;
    this.conditions.length = 0;
    this.side = 0;
    this.tradeId = '';
    this.venueSequence = undefined;
    this.receiveNs = 0n;
    this.suspicious = false;
    this.bid = undefined;
    this.ask = undefined;
    this.originalSequence = 0;
    this.originalTradeId = '';
    this.state = 0;
  }
}

/** Longer texts are refused anyway, and not worth the memory. */
const nameBytesMax = 256;

/** A text that is likely to come again. */
export function readName(reader: ProtoReader, names: ByteInterner<string>): string {
  const length = reader.length();
  reader.at += length;
  const start = reader.at - length;
  if (length > nameBytesMax) return decodeText(reader.bytes, start, reader.at);
  return names.value(names.indexOf(reader.bytes, start, reader.at));
}

function readInstant(reader: ProtoReader, into: Instant): void {
  const low = reader.fixed32();
  setInstant(into, low, reader.fixed32());
}

/** An `int64`; a bigint where it is beyond 2^53 - 1. */
function readWide(reader: ProtoReader): Wide {
  if (isShortVarint(reader)) return reader.uint();
  return narrow(BigInt.asIntN(64, reader.uint64()));
}

/** Whether it ends within seven bytes: these hold 49 bits, so its value is not negative and exact. */
function isShortVarint({ bytes, at, end }: ProtoReader): boolean {
  const last = Math.min(at + 7, end);
  for (let place = at; place < last; place += 1) if (bytes[place]! < 0x80) return true;
  return false;
}

/** A `uint64`; a bigint where it is beyond 2^53 - 1. */
export function readUnsigned(reader: ProtoReader): Wide {
  return isShortVarint(reader) ? reader.uint() : narrow(reader.uint64());
}

function narrow(value: bigint): Wide {
  const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
  return isSafe ? Number(value) : value;
}

/** An enum's number, which can be any int32. */
export function readEnum(reader: ProtoReader): number {
  if (isShortVarint(reader)) return reader.uint() | 0;
  return Number(BigInt.asIntN(32, reader.uint64()));
}

function readSide(reader: ProtoReader): WideSide {
  const side: WideSide = { price: 0, size: 0 };
  const end = reader.length() + reader.at;
  const outerEnd = reader.end;
  reader.end = end;
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 8) side.price = readWide(reader);
    else if (tag === 16) side.size = readWide(reader);
    else reader.skip(tag % 8);
  }
  reader.end = outerEnd;
  return side;
}
