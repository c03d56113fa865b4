/**
 * What can be wrong with a tick by itself. In: a row. Out: the first reason to refuse it, with field, value and limits,
 * or nothing. Whatever passes here the log's decoder takes: a block with one bad tick would be refused as a whole.
 */
import { charactersIn, isLongerThan } from '../log/text.ts';
import type { TickRow } from '../log/tick-block-encode.ts';
import { type TickAttributes, TickKind } from '../market/tick.ts';
import { eventSecMax } from './instant.ts';
import { quoted, type Rejection, rejection } from './refusal.ts';

const safeMax = Number.MAX_SAFE_INTEGER;
const nsPerSec = 1_000_000_000;
const textCharactersMax = 64;
const conditionsMax = 16;
const conditionCharactersMax = 16;
const tradingStateMax = 8;
const flagsMax = 0x7fff_ffff;

/** The tick's own fault; terms, order and the clock are not looked at. */
export function faultOfTick(row: TickRow): Rejection | undefined {
  const { eventSec, eventNano, attributes } = row;
  if (!isInstant(eventSec, eventNano)) return timeFault('event_time_ns', eventSec, eventNano);
  const { kind } = attributes;
  const fault = faultOfAttributes(attributes);
  if (fault !== undefined) return fault;
  if (kind === TickKind.trade || kind === TickKind.correction) {
    if (!Number.isSafeInteger(row.price)) return priceFault('price', row.price);
    if (!(Number.isSafeInteger(row.size) && row.size >= 1)) return sizeFault('size', row.size, 1);
    const idFault = textFault('trade_id', row.tradeId ?? '', textCharactersMax);
    if (idFault !== undefined) return idFault;
  }
  if (row.venueSequence !== undefined && !(Number.isSafeInteger(row.venueSequence) && row.venueSequence >= 0)) {
    return venueSequenceFault(row.venueSequence);
  }
  if (row.receiveDelayNs !== undefined && !Number.isSafeInteger(row.receiveDelayNs)) {
    return numberFault('receive_delays_ns', row.receiveDelayNs, -safeMax, safeMax);
  }
  if (kind === TickKind.cancel || kind === TickKind.correction) return faultOfAmendment(row);
  if (row.original !== undefined) {
    const message = 'original is given, and only cancels and corrections amend a trade; leave it out';
    return rejection('FIELD_INVALID', message, { field: 'original', value: String(kind) });
  }
  if (kind === TickKind.quote) return faultOfQuote(row);
  return kind === TickKind.status ? faultOfStatus(row) : undefined;
}

function faultOfAttributes({ kind, venue, tape, conditions, side, flags }: TickAttributes): Rejection | undefined {
  if (!(kind >= 1 && kind <= 5)) return numberFault('kind', kind, 1, 5);
  if (!(tape >= 0 && tape <= 3)) return numberFault('tape', tape, 0, 3);
  if (!(side >= 0 && side <= 2)) return numberFault('aggressor_side', side, 0, 2);
  if (!(flags >= 0 && flags <= flagsMax)) return numberFault('flags', flags, 0, flagsMax);
  const venueFault = textFault('venue', venue, textCharactersMax);
  if (venueFault !== undefined) return venueFault;
  if (conditions.length > conditionsMax) {
    const facts = { field: 'conditions', value: String(conditions.length), max: String(conditionsMax) };
    const message = `conditions has ${conditions.length} codes; the limit is ${conditionsMax}: leave some out`;
    return rejection('FIELD_INVALID', message, facts);
  }
  for (const code of conditions) {
    const codeFault = textFault('conditions', code, conditionCharactersMax);
    if (codeFault !== undefined) return codeFault;
  }
  return undefined;
}

function faultOfQuote({ quote }: TickRow): Rejection | undefined {
  if (quote === undefined) return undefined;
  const { bidPrice, bidSize = 0, askPrice, askSize = 0 } = quote;
  if (bidPrice !== undefined && !Number.isSafeInteger(bidPrice)) return priceFault('bid.price', bidPrice);
  if (!(Number.isSafeInteger(bidSize) && bidSize >= 0)) return sizeFault('bid.size', bidSize, 0);
  if (askPrice !== undefined && !Number.isSafeInteger(askPrice)) return priceFault('ask.price', askPrice);
  if (!(Number.isSafeInteger(askSize) && askSize >= 0)) return sizeFault('ask.size', askSize, 0);
  return undefined;
}

function faultOfStatus({ tradingState = 0 }: TickRow): Rejection | undefined {
  if (Number.isInteger(tradingState) && tradingState >= 0 && tradingState <= tradingStateMax) return undefined;
  return numberFault('state', tradingState, 0, tradingStateMax);
}

function faultOfAmendment(row: TickRow): Rejection | undefined {
  const { original } = row;
  if (original === undefined || (original.sequence === 0 && original.tradeId === '')) {
    const message = 'original is missing; name the trade by original_sequence or by original_trade_id';
    return rejection('FIELD_INVALID', message, { field: 'original', value: '' });
  }
  if (!(Number.isSafeInteger(original.sequence) && original.sequence >= 0)) {
    return numberFault('original_sequence', original.sequence, 1, safeMax);
  }
  const idFault = textFault('original_trade_id', original.tradeId, textCharactersMax);
  if (idFault !== undefined) return idFault;
  const { correctedSec, correctedNano = 0 } = original;
  if (correctedSec === undefined) return undefined;
  if (!isInstant(correctedSec, correctedNano)) return timeFault('corrected_event_time_ns', correctedSec, correctedNano);
  const awayNs = (correctedSec - row.eventSec) * nsPerSec + (correctedNano - row.eventNano);
  if (Number.isSafeInteger(awayNs)) return undefined;
  const value = nsText(correctedSec, correctedNano);
  const message =
    `corrected_event_time_ns ${value} lies over 2^53 ns (104 days) from the correction's own event_time_ns ` +
    `${nsText(row.eventSec, row.eventNano)}; cancel the trade and publish it anew`;
  return rejection('EVENT_TIME_OUT_OF_RANGE', message, { field: 'corrected_event_time_ns', value });
}

/** A price beyond what the system takes. */
export function priceFault(field: string, value: number | bigint): Rejection {
  const message = `${field} ${String(value)} is not between -(2^53 - 1) and 2^53 - 1 units; choose a larger price_exponent`;
  const facts = { field, value: String(value), min: String(-safeMax), max: String(safeMax) };
  return rejection('PRICE_OUT_OF_RANGE', message, facts);
}

/** A size outside what the system takes; `min` is 1 for trades, 0 for sides of quotes. */
export function sizeFault(field: string, value: number | bigint, min: number): Rejection {
  const message = `${field} ${String(value)} is not between ${min} and 2^53 - 1 units; correct it or choose another size_exponent`;
  const facts = { field, value: String(value), min: String(min), max: String(safeMax) };
  return rejection('SIZE_OUT_OF_RANGE', message, facts);
}

/** A time that the log cannot hold, as seconds and nanoseconds. */
export function timeFault(field: string, sec: number, nano: number): Rejection {
  const isWhole = Number.isInteger(sec) && Number.isInteger(nano);
  return timeTextFault(field, isWhole ? nsText(sec, nano) : Number.isNaN(sec) ? 'before 1970' : `${sec} s ${nano} ns`);
}

/** The same for a time as text. */
export function timeTextFault(field: string, value: string): Rejection {
  const max = `${eventSecMax}999999999`;
  const message = `${field} ${value} is not between 0 and ${max} ns since the Unix epoch (1970 to 2262); correct it`;
  return rejection('EVENT_TIME_OUT_OF_RANGE', message, { field, value, min: '0', max });
}

/** A venue's sequence beyond its range. */
export function venueSequenceFault(value: number | bigint): Rejection {
  return numberFault('venue_sequence', value, 0, safeMax);
}

/** A number outside its range. */
export function numberFault(field: string, value: number | bigint, min: number, max: number): Rejection {
  const facts = { field, value: String(value), min: String(min), max: String(max) };
  return rejection('FIELD_INVALID', `${field} ${String(value)} is not between ${min} and ${max}; correct it`, facts);
}

function textFault(field: string, value: string, max: number): Rejection | undefined {
  if (!isLongerThan(value, max)) return undefined;
  const message = `${field} ${quoted(value)} has ${charactersIn(value)} characters; the limit is ${max}: shorten it`;
  return rejection('FIELD_INVALID', message, { field, value, max: String(max) });
}

function isInstant(sec: number, nano: number): boolean {
  if (!(sec >= 0 && sec <= eventSecMax && nano >= 0 && nano < nsPerSec)) return false;
  return Number.isInteger(sec) && Number.isInteger(nano);
}

/** Nanoseconds since the Unix epoch as text. */
export function nsText(sec: number, nano: number): string {
  return String(BigInt(sec) * 1_000_000_000n + BigInt(nano));
}
