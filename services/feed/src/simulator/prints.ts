/**
 * What the simulated ticks of one instrument have in common. In: its tape. Out: attributes by venue and kind of print,
 * each made once. Conditions are those of the US consolidated tapes; docs/conditions.md says what each lets a trade set.
 */
import { AggressorSide, Tape, type TickAttributes, TickFlag, TickKind } from '@tapeline/domain';

/** Venues that show quotes, with their share of the trades there. */
const litVenues: readonly (readonly [venue: string, share: number])[] = [
  ['Q', 0.28],
  ['N', 0.2],
  ['P', 0.16],
  ['Z', 0.14],
  ['K', 0.11],
  ['V', 0.06],
  ['U', 0.05],
];

/** Where trades are reported that were made off the exchanges. */
export const offExchange = 'D';

/** Kinds of print, by what the tape says of them. */
export const printKinds = {
  regular: ['@'],
  sweep: ['@', 'F'],
  oddLot: ['@', 'I'],
  sweepOddLot: ['@', 'F', 'I'],
  late: ['@', 'Z'],
  averagePrice: ['@', 'W'],
  derivativelyPriced: ['@', '4'],
  contingent: ['@', 'V', '7'],
  openingCross: ['@', 'O', 'X'],
  openingPrint: ['@', 'O'],
  officialOpen: ['@', 'Q'],
  reopeningCross: ['@', '5', 'X'],
  reopeningPrint: ['@', '5'],
  closingCross: ['@', '6', 'X'],
  closingPrint: ['@', '6'],
  officialClose: ['@', 'M'],
} as const;

/** Kind of a print. */
export type PrintKind = keyof typeof printKinds;

/** A venue for a draw in [0, 1). */
export function litVenueAt(draw: number): string {
  let rest = draw;
  for (const [venue, share] of litVenues) {
    rest -= share;
    if (rest < 0) return venue;
  }
  return 'Q';
}

/** The attributes of one instrument's ticks. */
export class Prints {
  readonly #tape: Tape;
  readonly #trades = new Map<PrintKind, Map<string, TickAttributes>>();
  readonly #others = new Map<TickKind, Map<string, TickAttributes>>();

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  /** Whether its auctions are crosses, which the tape of Nasdaq marks with X. */
  get hasCrosses(): boolean {
    return this.#tape === Tape.c;
  }

  /** A trade. */
  trade(kind: PrintKind, venue: string): TickAttributes {
    return cached(this.#trades, kind, venue, () => this.#made(TickKind.trade, venue, printKinds[kind], 0));
  }

  /** A correction; it has the conditions of a regular trade. */
  correction(venue: string): TickAttributes {
    const { correction } = TickKind;
    return cached(this.#others, correction, venue, () => this.#made(correction, venue, printKinds.regular, 0));
  }

  /** A cancel. */
  cancel(venue: string): TickAttributes {
    return cached(this.#others, TickKind.cancel, venue, () => this.#made(TickKind.cancel, venue, [], 0));
  }

  /** A quote with both sides. */
  quote(venue: string): TickAttributes {
    const both = TickFlag.quoteBid | TickFlag.quoteAsk;
    return cached(this.#others, TickKind.quote, venue, () => this.#made(TickKind.quote, venue, [], both));
  }

  /** A change of the trading state. */
  status(venue: string): TickAttributes {
    return cached(this.#others, TickKind.status, venue, () => this.#made(TickKind.status, venue, [], 0));
  }

  #made(kind: TickKind, venue: string, conditions: readonly string[], flags: number): TickAttributes {
    return { kind, venue, tape: this.#tape, conditions, side: AggressorSide.unknown, flags };
  }
}

function cached<Kind>(
  all: Map<Kind, Map<string, TickAttributes>>,
  kind: Kind,
  venue: string,
  make: () => TickAttributes,
): TickAttributes {
  let byVenue = all.get(kind);
  if (byVenue === undefined) all.set(kind, (byVenue = new Map()));
  let made = byVenue.get(venue);
  if (made === undefined) byVenue.set(venue, (made = make()));
  return made;
}
