/**
 * Which instruments a fold counted ticks of, where nobody keeps the ticks. In: runs of ticks as the fold numbers them.
 * Out: each instrument once, whenever somebody takes them; between two takes there are no more than the partition has.
 */
import type { InstrumentState } from '../bars/instrument-state.ts';
import type { CountedTicks } from './counted-ticks.ts';

/** Give it to `PartitionFold.step` in place of a `CountedTape`, and `take` afterwards. */
export class ChangedInstruments implements CountedTicks {
  #changed = new Set<InstrumentState>();
  #last: InstrumentState | undefined;

  /** Those of which something was counted since the last call, in the order of the first tick; forgets them. */
  take(): Iterable<{ readonly dataset: string; readonly symbol: string }> {
    const taken = this.#changed;
    this.#last = undefined;
    if (taken.size > 0) this.#changed = new Set();
    return taken;
  }

  /** For the fold. */
  begin(): void {
    // Which record it was says nothing of the instrument.
  }

  /** For the fold. */
  count(instrument: InstrumentState): void {
    // One after the other are mostly of one instrument.
    if (instrument === this.#last) return;
    this.#last = instrument;
    this.#changed.add(instrument);
  }

  /** For the fold. */
  settle(): void {
    // Nothing is held back.
  }
}
