/**
 * Reads a `PublishRequest` that carries one tick and nothing else. In: the bytes of a message. Out: a draft of the tick,
 * or nothing where the message is of another kind or wants a closer look; then `readPublishMessage` says what it is. A
 * plain trade in columns is read in one pass, which a property test proves equal to the long way.
 */
import { LogDictionary, type PackedTerms } from '../log/log-dictionary.ts';
import { MalformedError, ProtoReader, WireType } from '../log/proto-reader.ts';
import { decodeText } from '../log/text.ts';
import { tickBlockFormatVersion } from '../log/tick-block-fields.ts';
import { type TickAttributes, TickKind } from '../market/tick.ts';
import type { DraftTick } from './draft-tick.ts';
import { instantOf } from './instant.ts';
import { LastSlice } from './last-slice.ts';
import { readLooseBlock } from './loose-block.ts';
import { PublishRefusedError } from './refusal.ts';
import { newDraft, type RowReader } from './row-reader.ts';
import { stampBlock } from './stamped-block.ts';
import type { StreamIdentity } from './stream-state.ts';

const safeMax = Number.MAX_SAFE_INTEGER;
const flagsMax = 0x7fff_ffff;

/** Numbers of the block that is being read; -1 = its field did not come. */
type Numbers = {
  version: number;
  unitNs: number;
  /** In units of the block; NaN = it is beyond 2^53 and stands in `wideTime`. */
  baseTime: number;
  wideTime: bigint;
  baseSequence: number;
  count: number;
  sequenceStep: number;
  back: number;
  timeStep: number;
  priceStep: number;
  size: number;
};

/** Reads messages, one after the other. */
export class SingleTickReader {
  readonly #rows: RowReader;
  readonly #dictionary = new LogDictionary();
  readonly #attributes = new LastSlice<TickAttributes>((bytes, start, end) => {
    return this.#dictionary.attributes.value(this.#dictionary.attributes.indexOf(bytes, start, end)).attributes;
  });
  readonly #datasets = new LastSlice<string>(decodeText);
  readonly #reader = new ProtoReader(new Uint8Array(0), 0, 0);
  readonly #numbers: Numbers = emptyNumbers();

  constructor(rows: RowReader) {
    this.#rows = rows;
  }

  /** The tick of the message, if it has just one and the short way can say what it is. */
  read(bytes: Uint8Array, identity: StreamIdentity): DraftTick | undefined {
    const reader = this.#reader.reset(bytes, 0, bytes.length);
    try {
      if (!entersAll(reader, 18)) return undefined;
      const form = bytes[reader.at];
      if (form !== 10 && form !== 18) return undefined;
      if (!entersAll(reader, form)) return undefined;
      return form === 10 ? this.#readBlock(reader, identity) : this.#readRows(reader);
    } catch (error) {
      // The long way says what is wrong with it, or finds a form in which it is right.
      if (error instanceof MalformedError || error instanceof PublishRefusedError) return undefined;
      throw error;
    }
  }

  #readRows(reader: ProtoReader): DraftTick | undefined {
    return entersAll(reader, 18) ? this.#rows.readOne(reader) : undefined;
  }

  #readBlock(reader: ProtoReader, identity: StreamIdentity): DraftTick | undefined {
    const { bytes } = reader;
    const dictionary = this.#dictionary;
    dictionary.makeRoom();
    const numbers = clearNumbers(this.#numbers);
    const { at } = reader;
    let terms: PackedTerms | undefined;
    let attributes: TickAttributes | undefined;
    let symbol: string | undefined;
    let isPlain = true;
    while (reader.at < reader.end) {
      const tag = reader.uint();
      if (tag === 82 || tag === 90 || tag === 98) {
        const length = reader.length();
        const start = reader.at;
        reader.at = start + length;
        if (tag === 82 && terms === undefined) terms = dictionary.terms.read(bytes, start, reader.at);
        else if (tag === 90 && attributes === undefined) attributes = this.#attributes.of(bytes, start, reader.at);
        else if (tag === 98 && symbol === undefined) {
          symbol = dictionary.names.value(dictionary.names.indexOf(bytes, start, reader.at));
        } else return undefined;
      } else if (tag === 42) {
        const length = reader.length();
        reader.at += length;
        if (this.#datasets.of(bytes, reader.at - length, reader.at) !== identity.dataset) return undefined;
      } else if (tag < 82) {
        if (!readHeader(reader, tag, numbers, identity)) return undefined;
      } else if (!readColumn(reader, tag, numbers)) isPlain = false;
    }
    if (!isPlain && numbers.count === 1) return this.#readOther(bytes, at, reader.end, identity);
    if (!isPlain || terms === undefined || attributes === undefined || symbol === undefined) return undefined;
    const isTrade = attributes.kind === TickKind.trade && attributes.flags <= flagsMax && numbers.count === 1;
    return isTrade ? draftOf(symbol, terms, attributes, numbers) : undefined;
  }

  /** A tick of which the block says more: a quote, an id, an amendment. */
  #readOther(bytes: Uint8Array, start: number, end: number, identity: StreamIdentity): DraftTick | undefined {
    const { publisherId, timeDomain, dataset } = identity;
    const header = { publisherId, timeDomain, mapEpoch: 0, dataset, receiveTimeNs: 0n };
    const drafts = readLooseBlock(stampBlock(bytes, start, end, header), this.#rows);
    return drafts.length === 1 ? drafts[0] : undefined;
  }
}

function draftOf(
  symbol: string,
  { terms, priceScale, sizeScale }: PackedTerms,
  attributes: TickAttributes,
  numbers: Numbers,
): DraftTick | undefined {
  if (numbers.version !== tickBlockFormatVersion) return undefined;
  const sequence = numbers.baseSequence + numbers.sequenceStep;
  const price = numbers.priceStep * priceScale;
  const size = numbers.size * sizeScale;
  const link = numbers.back === 0 ? 0 : sequence - numbers.back;
  if (!(sequence >= 1 && sequence <= safeMax && link >= 0 && numbers.back >= 0)) return undefined;
  if (!(size >= 1 && size <= safeMax && Math.abs(price) <= safeMax)) return undefined;
  const draft = newDraft(symbol, sequence, link, true);
  draft.terms = terms;
  draft.termsGiven = true;
  draft.attributes = attributes;
  draft.price = price;
  draft.size = size;
  return setTime(draft, numbers) ? draft : undefined;
}

/** Goes into the one field that the message consists of; false = it has another, or more than that. */
function entersAll(reader: ProtoReader, tag: number): boolean {
  if (reader.at >= reader.end || reader.bytes[reader.at] !== tag) return false;
  reader.at += 1;
  const length = reader.uint();
  return reader.at + length === reader.end;
}

/** Fields 1 to 9; false = the long way has to look at it. */
function readHeader(reader: ProtoReader, tag: number, numbers: Numbers, identity: StreamIdentity): boolean {
  if (tag === 8) numbers.version = reader.uint();
  else if (tag === 24) return reader.uint() === identity.timeDomain;
  else if (tag === 17) return reader.fixed64() === identity.publisherId;
  else if (tag === 56) numbers.unitNs = reader.uint();
  else if (tag === 64) {
    const { at } = reader;
    numbers.baseTime = shortSint(reader);
    if (Number.isNaN(numbers.baseTime)) {
      reader.at = at;
      numbers.wideTime = reader.sint64();
    }
  } else if (tag === 72) numbers.baseSequence = reader.uint();
  else return false;
  return true;
}

/** A zigzag integer of up to seven bytes; NaN for a longer one. */
function shortSint(reader: ProtoReader): number {
  for (let at = reader.at; at < reader.at + 7 && at < reader.end; at += 1) {
    if (reader.bytes[at]! < 0x80) return reader.sint();
  }
  return Number.NaN;
}

/** Columns of one entry; false = there are more entries, or it is another column, which is passed over. */
function readColumn(reader: ProtoReader, tag: number, numbers: Numbers): boolean {
  if (tag % 8 !== WireType.bytes) throw new MalformedError('a column is not packed');
  const end = reader.length() + reader.at;
  let isRead = true;
  if (tag === 114) numbers.count = reader.uint();
  else if (tag === 122) numbers.sequenceStep = reader.sint();
  else if (tag === 130) numbers.back = reader.uint();
  else if (tag === 146) numbers.timeStep = reader.sint();
  else if (tag === 162) numbers.priceStep = reader.sint();
  else if (tag === 170) numbers.size = reader.uint();
  // Indices into dictionaries that have one entry.
  else if (tag === 106 || tag === 154) isRead = reader.uint() === 0;
  else isRead = false;
  isRead &&= reader.at === end;
  // A block of several ticks is not for here.
  if (tag === 114 && !isRead) numbers.count = -1;
  reader.at = end;
  return isRead;
}

function setTime(draft: DraftTick, { unitNs, baseTime, wideTime, timeStep }: Numbers): boolean {
  if (unitNs !== 1 && unitNs !== 1_000 && unitNs !== 1_000_000 && unitNs !== 1_000_000_000) return false;
  if (Number.isNaN(timeStep)) return false;
  const units = baseTime + timeStep;
  if (Number.isNaN(units)) {
    const ns = (wideTime + BigInt(timeStep)) * BigInt(unitNs);
    if (ns < 0n) return false;
    const { sec, nano } = instantOf(ns);
    draft.eventSec = sec;
    draft.eventNano = nano;
    return true;
  }
  if (!(units >= 0 && units <= safeMax)) return false;
  const perSec = 1_000_000_000 / unitNs;
  draft.eventSec = Math.floor(units / perSec);
  draft.eventNano = (units - draft.eventSec * perSec) * unitNs;
  return true;
}

function emptyNumbers(): Numbers {
  return {
    version: 0,
    unitNs: 0,
    baseTime: 0,
    wideTime: 0n,
    baseSequence: 0,
    count: -1,
    sequenceStep: Number.NaN,
    back: -1,
    timeStep: Number.NaN,
    priceStep: Number.NaN,
    size: -1,
  };
}

function clearNumbers(numbers: Numbers): Numbers {
  numbers.version = 0;
  numbers.unitNs = 0;
  numbers.baseTime = 0;
  numbers.baseSequence = 0;
  numbers.count = -1;
  numbers.sequenceStep = Number.NaN;
  numbers.back = -1;
  numbers.timeStep = Number.NaN;
  numbers.priceStep = Number.NaN;
  numbers.size = -1;
  return numbers;
}
