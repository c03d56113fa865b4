/**
 * A publisher whose ticks a test writes down one by one. In: ticks with times in ms from `scriptBaseSec`. Out: entries
 * of log records, with sequences and links as a publisher's own would be (docs/tape-rules.md P1) unless a test says others.
 */
import type { ForwardedToWrite } from '../src/log/forward-entry.ts';
import type { BlockToWrite } from '../src/log/log-entries.ts';
import { type AmendedTrade, encodeTickBlock, type TickRow } from '../src/log/tick-block-encode.ts';
import { TimeDomain } from '../src/log/tick-columns.ts';
import { publisherId } from '../src/market/publisher-id.ts';
import {
  AggressorSide,
  type InstrumentTerms,
  Tape,
  type TickAttributes,
  TickFlag,
  TickKind,
} from '../src/market/tick.ts';

/** Tuesday 30 January 2024, days since 1970-01-01. */
export const scriptDay = 19_752;

/** Its first second in UTC, s since the Unix epoch; New York opens 52,200 s later. */
export const scriptBaseSec: number = scriptDay * 86_400;

/** Whole units, always open. */
export const plainTerms: InstrumentTerms = {
  priceExponent: 0,
  sizeExponent: 0,
  calendar: '24/7',
  currency: '',
  tickSize: 0,
};

/** What a test may say of a tick besides its time, price and size. `conditions`, `venue` and `tape` as in its attributes. */
export type TickDetail = Partial<Pick<TickRow, 'symbol' | 'terms' | 'sequence' | 'link' | 'eventNano' | 'tradeId'>> &
  Partial<Pick<TickAttributes, 'conditions' | 'venue' | 'tape'>>;

/** The id of a publisher whose order among those of its domain and day is `draw`. */
export function scriptedId(domain: keyof typeof TimeDomain, draw: number, issueDay: number = scriptDay): bigint {
  return publisherId(issueDay, TimeDomain[domain], BigInt(draw));
}

/** One publisher of one dataset. */
export class ScriptedPublisher {
  readonly id: bigint;
  readonly domain: keyof typeof TimeDomain;
  readonly dataset: string;
  /** Epoch of the map that its ingest has; a test may raise it. 0 = none. */
  mapEpoch = 0;
  #sequence = 0;
  readonly #last = new Map<string, number>();

  constructor(domain: keyof typeof TimeDomain, draw = 1, options: { dataset?: string; issueDay?: number } = {}) {
    this.id = scriptedId(domain, draw, options.issueDay);
    this.domain = domain;
    this.dataset = options.dataset ?? 'test';
  }

  trade(ms: number, price: number, size = 1, detail: TickDetail = {}): TickRow {
    return this.#row(TickKind.trade, ms, detail, { price, size });
  }

  /** A quote without a price: it only moves the publisher's time. */
  quote(ms: number, detail: TickDetail = {}): TickRow {
    const quote = { bidPrice: 1, bidSize: 1, askPrice: 2, askSize: 1 };
    return this.#row(TickKind.quote, ms, detail, { quote }, TickFlag.quoteBid | TickFlag.quoteAsk);
  }

  /** Cancels a trade of this publisher by its sequence, or the trade that `original` names. */
  cancel(ms: number, original: number | string, detail: TickDetail = {}): TickRow {
    return this.#row(TickKind.cancel, ms, detail, { original: named(original) });
  }

  /** Corrects a trade; `toMs` names another event time. */
  correct(
    ms: number,
    original: number | string,
    price: number,
    size = 1,
    detail: TickDetail & { toMs?: number } = {},
  ): TickRow {
    const { toMs, ...rest } = detail;
    const moved = toMs === undefined ? {} : { correctedSec: secOf(toMs), correctedNano: nanoOf(toMs) };
    return this.#row(TickKind.correction, ms, rest, { price, size, original: { ...named(original), ...moved } });
  }

  /** Leaves out the next sequence of a symbol, as if its tick were still on its way; answers it and its link. */
  skip(symbol = 'S'): { sequence: number; link: number } {
    const link = this.#last.get(symbol) ?? 0;
    this.#sequence += 1;
    this.#last.set(symbol, this.#sequence);
    return { sequence: this.#sequence, link };
  }

  /** A tick block with these ticks. */
  block(...rows: readonly TickRow[]): BlockToWrite {
    const { id, dataset, mapEpoch } = this;
    const header = { publisherId: id, timeDomain: TimeDomain[this.domain], mapEpoch, dataset, receiveTimeNs: 0n };
    return { kind: 'tickBlock', bytes: encodeTickBlock(header, rows) };
  }

  void(
    place: { sequence: number; link: number },
    symbol = 'S',
    reason = 'REFUSED',
  ): Extract<ForwardedToWrite, { kind: 'void' }> {
    const { id: publisherId, dataset, mapEpoch } = this;
    return { kind: 'void', publisherId, dataset, symbol, reason, mapEpoch, ...place };
  }

  /** A Progress of one symbol; it names the newest tick unless `link` names another. */
  progress(ms: number, link?: number, symbol = 'S'): Extract<ForwardedToWrite, { kind: 'progress' }> {
    const { id: publisherId, dataset, mapEpoch } = this;
    const timeNs = BigInt(scriptBaseSec) * 1_000_000_000n + BigInt(ms) * 1_000_000n;
    const item = { symbol, link: link ?? this.#last.get(symbol) ?? 0, timeNs };
    return { kind: 'progress', publisherId, dataset, instruments: [item], mapEpoch };
  }

  /** Its EndOfReplay for every symbol it has sent. */
  end(): Extract<ForwardedToWrite, { kind: 'endOfReplay' }> {
    const { id: publisherId, dataset, mapEpoch } = this;
    const instruments = [...this.#last].map(([symbol, link]) => ({ symbol, link }));
    return { kind: 'endOfReplay', publisherId, dataset, instruments, mapEpoch };
  }

  #row(kind: TickKind, ms: number, detail: TickDetail, body: Partial<TickRow>, flags = 0): TickRow {
    const { symbol = 'S', terms = plainTerms, tradeId, eventNano = nanoOf(ms) } = detail;
    const next = detail.sequence === undefined ? this.skip(symbol) : { sequence: detail.sequence, link: 0 };
    return {
      symbol,
      terms,
      sequence: next.sequence,
      link: detail.link ?? next.link,
      eventSec: secOf(ms),
      eventNano,
      attributes: attributesOf(kind, detail, flags),
      price: 0,
      size: 0,
      ...(tradeId === undefined ? {} : { tradeId }),
      ...body,
    };
  }
}

function attributesOf(kind: TickKind, detail: TickDetail, flags: number): TickAttributes {
  const { conditions = [], venue = '', tape = Tape.unknown } = detail;
  return { kind, venue, tape, conditions, side: AggressorSide.unknown, flags };
}

function named(original: number | string): AmendedTrade {
  return typeof original === 'number' ? { sequence: original, tradeId: '' } : { sequence: 0, tradeId: original };
}

function secOf(ms: number): number {
  return scriptBaseSec + Math.floor(ms / 1000);
}

function nanoOf(ms: number): number {
  return (ms - Math.floor(ms / 1000) * 1000) * 1_000_000;
}
