/**
 * One publication of forming bars, shared by those who hear it. In: the bars of one instrument in every interval and
 * profile. Out: those of some series, each made ready for streams at most once, however many want it; none that nobody
 * wants, since most publications are of series that nobody follows.
 */
import type { Bar } from '@tapeline/domain';
import { seriesKey } from '../requests/instrument-key.ts';
import { type LiveBar, liveBar } from './live-bar.ts';

/** Forming bars of one instrument as they stood at one moment. */
export class FormingPublication {
  readonly #bars: readonly Bar[];
  readonly #live: (LiveBar | undefined)[] = [];

  constructor(bars: readonly Bar[]) {
    this.#bars = bars;
  }

  /** The bars of the series, by `seriesKey`, that are wanted. */
  of(hasSeries: (key: string) => boolean): LiveBar[] {
    const wanted: LiveBar[] = [];
    for (const [index, bar] of this.#bars.entries()) {
      if (hasSeries(seriesKey(bar.interval, bar.profile))) wanted.push((this.#live[index] ??= liveBar(bar)));
    }
    return wanted;
  }
}
