/**
 * Cancels and corrections, and the trades that they mean, out of the store. In: an instrument and a time. Out: its
 * amendments, which may stand much later in the tape than their trades, and trades found by identity or id. What was
 * found is kept, since chunks of one range of numbers never change; bounded, the oldest goes first.
 */
import { type Store, type TapeChunk, TickKind } from '@tapeline/domain';
import { fromStore } from '../refusal.ts';
import { instrumentKey } from '../requests/instrument-key.ts';
import { identityOf, isOnVenue } from './amendment-book.ts';
import { compareRows, rowsOf, segmentsOf, type TapeRow } from './tape-entry.ts';

/** Whose tape. */
export type TapeOf = { readonly dataset: string; readonly symbol: string };

const chunksAtOnce = 16;
const chunksKeptMax = 8_192;
const answersKeptMax = 65_536;
/** Chunks that are looked through for one trade; past them it counts as not there. */
const chunksSearchedMax = 1_024;
/** How far in the tape a trade may stand from its amendment, by event time, to be looked for: a day, in ns. */
export const reachNs: bigint = 86_400_000_000_000n;

/** Reads amendments; one for all calls, because it keeps what it read. */
export class AmendmentSource {
  readonly #store: Store;
  readonly #chunks = new Map<string, readonly TapeRow[]>();
  /** The trade that an amendment means, by instrument and the amendment's identity. */
  readonly #trades = new Map<string, TapeRow>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Cancels and corrections that were counted in time, in chunks that reach to `sinceNs` or later. */
  async amendments({ dataset, symbol }: TapeOf, sinceNs: bigint | undefined): Promise<TapeRow[]> {
    const rows = new Map<number, TapeRow>();
    const since = sinceNs === undefined ? {} : { startNs: sinceNs };
    for (let skip = 0; ; skip += chunksAtOnce) {
      const query = { dataset, symbol, ...since, amending: true, order: 'number', skip, limit: chunksAtOnce } as const;
      const chunks = await fromStore(this.#store.tape(query));
      for (const chunk of chunks) for (const row of this.#amendmentsIn(chunk)) rows.set(row.tick.number, row);
      if (chunks.length < chunksAtOnce) return [...rows.values()];
    }
  }

  /**
   * The trade that an amendment names by itself, whatever the corrections: by sequence that one, by id the last before
   * the amendment, else the first after it. Looked for within a day of the amendment.
   */
  async tradeOf(tape: TapeOf, amendment: TapeRow): Promise<TapeRow | undefined> {
    const key = `${instrumentKey(tape.dataset, tape.symbol)} ${identityOf(amendment)}`;
    const kept = this.#trades.get(key);
    if (kept !== undefined) return kept;
    const { timeNs } = amendment;
    const before = await this.#search(tape, amendment, timeNs - reachNs, timeNs + 1n, true);
    const trade = before ?? (await this.#search(tape, amendment, timeNs, timeNs + reachNs, false));
    // A trade that is not there yet may come: only what was found holds.
    if (trade !== undefined) keep(this.#trades, key, trade, answersKeptMax);
    return trade;
  }

  async #search(
    { dataset, symbol }: TapeOf,
    amendment: TapeRow,
    startNs: bigint,
    endNs: bigint,
    before: boolean,
  ): Promise<TapeRow | undefined> {
    const order = before ? 'last-event' : 'first-event';
    let best: TapeRow | undefined;
    for (let skip = 0; skip < chunksSearchedMax; skip += chunksAtOnce) {
      const query = { dataset, symbol, startNs, endNs, order, skip, limit: chunksAtOnce } as const;
      const chunks = await fromStore(this.#store.tape(query));
      for (const chunk of chunks) {
        const isPast = before ? best && chunk.lastEventNs < best.timeNs : best && chunk.firstEventNs > best.timeNs;
        if (isPast === true) return best;
        for (const row of namedIn(chunk, amendment)) {
          const isBefore = compareRows(row, amendment) < 0;
          if (isBefore !== before) continue;
          if (best === undefined || compareRows(row, best) > 0 === before) best = row;
        }
      }
      if (chunks.length < chunksAtOnce) return best;
    }
    return best;
  }

  #amendmentsIn(chunk: TapeChunk): readonly TapeRow[] {
    const { dataset, symbol, firstNumber, lastNumber } = chunk;
    const key = `${instrumentKey(dataset, symbol)} ${firstNumber} ${lastNumber}`;
    const kept = this.#chunks.get(key);
    if (kept !== undefined) return kept;
    const rows = rowsIn(chunk).filter(({ tick }) => tick.attributes.kind !== TickKind.trade);
    keep(this.#chunks, key, rows, chunksKeptMax);
    return rows;
  }
}

/** Trades of a chunk that an amendment may mean. */
function namedIn(chunk: TapeChunk, amendment: TapeRow): TapeRow[] {
  const { original } = amendment.tick;
  if (original === undefined) return [];
  return rowsIn(chunk).filter((row) => {
    if (row.tick.attributes.kind !== TickKind.trade) return false;
    if (original.sequence === 0) return row.tick.tradeId === original.tradeId && isOnVenue(amendment, row);
    return row.tick.sequence === original.sequence && row.segment.publisherId === amendment.segment.publisherId;
  });
}

/** Rows that are not late. They keep no other tick of their segment alive. */
function rowsIn(chunk: TapeChunk): TapeRow[] {
  return segmentsOf(chunk).flatMap((segment) => {
    if (segment.late) return [];
    const alone = { ...segment, ticks: [] };
    return rowsOf(segment).map((row) => ({ ...row, segment: alone }));
  });
}

function keep<Value>(values: Map<string, Value>, key: string, value: Value, max: number): void {
  if (values.size >= max) {
    const [oldest] = values.keys();
    values.delete(oldest as string);
  }
  values.set(key, value);
}
