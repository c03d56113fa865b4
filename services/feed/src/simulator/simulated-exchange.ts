/**
 * The simulated exchange. In: a seed, a start, a rate. Out: the ticks of every instrument in the order in which they
 * come to the tape; the same for the same start however the time is cut. Pure: time is an argument. Besides the desks it
 * runs sessions with their auctions, and halts with their reopenings.
 */
import type { UnnumberedRow } from '../publish/unnumbered-row.ts';
import { Agenda } from './agenda.ts';
import { Desk } from './desk.ts';
import { listings } from './listings.ts';
import { Mishaps } from './mishaps.ts';
import type { PrintKind } from './prints.ts';
import { SeededDraw } from './seeded-draw.ts';
import { breakUs, nextSessionUs } from './sessions.ts';

/** Which market, from when, how busy. */
export type SimulatedMarket = {
  readonly seed: number;
  /** Microseconds since the Unix epoch. */
  readonly startUs: number;
  /** Ticks a second on average, all instruments together. */
  readonly rate: number;
  /** What sizes are multiplied by; 1 as a rule. */
  readonly sizeFactor: number;
  /** The instruments that are wanted; absent = all. */
  readonly symbols?: readonly string[] | undefined;
};

/** Trading states of the contract that occur here. */
export const SimulatedState = { quoting: 2, auction: 3, trading: 4, paused: 5, closed: 8 } as const;

type State = (typeof SimulatedState)[keyof typeof SimulatedState];

const usPerSec = 1_000_000;
const haltMeanSec = 600;
const haltSecMin = 20;
const haltSecMax = 60;
/** How long before its end a halt shows quotes again, microseconds. */
const quotingUs = 5 * usPerSec;
/** Auctions of different instruments lie this far apart at most, microseconds. */
const staggerUs = 300_000;
/** Ids of trades begin at 100 for each millisecond since 1970: no run's ids meet those of a run before. */
const idsPerMs = 100;

/** A market that runs. */
export class SimulatedExchange {
  readonly #desks: Desk[];
  readonly #agenda = new Agenda();
  readonly #draw: SeededDraw;
  readonly #stopped = new Set<Desk>();
  #emit: (row: UnnumberedRow) => void = () => undefined;
  #nowUs: number;
  #tradeId: number;

  constructor({ seed, startUs, rate, sizeFactor, symbols }: SimulatedMarket) {
    this.#nowUs = startUs;
    this.#tradeId = Math.floor(startUs / 1_000) * idsPerMs;
    // Runs that start at different times draw differently; what an instrument is worth depends on the seed alone.
    this.#draw = new SeededDraw(seed, startUs);
    const emit = (row: UnnumberedRow): void => this.#emit(row);
    const mishaps = new Mishaps(startUs, this.#draw, this.#agenda, emit, () => this.#nextTradeId());
    const events = {
      quote: emit,
      trade: (desk: Desk, trade: Parameters<Mishaps['publish']>[1]): void => mishaps.publish(desk, trade, desk.nextUs),
    };
    this.#desks = listings.flatMap((listing, place) => {
      if (symbols !== undefined && !symbols.includes(listing.symbol)) return [];
      const { priceCents: level, volatility } = listing;
      return [new Desk(listing, { seed, place, level, volatility }, { rate, sizeFactor }, this.#draw, events)];
    });
    for (const desk of this.#desks) this.#agenda.add(startUs, () => this.#open(desk, startUs));
    this.#planSession(nextSessionUs(startUs));
    this.#planHalt(startUs);
  }

  /** Up to when it has run, microseconds since the Unix epoch. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** Runs on up to and with a moment; gives what comes to the tape until then. An earlier moment does nothing. */
  advance(toUs: number, emit: (row: UnnumberedRow) => void): void {
    if (toUs < this.#nowUs) return;
    this.#emit = emit;
    for (;;) {
      let next = this.#desks[0];
      for (const desk of this.#desks) if (desk.nextUs < (next?.nextUs ?? 0)) next = desk;
      const deskUs = next?.nextUs ?? Infinity;
      if (Math.min(deskUs, this.#agenda.nextUs) > toUs) break;
      if (this.#agenda.nextUs <= deskUs) this.#agenda.runNext();
      else next?.step();
    }
    this.#nowUs = toUs;
  }

  #nextTradeId(): string {
    this.#tradeId += 1;
    return String(this.#tradeId);
  }

  #open(desk: Desk, atUs: number): void {
    this.#stopped.delete(desk);
    this.#tellState(desk, atUs, SimulatedState.trading);
    desk.start(atUs);
  }

  #close(desk: Desk, atUs: number, state: State): void {
    this.#stopped.add(desk);
    desk.stop();
    this.#tellState(desk, atUs, state);
  }

  #tellState(desk: Desk, atUs: number, state: State): void {
    const row = desk.row(atUs, desk.prints.status(desk.listing.homeVenue), 0, 0);
    row.tradingState = state;
    this.#emit(row);
  }

  #print(desk: Desk, atUs: number, kind: PrintKind, price: number, size: number): void {
    const row = desk.row(atUs, desk.prints.trade(kind, desk.listing.homeVenue), price, size);
    row.tradeId = this.#nextTradeId();
    this.#emit(row);
  }

  /** The end of a session and the beginning of the next. */
  #planSession(atUs: number): void {
    for (const desk of this.#desks) {
      const closeUs = atUs + this.#draw.int(0, staggerUs);
      this.#agenda.add(closeUs, () => this.#closeSession(desk, closeUs));
    }
    this.#agenda.add(atUs + breakUs + 2 * staggerUs, () => this.#planSession(nextSessionUs(atUs)));
  }

  #closeSession(desk: Desk, atUs: number): void {
    // One that is halted stays so; its reopening auction comes in the next session.
    if (this.#stopped.has(desk)) return;
    this.#close(desk, atUs, SimulatedState.closed);
    const price = desk.auctionPrice(atUs);
    const size = desk.auctionSize();
    this.#print(desk, atUs + 1, desk.prints.hasCrosses ? 'closingCross' : 'closingPrint', price, size);
    this.#print(desk, atUs + 2, 'officialClose', price, size);
    const openUs = atUs + breakUs;
    this.#agenda.add(openUs, () => {
      const openPrice = desk.auctionPrice(openUs);
      const openSize = desk.auctionSize();
      this.#print(desk, openUs, desk.prints.hasCrosses ? 'openingCross' : 'openingPrint', openPrice, openSize);
      this.#print(desk, openUs + 1, 'officialOpen', openPrice, openSize);
      this.#open(desk, openUs + 2);
    });
  }

  #planHalt(fromUs: number): void {
    const atUs = fromUs + Math.round(this.#draw.wait(haltMeanSec * usPerSec));
    this.#agenda.add(atUs, () => {
      const desk = this.#draw.choice(this.#desks);
      if (!this.#stopped.has(desk)) this.#halt(desk, atUs);
      this.#planHalt(atUs);
    });
  }

  #halt(desk: Desk, atUs: number): void {
    this.#close(desk, atUs, SimulatedState.paused);
    const endUs = atUs + this.#draw.int(haltSecMin * usPerSec, haltSecMax * usPerSec);
    this.#agenda.add(endUs - quotingUs, () => this.#tellState(desk, endUs - quotingUs, SimulatedState.quoting));
    this.#agenda.add(endUs, () => {
      this.#tellState(desk, endUs, SimulatedState.auction);
      const kind = desk.prints.hasCrosses ? 'reopeningCross' : 'reopeningPrint';
      this.#print(desk, endUs + 1, kind, desk.auctionPrice(endUs), Math.ceil(desk.auctionSize() / 400) * 100);
      this.#open(desk, endUs + 2);
    });
  }
}
