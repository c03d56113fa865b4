/**
 * Ids of trades that rise by one in each symbol. In: the id and time of each trade as it comes. Out: whether it was there
 * before, and how many are missing in front of it. Law 7: one id a symbol.
 */

/** What an id tells. */
export type IdVerdict =
  | { readonly kind: 'next' }
  /** It came before, as after a connection was opened again. */
  | { readonly kind: 'repeat' }
  /** So many ids between the last one and this never came. */
  | { readonly kind: 'jump'; readonly missing: number; readonly fromNs: bigint };

/** The last id of each symbol. */
export class TradeIds {
  readonly #last = new Map<string, { readonly id: number; readonly eventNs: bigint }>();

  /** Notes an id; `eventNs` is the time of its trade, ns since the Unix epoch. The first id of a symbol is the next one. */
  note(symbol: string, id: number, eventNs: bigint): IdVerdict {
    const last = this.#last.get(symbol);
    if (last !== undefined && id <= last.id) return { kind: 'repeat' };
    this.#last.set(symbol, { id, eventNs });
    if (last === undefined || id === last.id + 1) return { kind: 'next' };
    return { kind: 'jump', missing: id - last.id - 1, fromNs: last.eventNs };
  }
}
