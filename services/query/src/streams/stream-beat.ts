/**
 * Signs of life of one stream. In: its place, what it waits for. Out: a heartbeat whenever one is due, also while the
 * stream waits for its turn at the log, so that its reader does not take it for dead.
 */
import type { Clock } from '@tapeline/runtime';
import type { StreamEvent } from './stream-item.ts';
import type { StreamPlace } from './stream-place.ts';

/** Of which stream, and how often. */
export type BeatOptions = {
  /** The resume token for the place where the stream is. */
  readonly token: () => string;
  readonly heartbeatMs: number;
  readonly clock: Clock;
};

/** When a stream is to say that it is alive, and what it says then. */
export class StreamBeat<Item> {
  readonly #options: BeatOptions;
  readonly #place: StreamPlace;
  #nextMs: number;

  constructor(options: BeatOptions, place: StreamPlace) {
    this.#options = options;
    this.#place = place;
    this.#nextMs = options.clock.monotonicMs() + options.heartbeatMs;
  }

  isDue(): boolean {
    return this.#options.clock.monotonicMs() >= this.#nextMs;
  }

  event(): StreamEvent<Item> {
    const { clock, heartbeatMs, token } = this.#options;
    this.#nextMs = clock.monotonicMs() + heartbeatMs;
    return { kind: 'heartbeat', token: token(), watermarkNs: this.#place.watermarkNs };
  }

  /** Heartbeats until the work has ended, well or badly. */
  async *during(work: Promise<unknown>): AsyncGenerator<StreamEvent<Item>> {
    const { clock } = this.#options;
    const ended = new AbortController();
    const end = (): void => ended.abort();
    void work.then(end, end);
    for (;;) {
      await clock.sleep(this.#nextMs - clock.monotonicMs(), ended.signal);
      if (ended.signal.aborted) return;
      yield this.event();
    }
  }
}
