/**
 * Which amendment of a trade holds. In: the cancels and corrections of an instrument. Out: for a trade all that name it,
 * by its sequence or id or by those of a correction of it, and the last of them by (event time, publisher, sequence),
 * which decides, as in the fold. Pure: who else could be meant by an id is the caller's to say.
 */
import { TickKind } from '@tapeline/domain';
import { compareRows, type TapeRow } from './tape-entry.ts';

/** Names a tick by its identity. */
export function identityOf({ segment, tick }: TapeRow): string {
  return `${segment.publisherId} ${tick.sequence}`;
}

/** Whether an amendment on a venue may mean a trade on another; one that names no venue means any. */
export function isOnVenue(amendment: TapeRow, trade: TapeRow): boolean {
  const { venue } = amendment.tick.attributes;
  return venue === '' || venue === trade.tick.attributes.venue;
}

/** Whether an amendment takes its trade back. */
export function isCancel({ tick }: TapeRow): boolean {
  return tick.attributes.kind === TickKind.cancel;
}

/** Cancels and corrections by what they name. */
export class AmendmentBook {
  readonly #bySequence = new Map<string, TapeRow[]>();
  readonly #byTradeId = new Map<string, TapeRow[]>();
  readonly #corrections = new Map<string, TapeRow>();
  readonly #correctionsById = new Map<string, TapeRow[]>();

  constructor(amendments: Iterable<TapeRow>) {
    for (const row of amendments) {
      const { original } = row.tick;
      if (original === undefined) continue;
      if (original.sequence > 0) put(this.#bySequence, `${row.segment.publisherId} ${original.sequence}`, row);
      else put(this.#byTradeId, original.tradeId, row);
      if (isCancel(row)) continue;
      this.#corrections.set(identityOf(row), row);
      if (row.tick.tradeId !== '') put(this.#correctionsById, row.tick.tradeId, row);
    }
  }

  /** Corrections that move a trade in time. */
  *moving(): Generator<TapeRow> {
    for (const row of this.#corrections.values()) if (row.tick.original?.correctedNs !== undefined) yield row;
  }

  /** Whether any amendment names the trade by itself. */
  names(trade: TapeRow): boolean {
    return this.#bySequence.has(identityOf(trade)) || this.#byTradeId.has(trade.tick.tradeId);
  }

  /**
   * The amendment of a trade that holds. `means` says whether an amendment that names the trade's own id means this
   * trade and not another with the same id.
   */
  async winnerOf(trade: TapeRow, means: (amendment: TapeRow) => Promise<boolean>): Promise<TapeRow | undefined> {
    const found = new Set<TapeRow>();
    const open: TapeRow[] = [trade];
    for (let named = open.pop(); named !== undefined; named = open.pop()) {
      for (const amendment of this.#bySequence.get(identityOf(named)) ?? []) add(amendment);
      if (named.tick.tradeId === '') continue;
      for (const amendment of this.#byTradeId.get(named.tick.tradeId) ?? []) {
        if (!isOnVenue(amendment, trade)) continue;
        // The id of a correction was given for this trade alone.
        if (named !== trade || (await means(amendment))) add(amendment);
      }
    }
    return [...found].reduce<TapeRow | undefined>(
      (last, row) => (last === undefined || compareRows(row, last) > 0 ? row : last),
      undefined,
    );

    function add(amendment: TapeRow): void {
      if (found.has(amendment)) return;
      found.add(amendment);
      if (!isCancel(amendment)) open.push(amendment);
    }
  }

  /** What an amendment names: a correction, whose trade it then means, or nothing that is in the book. */
  correctionNamedBy(amendment: TapeRow): TapeRow | undefined {
    const { original } = amendment.tick;
    if (original === undefined) return undefined;
    if (original.sequence > 0) return this.#corrections.get(`${amendment.segment.publisherId} ${original.sequence}`);
    // Corrections that keep the trade's id name each other by it; what they all mean is the trade.
    return this.#correctionsById
      .get(original.tradeId)
      ?.find((each) => each.tick.original?.tradeId !== original.tradeId && isOnVenue(amendment, each));
  }
}

function put(rows: Map<string, TapeRow[]>, key: string, row: TapeRow): void {
  const there = rows.get(key);
  if (there === undefined) rows.set(key, [row]);
  else there.push(row);
}
