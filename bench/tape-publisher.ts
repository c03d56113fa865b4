/**
 * A live publisher as ingest knows it. In: trades in the order of event time. Out: tick blocks. It numbers the ticks of
 * a batch in column order, instrument after instrument, so that sequences are consecutive inside a block, and it links
 * every tick to its own last one of that instrument.
 */
import {
  encodeTickBlock,
  type InstrumentTerms,
  publisherId,
  type TickAttributes,
  type TickRow,
  type TimeDomain,
} from '@tapeline/domain';

/** One tick on its way into the log. */
export type TapeTick = {
  readonly symbol: string;
  /** ms since the Unix epoch. */
  readonly eventMs: number;
  readonly price: number;
  readonly size: number;
  readonly attributes: TickAttributes;
  readonly tradeId?: string;
  /** Cancels and corrections: the trade that they amend, which was published before. */
  readonly amends?: TapeTick;
  /** The publisher's sequence; 0 until it is published. */
  sequence: number;
};

/** Dataset of the generated tape. */
export const generatedDataset = 'generated';

/** Terms of every generated instrument, those of a US share on the real days. */
export const shareTerms: InstrumentTerms = {
  priceExponent: -4,
  sizeExponent: 0,
  calendar: 'XNYS',
  currency: 'USD',
  tickSize: 100,
};

/** What a publisher says of itself and of its ticks. */
export type PublisherSettings = {
  /** The low bits of the id; absent = the block leaves the id to ingest, which issues one for the stream. */
  readonly draw?: number;
  readonly domain: TimeDomain;
  /** Day of the id's issue, days since 1970-01-01. */
  readonly issueDay: number;
  readonly dataset: string;
  readonly terms: InstrumentTerms;
};

/** One publisher and its chains. */
export class TapePublisher {
  readonly #settings: PublisherSettings;
  readonly #id: bigint;
  #sequence = 0;
  readonly #lastOf = new Map<string, number>();

  constructor(settings: PublisherSettings) {
    this.#settings = settings;
    const { issueDay, domain, draw } = settings;
    this.#id = draw === undefined ? 0n : publisherId(issueDay, domain, BigInt(draw));
  }

  /** The last sequence of each instrument so far, by symbol. */
  get lastSequences(): ReadonlyMap<string, number> {
    return this.#lastOf;
  }

  /** The block with these ticks, which count as published from now on. */
  publish(ticks: readonly TapeTick[]): Uint8Array {
    const { domain, dataset, terms } = this.#settings;
    const groups = new Map<string, TapeTick[]>();
    for (const tick of ticks) {
      const group = groups.get(tick.symbol);
      if (group === undefined) groups.set(tick.symbol, [tick]);
      else group.push(tick);
    }
    const rows: TickRow[] = [];
    for (const [symbol, group] of groups) {
      let last = this.#lastOf.get(symbol) ?? 0;
      for (const tick of group) {
        this.#sequence += 1;
        tick.sequence = this.#sequence;
        rows.push(tickRow(tick, terms, last));
        last = tick.sequence;
      }
      this.#lastOf.set(symbol, last);
    }
    const header = { publisherId: this.#id, timeDomain: domain, mapEpoch: 0, dataset, receiveTimeNs: 0n };
    return encodeTickBlock(header, rows);
  }
}

/** A numbered tick as a block takes it; `link` is the sequence before it of its instrument, 0 = none. */
export function tickRow(tick: TapeTick, terms: InstrumentTerms, link: number): TickRow {
  const { symbol, eventMs, attributes, price, size, sequence } = tick;
  const eventSec = Math.floor(eventMs / 1000);
  const row = {
    symbol,
    terms,
    sequence,
    link,
    eventSec,
    eventNano: (eventMs - eventSec * 1000) * 1_000_000,
    attributes,
    price,
    size,
  };
  if (tick.amends !== undefined) return { ...row, original: { sequence: tick.amends.sequence, tradeId: '' } };
  return tick.tradeId === undefined ? row : { ...row, tradeId: tick.tradeId };
}
