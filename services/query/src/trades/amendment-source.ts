/**
 * Cancels and corrections, and the trades that they mean, out of the store. In: an instrument and a time. Out: its
 * amendments, which may stand much later in the tape than their trades, and trades found by identity or id. What was
 * found is kept, since chunks of one range of numbers never change, and what was not is kept with how far the tape was
 * searched; bounded, the oldest goes first.
 */
import { type TapeChunk, TickKind } from '@tapeline/domain';
import { instrumentKey } from '../requests/instrument-key.ts';
import { identityOf } from './amendment-book.ts';
import type { TapeRow } from './tape-entry.ts';
import type { TapeReading } from './tape-reading.ts';
import { rowsIn, type SearchMiss, type TapeOf, TradeSearch } from './trade-search.ts';

const chunksAtOnce = 16;
const chunksKeptMax = 8_192;
const answersKeptMax = 65_536;

/** Reads amendments; one for all calls, because it keeps what it read. */
export class AmendmentSource {
  readonly #chunks = new Map<string, readonly TapeRow[]>();
  /** The trade that an amendment means, by instrument and the amendment's identity. */
  readonly #trades = new Map<string, TapeRow>();
  /** How far the tape was searched for trades that were not there. */
  readonly #misses = new Map<string, SearchMiss>();

  /** Cancels and corrections that were counted in time, in chunks that reach to `sinceNs` or later. */
  async amendments(reading: TapeReading, { dataset, symbol }: TapeOf, sinceNs: bigint | undefined): Promise<TapeRow[]> {
    const rows = new Map<number, TapeRow>();
    const since = sinceNs === undefined ? {} : { startNs: sinceNs };
    for (let skip = 0; ; skip += chunksAtOnce) {
      const query = { dataset, symbol, ...since, amending: true, order: 'number', skip, limit: chunksAtOnce } as const;
      const chunks = await reading.chunks(query);
      for (const chunk of chunks) for (const row of this.#amendmentsIn(chunk)) rows.set(row.tick.number, row);
      if (chunks.length < chunksAtOnce) return [...rows.values()];
    }
  }

  /**
   * The trade that an amendment names by itself, whatever the corrections: by sequence that one, by id the last before
   * the amendment, else the first after it. Looked for within a day of the amendment. What was looked for in vain is
   * looked for again where the tape has grown, and nowhere else.
   */
  async tradeOf(reading: TapeReading, tape: TapeOf, amendment: TapeRow): Promise<TapeRow | undefined> {
    const key = `${instrumentKey(tape.dataset, tape.symbol)} ${identityOf(amendment)}`;
    const kept = this.#trades.get(key);
    if (kept !== undefined) return kept;
    const miss = this.#misses.get(key);
    if (miss?.at === reading.at) return undefined;
    reading.beginSearch();
    const search = new TradeSearch(reading, tape, amendment);
    const trade = miss === undefined ? await search.everywhere() : await search.since(miss);
    if (trade !== undefined) {
      this.#misses.delete(key);
      keep(this.#trades, key, trade, answersKeptMax);
    } else {
      this.#misses.delete(key);
      keep(this.#misses, key, search.miss, answersKeptMax);
    }
    return trade;
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

function keep<Value>(values: Map<string, Value>, key: string, value: Value, max: number): void {
  if (values.size >= max) {
    const [oldest] = values.keys();
    values.delete(oldest as string);
  }
  values.set(key, value);
}
