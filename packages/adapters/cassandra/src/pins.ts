/**
 * Pins in Cassandra. In: instruments and the partitions that they shall live in. Out: where each lives from now on. The row of
 * an instrument decides its pin and its terms, each once, by conditional writes: a pin where it has neither, so whoever comes
 * first has decided for everybody.
 */
import type { InstrumentPin } from '@tapeline/domain';
import type { PatientReads } from './patient-reads.ts';
import type { Row, Session } from './session.ts';

/** Instruments that are asked for or decided at once. */
const atOnce = 32;

const find = 'SELECT pin, price_exponent FROM {keyspace}.instruments_by_symbol WHERE symbol = ? AND dataset = ?';
const decide = `UPDATE {keyspace}.instruments_by_symbol SET pin = ? WHERE symbol = ? AND dataset = ?
  IF pin = null AND price_exponent = null`;

/** Where an instrument lives: `undefined` = nobody has decided, `home` = its terms came without a pin. */
export type DecidedPlace = number | 'home' | undefined;

/** Pins of a keyspace. */
export class Pins {
  readonly #session: Session;
  readonly #reads: PatientReads;

  constructor(session: Session, reads: PatientReads) {
    this.#session = session;
    this.#reads = reads;
  }

  /** What was decided on these, in their order. One that is being decided right now may not be told yet. */
  async find(pins: readonly InstrumentPin[]): Promise<readonly DecidedPlace[]> {
    return inGroups(pins, async ({ dataset, symbol }) => {
      const [row] = await this.#reads.rows('reading pins', find, [symbol, dataset]);
      return placeOf(row);
    });
  }

  /** See `Store.enterPins`. */
  async enter(pins: readonly InstrumentPin[]): Promise<readonly (number | undefined)[]> {
    return inGroups(pins, async ({ dataset, symbol, partition }) =>
      // A lost answer may have been a yes, which the next try is told.
      this.#reads.run('entering pins', async () => {
        const values = [partition, symbol, dataset];
        const [row] = await this.#session.execute(decide, values, { kind: 'conditional' });
        if (row === undefined || row['[applied]'] === true) return partition;
        const place = placeOf(row);
        return place === 'home' ? undefined : place;
      }),
    );
  }
}

/** The pin of a row, absent if it has none. */
export function pinOf(row: Row): { readonly pin?: number } {
  const pin = row['pin'];
  return typeof pin === 'number' ? { pin } : {};
}

/** Whether a row has terms; one that has none is that of a pin. */
export function hasTerms(row: Row): boolean {
  return typeof row['price_exponent'] === 'number';
}

function placeOf(row: Row | undefined): DecidedPlace {
  if (row === undefined) return undefined;
  return pinOf(row).pin ?? (hasTerms(row) ? 'home' : undefined);
}

async function inGroups<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let next = 0; next < items.length; next += atOnce) {
    results.push(...(await Promise.all(items.slice(next, next + atOnce).map(work))));
  }
  return results;
}
