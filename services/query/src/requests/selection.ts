/**
 * What a stream follows. In: instruments, or all of them, with intervals and profiles. Out: a selection that says
 * whether a bar is in it, and a digest that binds resume tokens to it; the order in which things were named plays no
 * part in the digest.
 */
import { digestOf } from '../tokens/sealed-text.ts';
import { instrumentKey, seriesKey } from './instrument-key.ts';
import type { InstrumentName } from './request-fields.ts';

/** Every instrument, or every one of a dataset. */
export type AllInstruments = { readonly allOf: string | undefined };

/** Every named instrument in every interval and profile. */
export class Selection {
  /** Absent where all instruments are selected. */
  readonly instruments: readonly InstrumentName[] | undefined;
  /** Where all instruments of one dataset are selected, that one. */
  readonly dataset: string | undefined;
  readonly intervals: readonly string[];
  readonly profiles: readonly string[];
  readonly digest: string;
  readonly #instrumentKeys: ReadonlySet<string> | undefined;
  readonly #series: ReadonlySet<string>;

  constructor(
    instruments: readonly InstrumentName[] | AllInstruments,
    intervals: readonly string[],
    profiles: readonly string[],
  ) {
    const named = 'allOf' in instruments ? undefined : instruments;
    this.instruments = named;
    this.dataset = 'allOf' in instruments ? instruments.allOf : undefined;
    this.intervals = intervals;
    this.profiles = profiles;
    const keys = named?.map(({ dataset, symbol }) => instrumentKey(dataset, symbol)).toSorted();
    this.#instrumentKeys = keys && new Set(keys);
    this.#series = new Set(intervals.flatMap((interval) => profiles.map((profile) => seriesKey(interval, profile))));
    this.digest = digestOf([keys ?? ['*', this.dataset ?? ''], intervals.toSorted(), profiles.toSorted()]);
  }

  /** Whether an instrument is selected. */
  hasInstrument(key: string, dataset: string): boolean {
    if (this.#instrumentKeys !== undefined) return this.#instrumentKeys.has(key);
    return this.dataset === undefined || this.dataset === dataset;
  }

  /** Whether an interval and profile, by `seriesKey`, are selected. */
  hasSeries(key: string): boolean {
    return this.#series.has(key);
  }
}
