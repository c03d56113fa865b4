/**
 * What a stream of bars says besides closed and revised bars. In: the stream's place and forming bars. Out: ends of
 * buckets and forming bars, which follow what was sent before them.
 */
import type { Companion } from '../streams/follow-topic.ts';
import type { BucketEnds } from '../streams/bucket-ends.ts';
import type { StreamEvent } from '../streams/stream-item.ts';
import type { StreamPlace } from '../streams/stream-place.ts';
import type { FormingQueue } from './forming-queue.ts';
import type { LiveBar } from './live-bar.ts';

/** What the companion of one stream is made of. */
export type BarCompanionOptions = {
  readonly ends: BucketEnds;
  /** Absent = forming bars were not asked for. */
  readonly forming: FormingQueue | undefined;
  readonly isNew: (bar: LiveBar) => boolean;
  /** Bars of one event at most. */
  readonly itemsMax: number;
};

/** The companion of a stream of bars. */
export class BarCompanion implements Companion<LiveBar> {
  readonly #options: BarCompanionOptions;

  constructor(options: BarCompanionOptions) {
    this.#options = options;
  }

  start(wake: () => void): void {
    this.#options.forming?.start(wake);
  }

  due(place: StreamPlace): StreamEvent<LiveBar>[] {
    const { ends, forming, itemsMax } = this.#options;
    const events: StreamEvent<LiveBar>[] = ends.passed(place.passedSec).map((end) => ({ kind: 'bucketEnd', ...end }));
    // A forming bar whose closed one was sent is not above it, so it does not come after it.
    const bars = forming?.take().filter(this.#options.isNew) ?? [];
    for (let from = 0; from < bars.length; from += itemsMax) {
      events.push({ kind: 'items', items: bars.slice(from, from + itemsMax) });
    }
    return events;
  }

  stop(): void {
    this.#options.forming?.stop();
  }
}
