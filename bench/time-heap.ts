/**
 * A binary heap of instruments by the time of their next burst. In: times. Out: always the earliest; of equal times the
 * lower instrument, so that the same seed gives the same tape.
 */

/** Instruments ordered by a time each. */
export class TimeHeap {
  readonly #times: Float64Array;
  readonly #heap: Int32Array;

  /** All of `times`, one an instrument. */
  constructor(times: Float64Array) {
    this.#times = times;
    this.#heap = Int32Array.from(times, (_, index) => index);
    for (let place = (times.length >> 1) - 1; place >= 0; place -= 1) this.#sink(place);
  }

  /** The instrument whose time is the earliest. */
  first(): number {
    return this.#heap[0]!;
  }

  /** Its time. */
  firstTime(): number {
    return this.#times[this.#heap[0]!]!;
  }

  /** Gives the earliest instrument its next time. */
  moveFirst(time: number): void {
    this.#times[this.#heap[0]!] = time;
    this.#sink(0);
  }

  #sink(start: number): void {
    const heap = this.#heap;
    let place = start;
    for (;;) {
      let least = place;
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < heap.length && this.#before(heap[child]!, heap[least]!)) least = child;
      }
      if (least === place) return;
      [heap[place], heap[least]] = [heap[least]!, heap[place]!];
      place = least;
    }
  }

  #before(left: number, right: number): boolean {
    const [leftTime, rightTime] = [this.#times[left]!, this.#times[right]!];
    return leftTime < rightTime || (leftTime === rightTime && left < right);
  }
}
