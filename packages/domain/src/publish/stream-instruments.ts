/**
 * What a stream keeps of its instruments. In: symbols. Out: the last tick of each that the stream carried, and what was
 * said of it. Law 7: beyond `streamInstrumentsMax` the oldest are forgotten and count as never carried.
 */
import type { InstrumentTerms } from '../market/tick.ts';
import { checkName } from './names.ts';
import { streamInstrumentsMax } from './publish-limits.ts';
import type { ReachedTick } from './publish-part.ts';

/** One instrument of a stream. */
export type InstrumentOfStream = {
  /** Where it lives by the map of `mapEpoch`. */
  partition: number;
  /** The map that `partition` is of; -1 = it was not looked up yet. */
  mapEpoch: number;
  /** Where it lives as long as no map says otherwise, once that was asked: its pin or its home; it stays so. */
  row: number | undefined;
  /** Whether its Origin goes before what is taken of it: until one is durable, if its pin is not its home (rule B1). */
  origin: 'none' | 'wanted' | 'durable';
  /** Whether the stream carried a tick of it, rejected ones included; `last` is its sequence. */
  carried: boolean;
  last: number;
  /** Whether the publisher ended it on this stream. */
  ended: boolean;
  /** Terms that it has in the log, where that is certain. */
  terms: InstrumentTerms | undefined;
  /** Terms that the stream gave for it. */
  given: InstrumentTerms | undefined;
  /** The batch that last had a tick of it, and how far that goes. */
  batch: number;
  reached: ReachedTick | undefined;
  /** The part that `reached` belongs to, where that is still being gathered. */
  gathering: object | undefined;
};

/** Instruments by symbol. */
export class StreamInstruments {
  /** Number of the batch that is being taken, from 1. */
  batch = 0;
  readonly #bySymbol = new Map<string, InstrumentOfStream>();
  readonly #entriesMax: number;

  constructor(entriesMax: number = streamInstrumentsMax) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#bySymbol.size;
  }

  find(symbol: string): InstrumentOfStream | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** The instrument, a new one if the stream did not know it. Throws `PublishRefusedError` for a bad symbol. */
  at(symbol: string): InstrumentOfStream {
    const known = this.#bySymbol.get(symbol);
    if (known !== undefined) return known;
    checkName('symbol', symbol);
    const fresh: InstrumentOfStream = {
      partition: 0,
      mapEpoch: -1,
      row: undefined,
      origin: 'none',
      carried: false,
      last: 0,
      ended: false,
      terms: undefined,
      given: undefined,
      batch: 0,
      reached: undefined,
      gathering: undefined,
    };
    this.#bySymbol.set(symbol, fresh);
    if (this.#bySymbol.size > this.#entriesMax) {
      const [oldest] = this.#bySymbol.keys();
      if (oldest !== undefined) this.#bySymbol.delete(oldest);
    }
    return fresh;
  }
}
