/**
 * One instrument of the simulated exchange. In: the arrival of its events, one by one. Out: quotes and trades around its
 * fair value: on venues at bid and ask, off them between, in sweeps over several venues, many of them odd lots. While it
 * is stopped nothing arrives.
 */
import type { TickAttributes } from '@tapeline/domain';
import type { UnnumberedRow } from '../publish/unnumbered-row.ts';
import { FairValue, type Valuation } from './fair-value.ts';
import { type Listing, simulatedTerms, unitsPerCent } from './listings.ts';
import { litVenueAt, offExchange, type PrintKind, Prints } from './prints.ts';
import type { SeededDraw } from './seeded-draw.ts';
import { activity } from './sessions.ts';

/** A trade as it is made, before the exchange decides what becomes of it. */
export type MadeTrade = { readonly row: UnnumberedRow; readonly kind: PrintKind; readonly venue: string };

/** What a desk tells the exchange. */
export type DeskEvents = {
  quote(row: UnnumberedRow): void;
  trade(desk: Desk, trade: MadeTrade): void;
};

/** How often, and how large. */
export type DeskPace = {
  /** Ticks a second of the whole exchange on average. */
  readonly rate: number;
  /** What sizes are multiplied by, where few ticks stand for many. */
  readonly sizeFactor: number;
};

const usPerSec = 1_000_000;
/** Fair value and activity are worked out at each second, with straight lines between: no noise turns more often. */
const cellUs = usPerSec;
const quoteShare = 0.45;
const sweepChance = 0.07;
const sweepTradesMax = 10;
/** One tick, and for each trade that begins a sweep the others of it: 2 to 10, 6 on average. */
const ticksPerArrival = 1 + (1 - quoteShare) * sweepChance * 6;
/** Mean of `liveliness`. */
const livelinessMean = 1.085;

/** One instrument. */
export class Desk {
  readonly listing: Listing;
  readonly prints: Prints;
  /** When the next event arrives, microseconds since the Unix epoch; Infinity while it is stopped. */
  nextUs: number = Infinity;
  readonly #value: FairValue;
  readonly #pace: DeskPace;
  readonly #draw: SeededDraw;
  readonly #events: DeskEvents;
  #cell = Number.NaN;
  #fairLeft = 0;
  #fairRight = 0;
  #arrivalsPerUs = 0;
  /** What trading itself adds to the fair value, cents; it fades. */
  #pressureCents = 0;
  #sweepLeft = 0;
  #buys = true;

  constructor(listing: Listing, valuation: Valuation, pace: DeskPace, draw: SeededDraw, events: DeskEvents) {
    this.listing = listing;
    this.prints = new Prints(listing.tape);
    this.#value = new FairValue(valuation);
    this.#pace = pace;
    this.#draw = draw;
    this.#events = events;
  }

  /** Begins, or goes on after a stop. */
  start(atUs: number): void {
    this.#sweepLeft = 0;
    this.#revalue(atUs);
    this.#schedule(atUs);
  }

  /** Stops: nothing arrives until it is started. */
  stop(): void {
    this.nextUs = Infinity;
  }

  /** Lets the next event happen. */
  step(): void {
    const atUs = this.nextUs;
    this.#revalue(atUs);
    this.#pressureCents *= 0.99;
    if (this.#sweepLeft > 0) {
      this.#sweepLeft -= 1;
      this.#tradeOnVenue(atUs, true);
      if (this.#sweepLeft > 0) {
        this.nextUs = atUs + this.#draw.int(1, 200);
        return;
      }
    } else if (this.#draw.chance(quoteShare)) this.#quote(atUs);
    else this.#trade(atUs);
    if (this.#sweepLeft === 0) this.#schedule(atUs);
  }

  /** The price at which an auction clears, units. */
  auctionPrice(atUs: number): number {
    this.#revalue(atUs);
    return Math.max(1, Math.round(this.#midCents(atUs))) * unitsPerCent;
  }

  /** The size of an auction, shares. */
  auctionSize(): number {
    const { share } = this.listing;
    return Math.max(1, Math.round(share * 16 * this.#draw.int(80, 400))) * 100;
  }

  /** A row at a time, with all that the instrument says of it. */
  row(atUs: number, attributes: TickAttributes, price: number, size: number): UnnumberedRow {
    const eventSec = Math.floor(atUs / usPerSec);
    return {
      symbol: this.listing.symbol,
      terms: simulatedTerms,
      sequence: 0,
      link: 0,
      eventSec,
      eventNano: (atUs - eventSec * usPerSec) * 1_000 + this.#draw.int(0, 999),
      attributes,
      price,
      size,
    };
  }

  #revalue(atUs: number): void {
    const cell = Math.floor(atUs / cellUs);
    if (cell === this.#cell) return;
    this.#fairLeft = cell === this.#cell + 1 ? this.#fairRight : this.#value.at(cell);
    const lively = this.#value.liveliness(cell) / livelinessMean;
    this.#fairRight = this.#value.at(cell + 1);
    const ticksPerSec = this.#pace.rate * this.listing.share * activity(cell) * lively;
    this.#arrivalsPerUs = ticksPerSec / ticksPerArrival / usPerSec;
    this.#cell = cell;
  }

  #midCents(atUs: number): number {
    const part = (atUs - this.#cell * cellUs) / cellUs;
    return this.#fairLeft + (this.#fairRight - this.#fairLeft) * part + this.#pressureCents;
  }

  #schedule(atUs: number): void {
    this.nextUs = atUs + Math.max(1, Math.round(this.#draw.wait(1 / this.#arrivalsPerUs)));
  }

  /** Best bid and ask, cents; at least a cent apart, the bid at least one. */
  #sides(atUs: number): { readonly bid: number; readonly ask: number } {
    const { spreadCents } = this.listing;
    const spread = this.#draw.chance(0.3) ? spreadCents + this.#draw.int(1, spreadCents) : spreadCents;
    const bid = Math.max(1, Math.round(this.#midCents(atUs) - spread / 2));
    return { bid, ask: bid + spread };
  }

  #quote(atUs: number): void {
    const { bid, ask } = this.#sides(atUs);
    const row = this.row(atUs, this.prints.quote(litVenueAt(this.#draw.next())), 0, 0);
    row.quote = {
      bidPrice: bid * unitsPerCent,
      bidSize: this.#draw.int(1, 12) * 100,
      askPrice: ask * unitsPerCent,
      askSize: this.#draw.int(1, 12) * 100,
    };
    this.#events.quote(row);
  }

  #trade(atUs: number): void {
    // Orders come in runs: who bought is likely to buy on.
    if (this.#draw.chance(0.35)) this.#buys = this.#draw.chance(0.5);
    if (this.#draw.chance(0.3)) {
      this.#tradeOffExchange(atUs);
      return;
    }
    if (this.#draw.chance(sweepChance)) this.#sweepLeft = this.#draw.int(2, sweepTradesMax);
    this.#tradeOnVenue(atUs, this.#sweepLeft > 0);
    if (this.#sweepLeft > 0) this.nextUs = atUs + this.#draw.int(1, 200);
  }

  #tradeOnVenue(atUs: number, isSweep: boolean): void {
    const { bid, ask } = this.#sides(atUs);
    const size = this.#size();
    const limitCents = 6 * this.listing.spreadCents;
    const push = (this.#buys ? 1 : -1) * this.listing.spreadCents * (isSweep ? 0.25 : 0.06);
    this.#pressureCents = Math.min(limitCents, Math.max(-limitCents, this.#pressureCents + push));
    const swept = isSweep || this.#draw.chance(0.25);
    const kind = size < 100 ? (swept ? 'sweepOddLot' : 'oddLot') : swept ? 'sweep' : 'regular';
    this.#made(atUs, kind, litVenueAt(this.#draw.next()), (this.#buys ? ask : bid) * unitsPerCent, size);
  }

  #tradeOffExchange(atUs: number): void {
    const { bid, ask } = this.#sides(atUs);
    const middle = (bid + ask) * (unitsPerCent / 2);
    const improved = this.#draw.int(1, unitsPerCent / 4);
    const price = this.#draw.chance(0.5)
      ? middle
      : this.#buys
        ? ask * unitsPerCent - improved
        : bid * unitsPerCent + improved;
    const size = this.#size();
    const rare = this.#draw.next();
    const kind: PrintKind =
      rare < 0.003 ? 'averagePrice' : rare < 0.006 ? 'derivativelyPriced' : rare < 0.008 ? 'contingent' : 'regular';
    this.#made(atUs, kind === 'regular' && size < 100 ? 'oddLot' : kind, offExchange, price, size);
  }

  #made(atUs: number, kind: PrintKind, venue: string, price: number, size: number): void {
    const row = this.row(atUs, this.prints.trade(kind, venue), price, size);
    this.#events.trade(this, { row, kind, venue });
  }

  /** Shares: nearly half are odd lots, most others a few round lots, some large. */
  #size(): number {
    const { sizeFactor } = this.#pace;
    const draw = this.#draw.next();
    if (draw < 0.42) return this.#draw.int(1, 99);
    const lots = draw < 0.78 ? 1 : draw < 0.97 ? this.#draw.int(2, 9) : this.#draw.int(10, 60);
    return Math.max(1, Math.round(lots * sizeFactor)) * 100;
  }
}
