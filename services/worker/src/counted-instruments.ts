/**
 * Which instruments a step counted ticks of, and how many, where no tape is kept. In: records of the step, and runs of ticks as the
 * fold numbers them. Out: names of what changed, and counts for the rates at the clock of each record. Where a tape is kept its
 * segments say the same.
 */
import { ChangedInstruments, type CountedTicks, type LogRecordInput } from '@tapeline/domain';
import type { InstrumentRates } from './instrument-rates.ts';

type Instrument = Parameters<CountedTicks['count']>[0];

/** Give it to `PartitionFold.step` in place of a `CountedTape`. */
export class CountedInstruments implements CountedTicks {
  readonly #rates: InstrumentRates;
  readonly #changed = new ChangedInstruments();
  #records: readonly LogRecordInput[] = [];
  #at = 0;
  /** Ticks that the rates do not know yet, by the instrument's index, and the instruments that have some. */
  readonly #ticks: number[] = [];
  #counted: Instrument[] = [];

  constructor(rates: InstrumentRates) {
    this.#rates = rates;
  }

  /** These records are stepped next. */
  beginStep(records: readonly LogRecordInput[]): void {
    this.#records = records;
    this.#at = 0;
  }

  /** The step ended: those of which something was counted, once each. */
  takeChanged(): Iterable<{ readonly dataset: string; readonly symbol: string }> {
    this.#tell();
    return this.#changed.take();
  }

  /** For the fold. */
  begin(_partition: number, offset: number): void {
    let record = this.#records[this.#at];
    while (record !== undefined && record.offset < offset) record = this.#records[(this.#at += 1)];
    if (record === undefined) return;
    // What was counted by now is of the clock before.
    if (this.#rates.feedsAt(record.appendTimeMs)) this.#tell();
    this.#rates.advance(record.appendTimeMs);
  }

  /** For the fold. */
  count(instrument: Instrument, _publisherId: bigint, _source: unknown, from: number, to: number): void {
    this.#changed.count(instrument);
    const { index } = instrument;
    const before = this.#ticks[index] ?? 0;
    if (before === 0) this.#counted.push(instrument);
    this.#ticks[index] = before + to - from;
  }

  /** For the fold. */
  settle(): void {
    // Nothing of the columns is kept.
  }

  #tell(): void {
    const counted = this.#counted;
    this.#counted = [];
    for (const { index, dataset, symbol } of counted) {
      this.#rates.count(dataset, symbol, this.#ticks[index] ?? 0);
      this.#ticks[index] = 0;
    }
  }
}
