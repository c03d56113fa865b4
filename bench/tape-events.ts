/**
 * Turns generated trades into what publishers send. In: a generator and what is asked for. Out: ticks in the order of
 * arrival with the publisher of each. With everything asked for, a few trades come late, and a few are cancelled or
 * corrected half a second to a minute later, by the publisher that sent them.
 */
import { type TickAttributes, TickKind } from '@tapeline/domain';
import { SeededRandom } from './seeded-random.ts';
import { type GeneratedTrade, symbolOf, TapeGenerator, type TapeSettings } from './tape-generator.ts';
import type { TapeTick } from './tape-publisher.ts';

/** What the tape holds besides trades in good order. */
export type EventSettings = TapeSettings & {
  /** A trade's publisher is that of its venue. */
  readonly publishers: number;
  /** One trade in so many is cancelled or corrected; 0 = none. */
  readonly amendedEvery: number;
  /** One trade in so many comes 2.5 to 30 s late, after its bar of a second has closed; 0 = none. */
  readonly lateEvery: number;
  /** Whether trades carry ids, integers that rise by one in each instrument. */
  readonly tradeIds: boolean;
};

/** Whether this is the one in `every`; never where that is 0. */
export function isOneIn(every: number, random: SeededRandom): boolean {
  return every > 0 && random.unit() * every < 1;
}

/** A tick and the 0-based publisher that sends it. */
export type SentTick = { readonly tick: TapeTick; readonly publisher: number };

type Amendment = SentTick & { readonly dueMs: number };

/** The tape in order of arrival, endlessly. */
export class TapeEvents {
  readonly #settings: EventSettings;
  readonly #generator: TapeGenerator;
  readonly #random: SeededRandom;
  readonly #publisherOf = new Map<string, number>();
  readonly #lastTradeId: number[] = [];
  readonly #attributesOf = new Map<TickAttributes, Map<number, TickAttributes>>();
  /** Trades to amend, the earliest due first. */
  readonly #due: Amendment[] = [];

  constructor(settings: EventSettings) {
    this.#settings = settings;
    this.#generator = new TapeGenerator(settings);
    this.#random = new SeededRandom(settings.seed + 1);
  }

  /** The next tick to send. Ticks that it gave out before must have been published within half a second of the tape. */
  next(): SentTick {
    const trade = this.#generator.next();
    const due = this.#due[0];
    if (due === undefined || due.dueMs > trade.eventMs) return this.#sent(trade);
    this.#due.shift();
    // The trade just drawn is lost to the tape, which nobody misses.
    return { tick: this.#amending(due), publisher: due.publisher };
  }

  #sent(trade: GeneratedTrade): SentTick {
    const random = this.#random;
    const { amendedEvery, lateEvery } = this.#settings;
    const isLate = isOneIn(lateEvery, random);
    const plain = {
      symbol: symbolOf(trade.instrument),
      eventMs: isLate ? trade.eventMs - 2_500 - random.below(27_500) : trade.eventMs,
      price: trade.price,
      size: trade.size,
      attributes: trade.attributes,
      sequence: 0,
    };
    const tick = this.#settings.tradeIds ? { ...plain, tradeId: this.#nextTradeId(trade.instrument) } : plain;
    const sent = { tick, publisher: this.#publisherOfVenue(trade.attributes.venue) };
    if (isOneIn(amendedEvery, random)) {
      const dueMs = trade.eventMs + 500 + random.below(59_500);
      const place = this.#due.findIndex((other) => other.dueMs > dueMs);
      this.#due.splice(place < 0 ? this.#due.length : place, 0, { ...sent, dueMs });
    }
    return sent;
  }

  #amending({ tick: amends, dueMs }: Amendment): TapeTick {
    const kind = this.#random.unit() < 0.5 ? TickKind.cancel : TickKind.correction;
    const isCancel = kind === TickKind.cancel;
    return {
      symbol: amends.symbol,
      eventMs: dueMs,
      price: isCancel ? 0 : amends.price + 100,
      size: isCancel ? 0 : amends.size,
      attributes: this.#attributesWith(amends.attributes, kind),
      amends,
      sequence: 0,
    };
  }

  #attributesWith(attributes: TickAttributes, kind: TickKind): TickAttributes {
    const byKind = this.#attributesOf.get(attributes) ?? new Map<number, TickAttributes>();
    this.#attributesOf.set(attributes, byKind);
    const known = byKind.get(kind) ?? { ...attributes, kind };
    byKind.set(kind, known);
    return known;
  }

  #publisherOfVenue(venue: string): number {
    const known = this.#publisherOf.get(venue);
    if (known !== undefined) return known;
    const publisher = this.#publisherOf.size % this.#settings.publishers;
    this.#publisherOf.set(venue, publisher);
    return publisher;
  }

  #nextTradeId(instrument: number): string {
    const id = (this.#lastTradeId[instrument] ?? 1_000_000) + 1;
    this.#lastTradeId[instrument] = id;
    return String(id);
  }
}
