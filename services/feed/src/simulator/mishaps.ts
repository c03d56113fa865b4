/**
 * What goes wrong with simulated trades, as it does on real tapes. In: each trade as it is made. Out: the trade, at once
 * or late and out of sequence, with a wrong price now and then, and later the correction or the cancel that repairs it.
 * Each kind comes at a pace in time, not in ticks, so that a slow market shows them too and a fast one is not flooded.
 */
import type { UnnumberedRow } from '../publish/unnumbered-row.ts';
import type { Agenda } from './agenda.ts';
import type { Desk, MadeTrade } from './desk.ts';
import { offExchange } from './prints.ts';
import type { SeededDraw } from './seeded-draw.ts';

/** Mean seconds between two of a kind, over the whole exchange. */
const meanSec = { late: 10, correction: 40, cancel: 60, wrongPrice: 240 } as const;

const usPerSec = 1_000_000;

type Kind = keyof typeof meanSec;

/** Decides what becomes of trades. */
export class Mishaps {
  readonly #draw: SeededDraw;
  readonly #agenda: Agenda;
  readonly #emit: (row: UnnumberedRow) => void;
  readonly #nextTradeId: () => string;
  readonly #dueUs: Record<Kind, number>;

  constructor(
    startUs: number,
    draw: SeededDraw,
    agenda: Agenda,
    emit: (row: UnnumberedRow) => void,
    nextTradeId: () => string,
  ) {
    this.#draw = draw;
    this.#agenda = agenda;
    this.#emit = emit;
    this.#nextTradeId = nextTradeId;
    const first = (kind: Kind): number => startUs + draw.wait(meanSec[kind] * usPerSec);
    this.#dueUs = {
      late: first('late'),
      correction: first('correction'),
      cancel: first('cancel'),
      wrongPrice: first('wrongPrice'),
    };
  }

  /** Puts a trade on the tape, now or later, rightly or not. */
  publish(desk: Desk, { row, kind, venue }: MadeTrade, atUs: number): void {
    row.tradeId = this.#nextTradeId();
    if (venue === offExchange && kind === 'regular') {
      if (this.#isDue('late', atUs)) {
        row.attributes = desk.prints.trade('late', venue);
        this.#agenda.add(this.#later(atUs, 3, 25), () => this.#emit(row));
        return;
      }
      if (this.#isDue('wrongPrice', atUs)) {
        const { price, size } = row;
        row.price = Math.max(
          1,
          Math.round(price * (1 + (this.#draw.chance(0.5) ? 1 : -1) * (0.02 + this.#draw.next() * 0.04))),
        );
        if (this.#draw.chance(0.5)) this.#cancelLater(desk, row, venue, atUs);
        else this.#correctLater(desk, row, venue, atUs, { price, size });
      }
    }
    this.#emit(row);
    if (kind !== 'regular') return;
    if (this.#isDue('correction', atUs)) {
      const size = Math.max(1, Math.round(row.size * (0.5 + this.#draw.next())));
      const price = row.price + this.#draw.int(-2, 2) * 100;
      this.#correctLater(desk, row, venue, atUs, { price: Math.max(1, price), size });
    } else if (this.#isDue('cancel', atUs)) this.#cancelLater(desk, row, venue, atUs);
  }

  #isDue(kind: Kind, atUs: number): boolean {
    if (atUs < this.#dueUs[kind]) return false;
    this.#dueUs[kind] = atUs + this.#draw.wait(meanSec[kind] * usPerSec);
    return true;
  }

  #later(atUs: number, lowSec: number, highSec: number): number {
    return atUs + this.#draw.int(lowSec * usPerSec, highSec * usPerSec);
  }

  #cancelLater(desk: Desk, { tradeId = '' }: UnnumberedRow, venue: string, atUs: number): void {
    const whenUs = this.#later(atUs, 2, 30);
    this.#agenda.add(whenUs, () => {
      const row = desk.row(whenUs, desk.prints.cancel(venue), 0, 0);
      row.original = { sequence: 0, tradeId };
      this.#emit(row);
    });
  }

  #correctLater(
    desk: Desk,
    { tradeId = '' }: UnnumberedRow,
    venue: string,
    atUs: number,
    { price, size }: { readonly price: number; readonly size: number },
  ): void {
    const whenUs = this.#later(atUs, 2, 40);
    this.#agenda.add(whenUs, () => {
      const row = desk.row(whenUs, desk.prints.correction(venue), price, size);
      row.tradeId = this.#nextTradeId();
      row.original = { sequence: 0, tradeId };
      this.#emit(row);
    });
  }
}
