/**
 * How many streams run at once. In: streams that begin and end. Out: a refusal beyond the bound, STREAMS_TOO_MANY.
 * Law 7: each stream has bounded memory, so their number bounds that of all.
 */
import type { Gauge } from '@tapeline/runtime';
import { refusal } from '../refusal.ts';

/** The places that streams take, gRPC and HTTP together. */
export class StreamSlots {
  readonly #max: number;
  readonly #gauge: Gauge;
  #taken = 0;

  constructor(max: number, gauge: Gauge) {
    this.#max = max;
    this.#gauge = gauge;
  }

  /** Takes a place until the returned function is called. */
  take(kind: 'grpc' | 'http'): () => void {
    if (this.#taken >= this.#max) {
      throw refusal(
        'STREAMS_TOO_MANY',
        `${this.#max} streams run already, the limit of this process; try again after a pause, or another one`,
        {
          limit: `${this.#max}`,
        },
      );
    }
    this.#taken += 1;
    this.#gauge.add(1, { kind });
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#taken -= 1;
      this.#gauge.add(-1, { kind });
    };
  }
}
