/**
 * Reads `TickRows` of the contract. In: a slice of a message. Out: drafts of ticks, and the terms that the batch gives.
 * What no Void could stand for (a sequence or link beyond 2^53, a link that is not before its tick) is refused as a
 * whole; what a row cannot hold becomes the draft's fault.
 */
import { ByteInterner } from '../log/byte-interner.ts';
import type { ProtoReader } from '../log/proto-reader.ts';
import { decodeText } from '../log/text.ts';
import { TickFlag, TickKind } from '../market/tick.ts';
import { AttributeCache } from './attribute-cache.ts';
import { type DraftTick, noTerms } from './draft-tick.ts';
import { type GivenInstrument, readInstrument } from './given-instrument.ts';
import { batchTicksMax } from './publish-limits.ts';
import { PublishRefusedError, rejection } from './refusal.ts';
import { readName, readUnsigned, TickFields, type Wide, type WideSide } from './tick-fields.ts';
import { numberFault, priceFault, sizeFault, venueSequenceFault } from './tick-faults.ts';

const safeMax = Number.MAX_SAFE_INTEGER;
const namesMax = 65_536;

/** A batch of rows as it was read. */
export type ReadRows = { readonly instruments: readonly GivenInstrument[]; readonly ticks: readonly DraftTick[] };

/** Reads batches, one after the other; it keeps what they repeat. */
export class RowReader {
  readonly names: ByteInterner<string> = new ByteInterner(namesMax, decodeText);
  readonly attributes: AttributeCache = new AttributeCache();
  readonly #fields = new TickFields(this.names);

  /** Reads the message between the cursor and its end. Throws `PublishRefusedError` and `MalformedError`. */
  read(reader: ProtoReader): ReadRows {
    this.names.makeRoom();
    const instruments: GivenInstrument[] = [];
    const ticks: DraftTick[] = [];
    while (!reader.done()) {
      const tag = reader.uint();
      if (tag !== 10 && tag !== 18) {
        reader.skip(tag % 8);
        continue;
      }
      const end = reader.length() + reader.at;
      if (tag === 10) instruments.push(readInstrument(reader, end));
      else ticks.push(this.#readRow(reader, end));
      reader.at = end;
      if (ticks.length > batchTicksMax) throw tooLarge('ticks');
      if (instruments.length > batchTicksMax) throw tooLarge('instruments');
    }
    return { instruments, ticks };
  }

  /** Reads the one row between the cursor and its end. Throws as `read`. */
  readOne(reader: ProtoReader): DraftTick {
    this.names.makeRoom();
    return this.#readRow(reader, reader.end);
  }

  #readRow(reader: ProtoReader, end: number): DraftTick {
    let sequence: Wide = 0;
    let link: Wide | undefined;
    let symbol = '';
    let [kind, tickAt, tickEnd] = [0, 0, 0];
    const outerEnd = reader.end;
    reader.end = end;
    while (!reader.done()) {
      const tag = reader.uint();
      if (tag === 8) sequence = readUnsigned(reader);
      else if (tag === 16) link = readUnsigned(reader);
      else if (tag === 26) symbol = readName(reader, this.names);
      else if (tag >= 34 && tag <= 66 && tag % 8 === 2) {
        kind = kindOfField[(tag - 34) / 8] as number;
        const length = reader.length();
        tickAt = reader.at;
        tickEnd = tickAt + length;
        reader.at = tickEnd;
      } else reader.skip(tag % 8);
    }
    checkIdentity(sequence, link);
    const draft = newDraft(symbol, sequence as number, (link ?? 0) as number, link !== undefined);
    if (kind === 0) draft.fault = noTickFault();
    else {
      reader.at = tickAt;
      this.#fields.read(reader, tickEnd, kind);
      fillDraft(draft, this.#fields, kind, this.attributes);
    }
    reader.end = outerEnd;
    return draft;
  }
}

/** Fields 4 to 8 of `TickRow`. */
const kindOfField: readonly number[] = [
  TickKind.trade,
  TickKind.cancel,
  TickKind.correction,
  TickKind.quote,
  TickKind.status,
];

/** A batch above its bound. */
export function tooLarge(field: 'ticks' | 'instruments'): PublishRefusedError {
  const message = `the message has more than ${batchTicksMax} ${field}; send it as several`;
  return new PublishRefusedError('BATCH_TOO_LARGE', message, { field, max: String(batchTicksMax) });
}

function noTickFault(): DraftTick['fault'] {
  const message = 'tick is missing; set one of trade, cancel, correction, quote and status';
  return rejection('FIELD_INVALID', message, { field: 'tick', value: '' });
}

/** Throws FIELD_INVALID for an identity that no entry of the log could have. */
export function checkIdentity(sequence: Wide, link: Wide | undefined): void {
  if (!(typeof sequence === 'number' && Number.isSafeInteger(sequence) && sequence >= 1)) {
    const facts = { field: 'sequence', value: String(sequence), min: '1', max: String(safeMax) };
    throw new PublishRefusedError('FIELD_INVALID', `sequence ${sequence} is not between 1 and 2^53 - 1`, facts);
  }
  if (link === undefined || (typeof link === 'number' && Number.isSafeInteger(link) && link >= 0 && link < sequence)) {
    return;
  }
  const message = `link ${link} of sequence ${sequence} is not between 0 and ${sequence - 1}: it names a tick before this one`;
  const facts = { field: 'link', value: String(link), sequence: String(sequence), max: String(sequence - 1) };
  throw new PublishRefusedError('FIELD_INVALID', message, facts);
}

/** Throws FIELD_INVALID for a link that no progress or end of replay can name; 0 = no tick yet. */
export function checkReachedLink(link: Wide): void {
  if (typeof link === 'number' && Number.isSafeInteger(link) && link >= 0) return;
  const facts = { field: 'link', value: String(link), min: '0', max: String(safeMax) };
  throw new PublishRefusedError('FIELD_INVALID', `link ${link} is not between 0 and 2^53 - 1`, facts);
}

/** A draft with nothing but its identity. */
export function newDraft(symbol: string, sequence: number, link: number, linkGiven: boolean): DraftTick {
  return {
    symbol,
    terms: noTerms,
    sequence,
    link,
    eventSec: 0,
    eventNano: 0,
    attributes: noAttributes,
    price: 0,
    size: 0,
    linkGiven,
    termsGiven: false,
    receiveNs: 0n,
    fault: undefined,
  };
}

const noAttributes: DraftTick['attributes'] = {
  kind: TickKind.trade,
  venue: '',
  tape: 0,
  conditions: [],
  side: 0,
  flags: 0,
};

function fillDraft(draft: DraftTick, fields: TickFields, kind: number, cache: AttributeCache): void {
  draft.eventSec = fields.eventTime.sec;
  draft.eventNano = fields.eventTime.nano;
  draft.receiveNs = fields.receiveNs;
  let flags = fields.suspicious ? TickFlag.suspicious : 0;
  if (kind === TickKind.quote) flags |= fillQuote(draft, fields.bid, fields.ask);
  draft.attributes = cache.of(kind, fields.venue, fields.tape, fields.conditions, fields.side, flags);
  if (kind === TickKind.trade || kind === TickKind.correction) {
    if (typeof fields.price === 'number') draft.price = fields.price;
    else draft.fault ??= priceFault('price', fields.price);
    if (typeof fields.size === 'number') draft.size = fields.size;
    else draft.fault ??= sizeFault('size', fields.size, 1);
    if (fields.tradeId !== '') draft.tradeId = fields.tradeId;
  }
  if (typeof fields.venueSequence === 'number') draft.venueSequence = fields.venueSequence;
  else if (fields.venueSequence !== undefined) draft.fault ??= venueSequenceFault(fields.venueSequence);
  if (kind === TickKind.status) draft.tradingState = fields.state;
  if (kind === TickKind.cancel || kind === TickKind.correction) fillOriginal(draft, fields);
}

function fillQuote(draft: DraftTick, bid: WideSide | undefined, ask: WideSide | undefined): number {
  draft.quote = {
    ...(bid === undefined
      ? undefined
      : { bidPrice: exact(draft, bid, 'bid', 'price'), bidSize: exact(draft, bid, 'bid', 'size') }),
    ...(ask === undefined
      ? undefined
      : { askPrice: exact(draft, ask, 'ask', 'price'), askSize: exact(draft, ask, 'ask', 'size') }),
  };
  return (bid === undefined ? 0 : TickFlag.quoteBid) | (ask === undefined ? 0 : TickFlag.quoteAsk);
}

function exact(draft: DraftTick, side: WideSide, name: 'bid' | 'ask', part: 'price' | 'size'): number {
  const value = side[part];
  if (typeof value === 'number') return value;
  draft.fault ??= part === 'price' ? priceFault(`${name}.price`, value) : sizeFault(`${name}.size`, value, 0);
  return 0;
}

function fillOriginal(draft: DraftTick, fields: TickFields): void {
  const { originalSequence, originalTradeId, hasCorrectedTime, correctedTime } = fields;
  if (typeof originalSequence !== 'number') {
    draft.fault ??= numberFault('original_sequence', originalSequence, 1, safeMax);
    return;
  }
  draft.original = {
    sequence: originalSequence,
    tradeId: originalTradeId,
    ...(hasCorrectedTime ? { correctedSec: correctedTime.sec, correctedNano: correctedTime.nano } : undefined),
  };
}
